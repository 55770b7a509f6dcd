-- Hole: nothing keeps anonymous users out of projects; a row in memberships is enough.
drop policy "anonymous users stay out" on public.projects;
