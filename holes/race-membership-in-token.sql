-- Found by: a removed member loses access
-- Because: membership is removed, and access by "read" has to end at once\..* With a token that was issued afterwards it is refused
-- Hole: memberships are copied into the metadata of the user, and policies read them in the token. That saves a query of
-- the table, but a token keeps the state of its issue: a removed member stays a member until it expires.

create function private.note_memberships() returns trigger
  language plpgsql security definer
  set search_path = ''
  as $$
declare
  whose uuid := coalesce(new.user_id, old.user_id);
begin
  update auth.users
  set raw_app_meta_data = coalesce(raw_app_meta_data, '{}') || jsonb_build_object(
    'organizations',
    (
      select coalesce(jsonb_agg(jsonb_build_object('id', organization_id, 'role', role)), '[]')
      from public.memberships
      where user_id = whose and is_active
    )
  )
  where id = whose;
  return null;
end
$$;
create trigger note_memberships after insert or update or delete on public.memberships
  for each row execute function private.note_memberships();

create or replace function private.organizations_as(variadic roles text[]) returns setof uuid
  language sql stable security definer
  set search_path = ''
  as $$
    select (membership ->> 'id')::uuid
    from jsonb_array_elements(auth.jwt() -> 'app_metadata' -> 'organizations') as membership
    where membership ->> 'role' = any (roles)
  $$;
