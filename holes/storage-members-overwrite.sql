-- Hole: the policy for updates admits every member that may add a file, so members overwrite files of others.
-- Found as:
--   breach       storage_organization_files › bob › hand over own
--   breach       storage_organization_files › bob › rename ours
--   breach       storage_organization_files › bob › replace ours
--   breach       storage_organization_files › dual › move ours to them
--   breach       storage_organization_files › mallory › list
--   breach       storage_organization_files › mallory › list by version 2
--   wrong-layer  storage_organization_files › bob › move ours to them

alter policy "owners and admins replace and move files" on storage.objects
  using (
    bucket_id = 'organization-files'
    and (storage.foldername(name))[1] in (select private.organizations_as('owner', 'admin', 'member')::text)
  )
  with check (
    bucket_id = 'organization-files'
    and (storage.foldername(name))[1] in (select private.organizations_as('owner', 'admin', 'member')::text)
  );
