-- Found by: an admin who becomes a member only reads
-- Because: membership is changed, and access by "rename" has to end at once\..* With a token that was issued afterwards it works as well
-- Hole: the policies for admins read a stored role of each member: the highest one that the member ever had. A lower role
-- does not overwrite it.

create table private.highest_roles (
  organization_id uuid not null,
  user_id uuid not null,
  primary key (organization_id, user_id)
);

create function private.remember_role() returns trigger
  language plpgsql security definer
  set search_path = ''
  as $$
begin
  insert into private.highest_roles values (new.organization_id, new.user_id) on conflict do nothing;
  return null;
end
$$;
create trigger remember_role after insert or update on public.memberships
  for each row when (new.is_active and new.role in ('owner', 'admin')) execute function private.remember_role();

create or replace function private.organizations_as(variadic roles text[]) returns setof uuid
  language sql stable security definer
  set search_path = ''
  as $$
    select memberships.organization_id
    from public.memberships
    left join private.highest_roles using (organization_id, user_id)
    where memberships.user_id = (select auth.uid())
      and memberships.is_active
      and (memberships.role = any (roles) or (highest_roles.user_id is not null and 'admin' = any (roles)))
  $$;
