-- Hole: nothing is asked of the new row, so an owner puts a document under somebody else's name.
alter policy "owners change their documents" on public.documents with check (true);
