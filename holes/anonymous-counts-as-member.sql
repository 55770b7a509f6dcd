-- Hole: nothing keeps anonymous users out of projects; a row in memberships is enough.
-- Found as:
--   breach  projects › guest › list
--   breach  projects › guest › read with documents

drop policy "anonymous users stay out" on public.projects;
