-- Hole: the folder is asked for by the route for small files alone, so everyone adds files to the folders of others in parts
-- (resumable uploads have operations of their own).
-- Found as:
--   breach  storage_documents › alice › add in parts for bob
--   breach  storage_documents › alice › go on for bob

alter policy "people add files" on storage.objects
  with check (bucket_id = 'documents'
    and (storage.operation() like 'storage.tus.%' or (storage.foldername(name))[1] = (select auth.uid())::text));
