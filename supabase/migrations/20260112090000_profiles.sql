-- How people appear to one another. Everyone starts with a profile of their own and adds one per organization.

create table public.profiles (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null default auth.uid() references auth.users on delete cascade,
  -- Whose members see it. Without one, only its owner does.
  organization_id uuid references public.organizations on delete cascade,
  display_name text not null,
  -- For the person alone: no user may select this column, my_profiles() shows it to its owner.
  phone text,
  -- Set by hand, never through the API.
  is_staff boolean not null default false
);
create index profiles_user_id_idx on public.profiles (user_id);
create index profiles_organization_id_idx on public.profiles (organization_id);

-- Runs inside the sign-up: if it failed, no user could sign up.
create function private.first_profile() returns trigger
  language plpgsql security definer
  set search_path = ''
  as $$
begin
  insert into public.profiles (user_id, display_name)
    values (new.id, coalesce(split_part(new.email, '@', 1), 'Guest'));
  return null;
end
$$;
revoke execute on function private.first_profile() from public;
create trigger first_profile after insert on auth.users
  for each row execute function private.first_profile();

-- Column privileges belong to a role and not to a row, so what only the owner may see is not selectable at all.
alter table public.profiles enable row level security;
grant
  select (id, user_id, organization_id, display_name, is_staff),
  insert (user_id, organization_id, display_name, phone),
  update (display_name, phone)
  on public.profiles to authenticated;
grant select, insert, update, delete on public.profiles to service_role;

create policy "anonymous users stay out" on public.profiles
  as restrictive to authenticated using (not (select private.is_anonymous()));
create policy "people read their own profiles" on public.profiles
  for select to authenticated using (user_id = (select auth.uid()));
create policy "members read the profiles of their organization" on public.profiles
  for select to authenticated
  using (organization_id in (select private.organizations_as('owner', 'admin', 'member')));
create policy "people add profiles of their own" on public.profiles
  for insert to authenticated
  with check (
    user_id = (select auth.uid())
    and (
      organization_id is null
      or organization_id in (select private.organizations_as('owner', 'admin', 'member'))
    )
  );
create policy "people change their own profiles" on public.profiles
  for update to authenticated using (user_id = (select auth.uid()));

create function public.my_profiles() returns setof public.profiles
  language sql stable security definer
  set search_path = ''
  as $$ select * from public.profiles where user_id = (select auth.uid()) $$;
revoke execute on function public.my_profiles() from public;
grant execute on function public.my_profiles() to authenticated;
