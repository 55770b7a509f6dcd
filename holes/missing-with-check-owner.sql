-- Hole: no policy checks the new row, so an owner can assign a document to another user.
-- Found as:
--   breach  documents › alice › file own away
--   breach  documents › alice › give away
--   breach  documents › bob › file own away
--   breach  documents › careful › file own away
--   breach  documents › careful › give away
--   breach  documents › carol › file own away
--   breach  documents › carol › give away
--   breach  documents › climber › file own away
--   breach  documents › dual › give away
--   breach  documents › editor › file own away
--   breach  documents › former › file own away

alter policy "owners change their documents" on public.documents with check (true);
