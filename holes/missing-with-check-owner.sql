-- Hole: no policy checks the new row, so an owner can assign a document to another user.
-- Found as:
--   breach  documents › alice › give away
--   breach  documents › careful › give away
--   breach  documents › carol › give away
--   breach  documents › dual › give away

alter policy "owners change their documents" on public.documents with check (true);
