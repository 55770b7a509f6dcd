-- Hole: the bucket is asked for and the folder is not, so everyone adds files to the folders of others.
-- Found as:
--   breach  storage_documents › alice › add a draft
--   breach  storage_documents › alice › add below bob's
--   breach  storage_documents › alice › add for bob
--   breach  storage_documents › alice › add in no folder
--   breach  storage_documents › alice › add in parts for bob
--   breach  storage_documents › alice › begin with a slash
--   breach  storage_documents › alice › claim bob's folder
--   breach  storage_documents › alice › copy own to bob
--   breach  storage_documents › alice › find names
--   breach  storage_documents › alice › go on for bob
--   breach  storage_documents › alice › hand in for bob
--   breach  storage_documents › bob › add in no folder
--   breach  storage_documents › bob › begin with a slash
--   breach  storage_documents › keyless › add for bob

alter policy "people add files" on storage.objects with check (bucket_id = 'documents');
