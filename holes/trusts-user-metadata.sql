-- Hole: the editor's role is read from user_metadata, which every user writes.
-- Found as:
--   breach       can_publish › climber › ask
--   breach       claim_task › climber › claim
--   breach       finish_task › climber › finish
--   breach       posts › climber › count drafts
--   breach       posts › climber › edit bob's draft
--   breach       posts › climber › edit published
--   breach       posts › climber › list
--   breach       posts › climber › publish bob's
--   breach       posts › climber › publish own
--   breach       posts › climber › read bob's draft
--   breach       storage_published › climber › list drafts
--   breach       storage_published › climber › list what is out
--   breach       storage_published › climber › publish bob's
--   breach       storage_published › climber › publish own
--   breach       storage_published › climber › read bob's draft
--   breach       storage_published › climber › read the lost
--   wrong-layer  storage_published › climber › show the stray
--   breach       storage_published › climber › sign bob's draft
--   breach       storage_published › climber › sign what is out
--   breach       storage_published › climber › take it back
--   breach       storage_published › climber › take the stray out

create or replace function private.is_editor() returns boolean
  language sql stable
  set search_path = ''
  as $$
    select coalesce('editor' in (auth.jwt() -> 'app_metadata' ->> 'role', auth.jwt() -> 'user_metadata' ->> 'role'), false)
  $$;
