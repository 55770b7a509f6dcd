-- Hole: every signed-in user reads the whole bucket. Permissive policies are joined by OR, so the other policy, which checks
-- folders, restricts nothing.
-- Found as:
--   breach  storage_documents › alice › copy bob's
--   breach  storage_documents › alice › describe bob's
--   breach  storage_documents › alice › list
--   breach  storage_documents › alice › look for bob's
--   breach  storage_documents › alice › read bob's
--   breach  storage_documents › alice › sign all
--   breach  storage_documents › alice › sign bob's
--   breach  storage_documents › editor › copy bob's
--   breach  storage_documents › editor › describe bob's
--   breach  storage_documents › editor › list
--   breach  storage_documents › editor › look for bob's
--   breach  storage_documents › editor › read bob's
--   breach  storage_documents › editor › sign bob's
--   breach  storage_documents › keyless › read bob's

create policy "signed-in users read documents" on storage.objects
  for select to authenticated using (bucket_id = 'documents');
