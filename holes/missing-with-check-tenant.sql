-- Hole: nothing is asked of the new row, so an admin moves a project into an organization where they are none.
-- Found as:
--   breach  projects › dual › move to globex

alter policy "owners and admins change projects" on public.projects with check (true);
