-- Hole: the policy of the room asks who has a membership, and not whether it is active. Everywhere else it counts.
-- Found as:
--   breach       realtime_rooms › former › hear carol
--   breach       realtime_rooms › former › hear the database
--   breach       realtime_rooms › former › join
--   wrong-layer  realtime_rooms › former › speak

create function private.rooms_of_caller() returns setof text
  language sql stable security definer
  set search_path = ''
  as $$ select 'organization:' || organization_id from public.memberships where user_id = (select auth.uid()) $$;
revoke execute on function private.rooms_of_caller() from public;
grant execute on function private.rooms_of_caller() to authenticated;

alter policy "members hear the room of their organization" on realtime.messages
  using (extension = 'broadcast' and (select realtime.topic()) in (select private.rooms_of_caller()));
