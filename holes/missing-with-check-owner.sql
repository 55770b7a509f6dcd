-- Hole: nothing is asked of the new row, so an owner puts a document under somebody else's name.
-- Found as:
--   breach  documents › alice › give away
--   breach  documents › careful › give away
--   breach  documents › carol › give away
--   breach  documents › dual › give away

alter policy "owners change their documents" on public.documents with check (true);
