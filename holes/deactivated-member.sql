-- Hole: the membership helper forgets that a member may be deactivated.
-- Found as:
--   breach       documents › former › list
--   breach       memberships › former › see the owner
--   breach       organizations › former › read
--   breach       profiles › former › add in acme
--   breach       profiles › former › list
--   breach       projects › former › list
--   breach       projects › former › read with documents
--   breach       storage_organization_files › alice › be deactivated
--   breach       storage_organization_files › bob › be deactivated
--   breach       storage_organization_files › carol › be deactivated
--   breach       storage_organization_files › former › add ours
--   breach       storage_organization_files › former › copy own to ours
--   breach       storage_organization_files › former › list
--   breach       storage_organization_files › former › list by version 2
--   breach       storage_organization_files › former › read ours
--   breach       storage_organization_files › former › sign both
--   wrong-layer  storage_organization_files › former › copy ours to them

create or replace function private.organizations_as(variadic roles text[]) returns setof uuid
  language sql stable security definer
  set search_path = ''
  as $$
    select organization_id
    from public.memberships
    where user_id = (select auth.uid()) and role = any (roles)
  $$;
