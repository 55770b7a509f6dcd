create type public.mood as enum ('good', 'bad');
create table public.visits (
  path text,
  at timestamptz default now(),
  day date default current_date,
  span interval default '1 day 2 hours',
  flag boolean default true,
  small real default 0.1,
  large double precision default 1.0 / 3,
  amount numeric(10, 2) default 1,
  code character(5) default 'ab',
  raw bytea default '\x00ff',
  plain json default '{"a":  1}',
  binary_json jsonb default '{"b": [1, null]}',
  tags text[] default '{"a b",null}',
  feeling public.mood default 'good',
  within int4range default '[1,5)',
  bits bit(3) default B'101',
  nothing text,
  twice text generated always as (path || path) stored
);
create table public.stubborn (what text);
create function public.keep() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger keep before delete on public.stubborn for each row execute function public.keep();
create table public.parts (what text, n int) partition by range (n);
create table public.parts_1 partition of public.parts for values from (0) to (10);
create table public.parts_2 partition of public.parts for values from (10) to (20);
