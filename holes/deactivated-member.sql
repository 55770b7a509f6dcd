-- Hole: the membership helper forgets that a member may be deactivated.
create or replace function private.organizations_as(variadic roles text[]) returns setof uuid
  language sql stable security definer
  set search_path = ''
  as $$
    select organization_id
    from public.memberships
    where user_id = (select auth.uid()) and role = any (roles)
  $$;
