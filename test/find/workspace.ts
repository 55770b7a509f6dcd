/** A workspace with the profile that a trigger makes for every user, in its correct form and in a broken one. */

const schema = `
create table public.profiles (
  id uuid primary key references auth.users on delete cascade,
  display_name text not null,
  is_admin boolean not null default false,
  updated_at timestamptz not null default clock_timestamp()
);
create function public.handle_new_user() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id, display_name) values (new.id, 'user ' || new.id);
  return new;
end $$;
create trigger on_auth_user_created after insert on auth.users for each row execute function public.handle_new_user();
create function public.touch() returns trigger language plpgsql as $$
begin
  new.updated_at := clock_timestamp();
  return new;
end $$;
create trigger touch before update on public.profiles for each row execute function public.touch();

alter table public.profiles enable row level security;
revoke all on public.profiles from anon, authenticated;
grant all on public.profiles to service_role;
grant select, insert (id, display_name), update (id, display_name) on public.profiles to authenticated;
create policy "everyone reads" on public.profiles for select to authenticated using (true);
create policy "owners join" on public.profiles for insert to authenticated with check (id = (select auth.uid()));

create function public.rename_me(new_name text) returns void language sql as $$
  update public.profiles set display_name = new_name where id = (select auth.uid())
$$;
revoke execute on function public.rename_me from public, anon;
grant execute on function public.rename_me to authenticated;
`

const update = {
  right: `create policy "owners update" on public.profiles for update to authenticated
  using (id = (select auth.uid())) with check (id = (select auth.uid()));`,
  broken: 'create policy "owners update" on public.profiles for update to authenticated using (true);',
}

const actors = `
actors:
  visitor: { kind: anon }
  alice:   { kind: authenticated }
  bob:     { kind: authenticated }
  guest:   { kind: anonymous-auth }
  expired: { kind: authenticated, as: alice, token: expired }
world:
  alice's profile: { table: public.profiles, find: { id: $alice.id } }
`

const profiles = `
matrix: profiles
resource: { table: public.profiles }
fixtures:
  own:   { find: { id: $actor.id } }
  bob's: { find: { id: $bob.id } }
operations:
  read own:      { select: own }
  read bob's:    { select: bob's }
  read alice's:  { select: alice's profile, columns: [display_name] }
  list:          { select: "*" }
  rename own:    { update: own, set: { display_name: renamed } }
  rename again:  { update: own, set: { display_name: renamed } }
  merge own:     { upsert: own, values: { display_name: merged } }
  promote own:   { update: own, set: { is_admin: true } }
  rename bob's:  { update: bob's, set: { display_name: defaced } }
  promote bob's: { update: bob's, set: { is_admin: true } }
expect:
  visitor: { "*": deny(grant) }
  expired: { "*": deny(unauthenticated) }
  bob:     { promote own: deny(grant), promote bob's: deny(grant), "*": allow }
  "*":     { promote own: deny(grant), promote bob's: deny(grant), rename bob's: deny(filtered), "*": allow }
`

const renameMe = `
matrix: rename me
resource: { function: public.rename_me }
fixtures:
  own: { table: public.profiles, find: { id: $actor.id } }
operations:
  call: { call: { new_name: called }, changes: { own: { display_name: called } } }
expect:
  visitor: { "*": deny(grant) }
  expired: { "*": deny(unauthenticated) }
  "*":     { "*": allow }
`

const nowhere = `
matrix: nowhere
resource: { table: public.profiles }
fixtures:
  admin: { find: { id: $actor.id, is_admin: true } }
operations:
  read: { select: admin }
expect:
  alice: { "*": allow }
  "*":   { "*": n/a }
`

function files(policy: keyof typeof update): Readonly<Record<string, string>> {
  return {
    'supabase/config.toml': '[auth]\nenable_anonymous_sign_ins = true\n',
    'supabase/migrations/1_profiles.sql': `${schema}${update[policy]}\n`,
    'matrices/actors.yaml': actors,
    'matrices/profiles.matrix.yaml': profiles,
    'matrices/rename-me.matrix.yaml': renameMe,
  }
}

export const rightFiles = files('right')

/** Every user may update every profile, and a matrix looks for a row that does not exist. */
export const brokenFiles = { ...files('broken'), 'matrices/nowhere.matrix.yaml': nowhere }
