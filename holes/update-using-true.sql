-- Hole: the update policy of projects lets in whoever can see a project.
alter policy "owners and admins change projects" on public.projects using (true) with check (true);
