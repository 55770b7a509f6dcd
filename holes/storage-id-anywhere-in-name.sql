-- Hole: the policy accepts the user's id in any folder of the name instead of the first, so a user can write below a folder
-- of another user.
-- Found as:
--   breach  storage_documents › alice › add a draft
--   breach  storage_documents › alice › add below bob's
--   breach  storage_documents › bob › begin with a slash

alter policy "people add files" on storage.objects
  with check (bucket_id = 'documents' and (select auth.uid())::text = any (storage.foldername(name)));
