-- Hole: the check forgets the status, so authors publish without an editor.
alter policy "authors change their drafts" on public.posts with check (author_id = (select auth.uid()));
