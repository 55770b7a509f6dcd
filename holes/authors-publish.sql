-- Hole: the check forgets the status, so authors publish without an editor.
-- Found as:
--   breach  posts › alice › publish own
--   breach  posts › bob › publish bob's
--   breach  posts › bob › publish own
--   breach  posts › careful › publish own
--   breach  posts › carol › publish own
--   breach  posts › climber › publish own
--   breach  posts › dual › publish own
--   breach  posts › former › publish own
--   breach  posts › mallory › publish own

alter policy "authors change their drafts" on public.posts with check (author_id = (select auth.uid()));
