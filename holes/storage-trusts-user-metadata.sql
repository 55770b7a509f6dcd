-- Hole: who owns the organization is read from user_metadata, which every user writes.
-- Found as:
--   breach  storage_organization_files › climber › add ours
--   breach  storage_organization_files › climber › add theirs
--   breach  storage_organization_files › climber › copy ours to them
--   breach  storage_organization_files › climber › copy own to ours
--   breach  storage_organization_files › climber › hand over own
--   breach  storage_organization_files › climber › list
--   breach  storage_organization_files › climber › list by version 2
--   breach  storage_organization_files › climber › move ours to them
--   breach  storage_organization_files › climber › read ours
--   breach  storage_organization_files › climber › read theirs
--   breach  storage_organization_files › climber › remove ours
--   breach  storage_organization_files › climber › remove theirs
--   breach  storage_organization_files › climber › rename ours
--   breach  storage_organization_files › climber › replace ours
--   breach  storage_organization_files › climber › sign both

create policy "owners manage files" on storage.objects
  to authenticated
  using (
    bucket_id = 'organization-files'
    and (select auth.jwt()) -> 'user_metadata' ->> 'organization_role' = 'owner'
  );
