-- Hole: the own id is looked for in any folder of the name instead of the first, so that a folder of one's own below
-- somebody else's is open.
-- Found as:
--   breach  storage_documents › alice › add below bob's
--   breach  storage_documents › bob › begin with a slash

alter policy "people add files" on storage.objects
  with check (bucket_id = 'documents' and (select auth.uid())::text = any (storage.foldername(name)));
