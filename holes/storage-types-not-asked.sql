-- Hole: the policies rely on the types that the bucket takes. Those are asked of an upload, and not of what is copied
-- or moved into the bucket.
-- Found as:
--   breach  storage_avatars › alice › copy a letter in
--   breach  storage_avatars › alice › move a letter in
--   breach  storage_avatars › bob › copy a letter in
--   breach  storage_avatars › bob › move a letter in

alter policy "people add pictures of themselves" on storage.objects
  with check (bucket_id = 'avatars' and (storage.foldername(name))[1] = (select auth.uid())::text);
alter policy "people replace their pictures" on storage.objects
  with check (bucket_id = 'avatars' and (storage.foldername(name))[1] = (select auth.uid())::text);
