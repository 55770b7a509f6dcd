-- Hole: the policy does not say any more that it is for downloads, so the list gives away every name.
-- Found as:
--   breach  storage_published › alice › list what is out
--   breach  storage_published › alice › sign what is out
--   breach  storage_published › climber › list what is out
--   breach  storage_published › climber › sign what is out
--   breach  storage_published › guest › list what is out
--   breach  storage_published › guest › sign what is out
--   breach  storage_published › visitor › list what is out
--   breach  storage_published › visitor › sign what is out

alter policy "everyone downloads published files" on storage.objects
  using (bucket_id = 'published' and (storage.foldername(name))[1] = 'published');
