-- Found by: a deactivated member loses access
-- Because: membership is changed, and access by "read" has to end at once\..* With a token that was issued afterwards it works as well
-- Hole: policies read a list of members that is kept beside the memberships, because it is faster. A trigger adds new
-- members, but none removes a member that is deactivated or leaves.

create table private.member_list (
  organization_id uuid not null,
  user_id uuid not null,
  role text not null,
  primary key (organization_id, user_id)
);
insert into private.member_list select organization_id, user_id, role from public.memberships where is_active;

create function private.list_member() returns trigger
  language plpgsql security definer
  set search_path = ''
  as $$
begin
  insert into private.member_list values (new.organization_id, new.user_id, new.role) on conflict do nothing;
  return null;
end
$$;
create trigger list_member after insert on public.memberships
  for each row when (new.is_active) execute function private.list_member();

create or replace function private.organizations_as(variadic roles text[]) returns setof uuid
  language sql stable security definer
  set search_path = ''
  as $$
    select organization_id
    from private.member_list
    where user_id = (select auth.uid()) and role = any (roles)
  $$;
