-- Hole: nothing is asked of the new name, so an admin moves files to an organization where they are none. Checks are
-- joined by OR like conditions: the one that asks nothing answers for the moves of every other policy and bucket too.
-- Found as:
--   breach  storage_avatars › alice › move a letter in
--   breach  storage_avatars › bob › move a letter in
--   breach  storage_organization_files › bob › hand over own
--   breach  storage_organization_files › dual › move ours to them
--   breach  storage_organization_files › mallory › list
--   breach  storage_organization_files › mallory › list by version 2
--   breach  storage_published › alice › publish own
--   breach  storage_published › bob › publish bob's
--   breach  storage_published › bob › publish own
--   breach  storage_published › climber › publish own

alter policy "owners and admins replace and move files" on storage.objects with check (true);
