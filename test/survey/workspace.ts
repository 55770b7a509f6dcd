/** Two teams with a member each, a second member in one of them, and tables of the shapes that a survey has to fill. */
export const surveyFiles = {
  'supabase/config.toml': '[auth]\nenable_anonymous_sign_ins = true\n',
  'supabase/migrations/1_teams.sql': `
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.members (
  team_id uuid not null references public.teams on delete cascade,
  user_id uuid not null references auth.users on delete cascade,
  role text not null default 'member' check (role in ('owner', 'member')),
  primary key (team_id, user_id));
create function public.my_teams() returns setof uuid language sql stable security definer set search_path = ''
  as $$ select team_id from public.members where user_id = (select auth.uid()) $$;

create table public.profiles (user_id uuid primary key references auth.users on delete cascade, nick text, phone text);
create function public.add_profile() returns trigger language plpgsql security definer set search_path = ''
  as $$ begin insert into public.profiles (user_id) values (new.id); return null; end $$;
create trigger add_profile after insert on auth.users for each row execute function public.add_profile();

create table public.settings (user_id uuid primary key references auth.users on delete cascade, theme text);

create type public.mood as enum ('calm', 'cross');
create table public.notes (
  id bigint generated always as identity primary key,
  team_id uuid not null references public.teams on delete cascade,
  owner_id uuid not null references auth.users on delete cascade,
  title text not null check (char_length(title) between 3 and 80),
  mood public.mood not null,
  rating integer not null check (rating >= 1 and rating <= 5),
  secret text);
create table public."Order Items" (
  id uuid primary key default gen_random_uuid(),
  note_id bigint not null references public.notes on delete cascade,
  "unit price" numeric(6,2) not null check ("unit price" > 0));
create view public.titles with (security_invoker = true) as select id, title from public.notes;
create view public.labels with (security_invoker = true) as select title || '!' as label from public.notes;
create function public.note_titles(team_id uuid) returns setof text language sql stable set search_path = ''
  as $$ select title from public.notes where notes.team_id = note_titles.team_id $$;
create function public.rename_note(note_id bigint, title text) returns void language sql volatile set search_path = ''
  as $$ update public.notes set title = rename_note.title where id = note_id $$;
create function public.draw(shape path) returns void language sql stable as $$ select $$;

do $$
declare t text;
begin
  foreach t in array array['teams', 'members', 'profiles', 'settings', 'notes', 'Order Items'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('revoke all on public.%I from anon, authenticated', t);
    execute format('grant select, insert, update, delete on public.%I to service_role', t);
  end loop;
end $$;
revoke all on public.titles, public.labels from anon, authenticated;
grant select on public.teams, public.members, public."Order Items", public.titles, public.labels to authenticated;
grant select, insert, update on public.settings to authenticated;
grant select (user_id, nick) on public.profiles to authenticated;
grant select (id, team_id, owner_id, title, mood, rating), insert (team_id, owner_id, title, mood, rating),
  update (team_id, title), delete on public.notes to authenticated;
create policy "own teams" on public.teams for select to authenticated using (id in (select public.my_teams()));
create policy "own team" on public.members for select to authenticated using (team_id in (select public.my_teams()));
create policy "own settings" on public.settings to authenticated using (user_id = (select auth.uid()));
create policy "own profile" on public.profiles for select to authenticated using (user_id = (select auth.uid()));
create policy "team reads" on public.notes for select to authenticated using (team_id in (select public.my_teams()));
create policy "team writes" on public.notes for insert to authenticated
  with check (owner_id = (select auth.uid()) and team_id in (select public.my_teams()));
create policy "owner changes" on public.notes for update to authenticated
  using (owner_id = (select auth.uid())) with check (team_id in (select public.my_teams()));
create policy "owner deletes" on public.notes for delete to authenticated using (owner_id = (select auth.uid()));
create policy "team reads" on public."Order Items" for select to authenticated
  using (note_id in (select id from public.notes));

insert into storage.buckets (id, name, public) values ('files', 'files', false);
create policy "own folder" on storage.objects for select to authenticated
  using (bucket_id = 'files' and (storage.foldername(name))[1] = (select auth.uid())::text);
`,
  'matrices/actors.yaml': `actors:
  visitor: { kind: anon }
  ann:     { kind: authenticated }
  ben:     { kind: authenticated }
  mia:     { kind: authenticated }
world:
  red:         { table: public.teams, values: { name: "Red $run" } }
  blue:        { table: public.teams, values: { name: "Blue $run" } }
  ann in red:  { table: public.members, values: { team_id: $red.id, user_id: $ann.id, role: owner } }
  ben in red:  { table: public.members, values: { team_id: $red.id, user_id: $ben.id } }
  mia in blue: { table: public.members, values: { team_id: $blue.id, user_id: $mia.id, role: owner } }
`,
} as const
