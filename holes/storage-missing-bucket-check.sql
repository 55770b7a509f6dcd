-- Hole: the policy does not name its bucket, so it opens the files of every other one to editors too.
-- Found as:
--   breach  storage_avatars › editor › list
--   breach  storage_avatars › editor › sign bob's
--   breach  storage_documents › editor › copy bob's
--   breach  storage_documents › editor › describe bob's
--   breach  storage_documents › editor › list
--   breach  storage_documents › editor › look for bob's
--   breach  storage_documents › editor › read bob's
--   breach  storage_documents › editor › sign bob's
--   breach  storage_organization_files › editor › list
--   breach  storage_organization_files › editor › read ours
--   breach  storage_organization_files › editor › sign both

alter policy "editors read all files of posts" on storage.objects using ((select private.is_editor()));
