-- Hole: the update policy of projects admits every user that can see a project.
-- Found as:
--   breach       projects › bob › rename ours
--   breach       projects › dual › move to globex
--   breach       projects › dual › rename theirs
--   wrong-layer  projects › bob › move to globex

alter policy "owners and admins change projects" on public.projects using (true) with check (true);
