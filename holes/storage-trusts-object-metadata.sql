-- Hole: the policy reads the owner from the file's own metadata, which the uploading user writes.
-- Found as:
--   breach  storage_documents › alice › claim bob's folder

alter policy "people add files" on storage.objects
  with check (
    bucket_id = 'documents'
    and coalesce(user_metadata ->> 'owner', (storage.foldername(name))[1]) = (select auth.uid())::text
  );
