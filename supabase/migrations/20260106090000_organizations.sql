-- The tenants, who belongs to them, and who may still come.

create table public.organizations (
  id uuid primary key default gen_random_uuid(),
  name text not null check (name <> ''),
  plan text not null default 'free' references catalog.plans,
  created_at timestamptz not null default now()
);

create table public.memberships (
  organization_id uuid not null references public.organizations on delete cascade,
  user_id uuid not null references auth.users on delete cascade,
  role text not null default 'member' check (role in ('owner', 'admin', 'member')),
  is_active boolean not null default true,
  primary key (organization_id, user_id)
);
create index memberships_user_id_idx on public.memberships (user_id);

create table public.invitations (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations on delete cascade,
  -- Without an address, every user with the link may accept.
  email text,
  role text not null default 'member' check (role in ('admin', 'member')),
  token text not null unique default encode(extensions.gen_random_bytes(24), 'hex'),
  status text not null default 'pending' check (status in ('pending', 'accepted'))
);
create index invitations_organization_id_idx on public.invitations (organization_id);

-- The organizations in which the caller is an active member with one of these roles. It reads memberships as its owner:
-- a policy that read them itself would run into its own row security. Asked once per statement, not once per row.
create function private.organizations_as(variadic roles text[]) returns setof uuid
  language sql stable security definer
  set search_path = ''
  as $$
    select organization_id
    from public.memberships
    where user_id = (select auth.uid()) and is_active and role = any (roles)
  $$;
revoke execute on function private.organizations_as(text[]) from public;
grant execute on function private.organizations_as(text[]) to authenticated;

-- The user that founds an organization owns it.
create function private.own_new_organization() returns trigger
  language plpgsql security definer
  set search_path = ''
  as $$
begin
  if auth.uid() is not null then
    insert into public.memberships (organization_id, user_id, role) values (new.id, auth.uid(), 'owner');
  end if;
  return null;
end
$$;
revoke execute on function private.own_new_organization() from public;
create trigger own_new_organization after insert on public.organizations
  for each row execute function private.own_new_organization();

-- Organizations. Grants say which columns, policies say which rows: no user changes a plan or removes an organization
-- through the API, although an owner's policy covers every command.
alter table public.organizations enable row level security;
grant select, insert (name), update (name) on public.organizations to authenticated;
grant select, insert, update, delete on public.organizations to service_role;

create policy "anonymous users stay out" on public.organizations
  as restrictive to authenticated using (not (select private.is_anonymous()));
create policy "members read their organization" on public.organizations
  for select to authenticated using (id in (select private.organizations_as('owner', 'admin', 'member')));
create policy "everyone founds organizations" on public.organizations
  for insert to authenticated with check (true);
create policy "owners and admins run their organization" on public.organizations
  to authenticated using (id in (select private.organizations_as('owner', 'admin')));

-- Memberships. One joins by accepting an invitation, so there is no insert for users.
alter table public.memberships enable row level security;
grant select, update (role, is_active), delete on public.memberships to authenticated;
grant select, insert, update, delete on public.memberships to service_role;

create policy "anonymous users stay out" on public.memberships
  as restrictive to authenticated using (not (select private.is_anonymous()));
create policy "members see each other" on public.memberships
  for select to authenticated
  using (organization_id in (select private.organizations_as('owner', 'admin', 'member')));
create policy "owners change roles" on public.memberships
  for update to authenticated using (organization_id in (select private.organizations_as('owner')));
create policy "owners remove anyone, admins remove members" on public.memberships
  for delete to authenticated
  using (
    organization_id in (select private.organizations_as('owner'))
    or (role = 'member' and organization_id in (select private.organizations_as('admin')))
  );

-- Invitations. The token reaches only the invited person, by mail: no user may select that column.
alter table public.invitations enable row level security;
grant select (id, organization_id, email, role, status), insert (organization_id, email, role), delete
  on public.invitations to authenticated;
grant select, insert, update, delete on public.invitations to service_role;

create policy "anonymous users stay out" on public.invitations
  as restrictive to authenticated using (not (select private.is_anonymous()));
create policy "owners and admins see invitations" on public.invitations
  for select to authenticated using (organization_id in (select private.organizations_as('owner', 'admin')));
create policy "owners invite anyone, admins invite members" on public.invitations
  for insert to authenticated
  with check (
    organization_id in (select private.organizations_as('owner'))
    or (role = 'member' and organization_id in (select private.organizations_as('admin')))
  );
create policy "owners and admins withdraw invitations" on public.invitations
  for delete to authenticated using (organization_id in (select private.organizations_as('owner', 'admin')));

-- Turns an invitation into a membership. It has to write where the caller may not, so it checks everything itself.
create function public.accept_invitation(invitation_token text) returns void
  language plpgsql security definer
  set search_path = ''
  as $$
declare
  invitation public.invitations;
begin
  if private.is_anonymous() then
    raise exception 'sign up before you accept an invitation';
  end if;
  update public.invitations
    set status = 'accepted'
    where token = invitation_token and status = 'pending' and (email is null or email = auth.email())
    returning * into invitation;
  -- The same answer for a token that is unknown, used, or somebody else's.
  if not found then
    raise exception 'there is no such invitation';
  end if;
  insert into public.memberships (organization_id, user_id, role)
    values (invitation.organization_id, auth.uid(), invitation.role)
    on conflict do nothing;
end
$$;
revoke execute on function public.accept_invitation(text) from public;
grant execute on function public.accept_invitation(text) to authenticated;

-- Every member may leave: the function removes the caller's own membership, and no other.
create function public.leave_organization(organization_id uuid) returns void
  language sql volatile security definer
  set search_path = ''
  as $$
    delete from public.memberships
    where organization_id = leave_organization.organization_id and user_id = (select auth.uid())
  $$;
revoke execute on function public.leave_organization(uuid) from public;
grant execute on function public.leave_organization(uuid) to authenticated;

-- The organizations of which the caller is an active member. Row security still applies: the function runs as its caller.
create function public.my_organizations() returns setof public.organizations
  language sql stable
  set search_path = ''
  as $$
    select organizations.*
    from public.organizations
    join public.memberships on memberships.organization_id = organizations.id
    where memberships.user_id = (select auth.uid()) and memberships.is_active
  $$;
revoke execute on function public.my_organizations() from public;
grant execute on function public.my_organizations() to authenticated;
