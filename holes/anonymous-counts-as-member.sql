-- Hole: nothing keeps anonymous users out of projects; a row in memberships is enough.
-- Found as:
--   breach       projects › guest › create
--   breach       projects › guest › create many
--   breach       projects › guest › delete ours
--   breach       projects › guest › list
--   wrong-layer  projects › guest › move to globex
--   breach       projects › guest › read with documents
--   breach       projects › guest › rename ours
--   breach       projects › guest › save existing
--   breach       projects › guest › save new

drop policy "anonymous users stay out" on public.projects;
