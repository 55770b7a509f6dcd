-- Hole: the membership helper forgets that a member may be deactivated.
-- Found as:
--   breach       accounts › former › read
--   breach       announcements › former › read ours
--   breach       documents › former › create in plan
--   breach       documents › former › list
--   breach       memberships › former › list
--   breach       memberships › former › see the owner
--   breach       organizations › former › read
--   breach       profiles › former › add in acme
--   breach       profiles › former › list
--   breach       projects › former › list
--   breach       projects › former › read with documents
--   breach       purchase_requests › former › ask
--   breach       purchase_requests › former › list
--   breach       realtime_presence › former › join
--   wrong-layer  realtime_presence › former › listen
--   breach       realtime_presence › former › see bob
--   breach       realtime_presence › former › show up
--   breach       realtime_projects › former › hear of a change
--   breach       realtime_projects › former › hear of a new one
--   breach       realtime_rooms › former › hear carol
--   breach       realtime_rooms › former › hear the database
--   breach       realtime_rooms › former › join
--   wrong-layer  realtime_rooms › former › speak
--   breach       seats › former › read
--   breach       spend › former › spend
--   breach       storage_organization_files › alice › be deactivated
--   breach       storage_organization_files › bob › be deactivated
--   breach       storage_organization_files › carol › be deactivated
--   breach       storage_organization_files › former › add ours
--   wrong-layer  storage_organization_files › former › copy ours to them
--   breach       storage_organization_files › former › copy own to ours
--   breach       storage_organization_files › former › list
--   breach       storage_organization_files › former › list by version 2
--   breach       storage_organization_files › former › read ours
--   breach       storage_organization_files › former › sign both
--   breach       take_seat › former › take

create or replace function private.organizations_as(variadic roles text[]) returns setof uuid
  language sql stable security definer
  set search_path = ''
  as $$
    select organization_id
    from public.memberships
    where user_id = (select auth.uid()) and role = any (roles)
  $$;
