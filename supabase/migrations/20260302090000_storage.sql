-- Files, in four buckets. A bucket says how large a file may be and of which type; who may do what with it is said by
-- the policies below. Storage grants everything on its tables to every role, so nothing but these policies protects a
-- file. Each of them names its bucket: without that it would open all of them.
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values
  ('documents', 'documents', false, null, null),
  ('organization-files', 'organization-files', false, null, null),
  ('avatars', 'avatars', true, 65536, array['image/png', 'image/jpeg', 'image/webp']),
  ('published', 'published', false, null, array['text/*', 'image/*']);

-- Buckets are made and changed by migrations. The app looks up what a bucket takes before it offers to upload a file.
create policy "users see what buckets take" on storage.buckets
  for select to authenticated using (not (select private.is_anonymous()));

-- A policy for all commands: no anonymous user writes a file, or reads one that is not published.
create policy "anonymous users only read what is published" on storage.objects
  as restrictive to authenticated
  using (
    (bucket_id = 'published' and (storage.foldername(name))[1] = 'published')
    or not (select private.is_anonymous())
  )
  with check (not (select private.is_anonymous()));

-- documents: a folder for every person, with their id as its name. Ids are compared as texts and not as uuids, so that
-- there is one spelling of a folder only.
create policy "people read their files" on storage.objects
  for select to authenticated
  using (bucket_id = 'documents' and (storage.foldername(name))[1] = (select auth.uid())::text);
create policy "people add files" on storage.objects
  for insert to authenticated
  with check (bucket_id = 'documents' and (storage.foldername(name))[1] = (select auth.uid())::text);
-- To move a file is to update its name and its bucket: the check holds it in the folder.
create policy "people replace and move their files" on storage.objects
  for update to authenticated
  using (bucket_id = 'documents' and (storage.foldername(name))[1] = (select auth.uid())::text)
  with check (bucket_id = 'documents' and (storage.foldername(name))[1] = (select auth.uid())::text);
create policy "people remove their files" on storage.objects
  for delete to authenticated
  using (bucket_id = 'documents' and (storage.foldername(name))[1] = (select auth.uid())::text);

-- organization-files: a folder for every organization. Its members read and add, its owners and admins replace, move
-- and remove.
create policy "members read the files of their organization" on storage.objects
  for select to authenticated
  using (
    bucket_id = 'organization-files'
    and (storage.foldername(name))[1] in (select private.organizations_as('owner', 'admin', 'member')::text)
  );
create policy "members add files to their organization" on storage.objects
  for insert to authenticated
  with check (
    bucket_id = 'organization-files'
    and (storage.foldername(name))[1] in (select private.organizations_as('owner', 'admin', 'member')::text)
  );
create policy "owners and admins replace and move files" on storage.objects
  for update to authenticated
  using (
    bucket_id = 'organization-files'
    and (storage.foldername(name))[1] in (select private.organizations_as('owner', 'admin')::text)
  )
  with check (
    bucket_id = 'organization-files'
    and (storage.foldername(name))[1] in (select private.organizations_as('owner', 'admin')::text)
  );
create policy "owners and admins remove files" on storage.objects
  for delete to authenticated
  using (
    bucket_id = 'organization-files'
    and (storage.foldername(name))[1] in (select private.organizations_as('owner', 'admin')::text)
  );

-- avatars: a public bucket, so that the whole world sees a picture of which it has the name. Storage asks no policy for
-- that; the one for select is for the owner, who could not replace or remove a picture without it, and it lets no user
-- list the pictures of others. Storage checks the types of the bucket at an upload only: for copied and moved files the
-- policies check them. No URL for an upload can be signed here, because its type is not known by then.
create policy "people find their own pictures" on storage.objects
  for select to authenticated
  using (bucket_id = 'avatars' and (storage.foldername(name))[1] = (select auth.uid())::text);
create policy "people add pictures of themselves" on storage.objects
  for insert to authenticated
  with check (
    bucket_id = 'avatars'
    and (storage.foldername(name))[1] = (select auth.uid())::text
    and metadata ->> 'mimetype' like 'image/%'
  );
create policy "people replace their pictures" on storage.objects
  for update to authenticated
  using (bucket_id = 'avatars' and (storage.foldername(name))[1] = (select auth.uid())::text)
  with check (
    bucket_id = 'avatars'
    and (storage.foldername(name))[1] = (select auth.uid())::text
    and metadata ->> 'mimetype' like 'image/%'
  );
create policy "people remove their pictures" on storage.objects
  for delete to authenticated
  using (bucket_id = 'avatars' and (storage.foldername(name))[1] = (select auth.uid())::text);

-- published: what belongs to posts. A file is written under drafts/<author>/ and published by moving it to
-- published/<author>/, which only editors can. The bucket is private: in a public one every draft could be read.
-- Every caller with the name of a published file may download it; a list would reveal the names, and is for its author
-- and the editors.
create policy "everyone downloads published files" on storage.objects
  for select to anon, authenticated
  using (
    bucket_id = 'published'
    and (storage.foldername(name))[1] = 'published'
    and storage.allow_any_operation(
      array['object.get_authenticated', 'object.get_authenticated_info', 'object.head_authenticated_info']
    )
  );
create policy "authors read their files" on storage.objects
  for select to authenticated
  using (bucket_id = 'published' and (storage.foldername(name))[2] = (select auth.uid())::text);
create policy "authors add drafts" on storage.objects
  for insert to authenticated
  with check (
    bucket_id = 'published'
    and (storage.foldername(name))[1] = 'drafts'
    and (storage.foldername(name))[2] = (select auth.uid())::text
  );
-- Without a check of its own, the condition holds for the new name too: a draft stays a draft.
create policy "authors replace and move their drafts" on storage.objects
  for update to authenticated
  using (
    bucket_id = 'published'
    and (storage.foldername(name))[1] = 'drafts'
    and (storage.foldername(name))[2] = (select auth.uid())::text
  );
create policy "authors remove their drafts" on storage.objects
  for delete to authenticated
  using (
    bucket_id = 'published'
    and (storage.foldername(name))[1] = 'drafts'
    and (storage.foldername(name))[2] = (select auth.uid())::text
  );
create policy "editors read all files of posts" on storage.objects
  for select to authenticated
  using (bucket_id = 'published' and (select private.is_editor()));
create policy "editors publish and move files of posts" on storage.objects
  for update to authenticated
  using (bucket_id = 'published' and (select private.is_editor()));
