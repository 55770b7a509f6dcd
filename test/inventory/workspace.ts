/**
 * A schema with one well protected table, and one object of every kind that opens a project. Only the intent decides whether
 * such an object is right, so an inventory has to mention all of them.
 */
const protectedSql = `
create table public.tickets (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users, title text not null);
alter table public.tickets enable row level security;
revoke truncate, references, trigger on public.tickets from anon, authenticated;
grant select on public.tickets to authenticated, service_role;
grant insert, update, delete on public.tickets to service_role;
create policy "owners read" on public.tickets for select to authenticated using (owner_id = (select auth.uid()));
`

/** The other objects. @param schema another exposed schema. */
export const openAccessSql = `
create table public.memos (id bigint generated always as identity primary key, body text not null);
grant select, insert on public.memos to anon, authenticated;

create table public."Order Items" (id int primary key, "unit.price" numeric, "it's" text);
grant select on public."Order Items" to authenticated;
alter table public."Order Items" enable row level security;
create policy "every ""item""" on public."Order Items" for select using (true);

create table public.drafts (id int primary key, owner_id uuid not null);
grant select, insert, update, delete on public.drafts to authenticated;
create policy "has no effect" on public.drafts for select to authenticated using (owner_id = (select auth.uid()));

create table public.sealed (id int primary key);
alter table public.sealed enable row level security;
grant select on public.sealed to anon, authenticated;

create table public.people (id int primary key, owner_id uuid not null, name text not null, salary int not null);
alter table public.people enable row level security;
grant select (id, name, owner_id), update (name) on public.people to authenticated;
create policy "names" on public.people for select to authenticated using (owner_id = (select auth.uid()));
create policy "rename" on public.people for update to authenticated using (owner_id = (select auth.uid()));
create policy "trusts" on public.people for select to authenticated
  using ((auth.jwt() -> 'user_metadata' ->> 'admin') = 'true');
create policy "narrow" on public.people as restrictive for select to authenticated using (id > 0);

create view public.all_tickets as select * from public.tickets;
create view public.own_tickets with (security_invoker = on, security_barrier) as select * from public.tickets;
create view public.over_view with (security_invoker = true) as select title from public.all_tickets;
grant select on public.all_tickets, public.own_tickets, public.over_view to authenticated;
create materialized view public.counts as select count(*) as n from public.tickets;
grant select on public.counts to anon;

create table public.events (id int, day date not null) partition by range (day);
create table public.events_2026 partition of public.events for values from ('2026-01-01') to ('2027-01-01');
alter table public.events enable row level security;
grant select on public.events, public.events_2026 to authenticated;
create policy "events" on public.events for select to authenticated using (day < now());
create table public.base (id int);
create table public.child () inherits (public.base);
alter table public.base enable row level security;
grant select on public.child to authenticated;

create sequence public.numbers;
grant usage on sequence public.numbers to authenticated;

create function public.count_all() returns bigint language sql security definer as 'select count(*) from public.tickets';
grant execute on function public.count_all() to authenticated;
create function public.safe(ticket uuid, again boolean default false) returns setof public.tickets
  language sql stable security definer set search_path = '' as 'select * from public.tickets where id = ticket';
revoke execute on function public.safe from public;
grant execute on function public.safe to authenticated;
create function public.on_change() returns trigger language plpgsql as 'begin return new; end';
create function public.unnamed(int, int) returns int language sql as 'select $1 + $2';
create function public.takes_json(jsonb) returns int language sql as 'select 1';
create function public.gone() returns int language sql as 'select 1';
revoke execute on function public.gone from public;

create schema extra;
grant usage on schema extra to anon, authenticated;
create function extra."Ping it"() returns text language sql as $$ select 'pong' $$;
create table extra.hidden (id int);

create schema private;
create table private.secrets (id int);
create function private.peek() returns int language sql security definer as 'select 1';

alter publication supabase_realtime add table public.memos (id, body);
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values
  ('pics', 'pics', true, null, null), ('papers', 'papers', false, 1000, '{text/plain}');
create policy "papers are read" on storage.objects for select to authenticated
  using (bucket_id = 'papers' and owner_id = (select auth.uid())::text);
create policy "rooms" on realtime.messages for select to authenticated using (realtime.topic() = 'room');
alter default privileges in schema extra grant select on tables to anon;
grant create on schema extra to authenticated;
`

const config = `[api]
schemas = ["public", "graphql_public", "extra"]
auto_expose_new_tables = false

[auth]
enable_anonymous_sign_ins = true

[functions.open]
verify_jwt = false
`

const actors = `actors:
  visitor: { kind: anon }
  alice:   { kind: authenticated }
  bob:     { kind: authenticated }
  guest:   { kind: anonymous-auth }
`

const ticketsMatrix = `matrix: tickets
resource: { table: public.tickets }
fixtures:
  theirs: { owner_id: $bob.id, title: theirs }
operations:
  read: { select: theirs }
expect:
  visitor: { "*": deny(grant) }
  bob:     { "*": allow }
  "*":     { "*": deny(filtered) }
`

/** The files of a workspace with the protected table alone. */
export const coveredFiles = {
  'supabase/config.toml': config.replace(', "extra"', ''),
  'supabase/migrations/1_tickets.sql': protectedSql,
  'matrices/actors.yaml': actors,
  'matrices/tickets.matrix.yaml': ticketsMatrix,
} as const

/** The same with the other objects, without a matrix for them. */
export const openFiles = {
  ...coveredFiles,
  'supabase/config.toml': config,
  'supabase/migrations/2_doors.sql': openAccessSql,
  'supabase/functions/open/index.ts': 'Deno.serve(() => new Response())\n',
  'supabase/functions/_shared/index.ts': '',
} as const
