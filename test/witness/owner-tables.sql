create role app_owner;
grant app_owner to postgres;
grant create on schema public to app_owner;

create table public.entries (id int primary key, note text not null, author uuid default auth.uid());
create function public.keep() returns trigger language plpgsql as $$
begin
  raise exception 'entry % is kept', old.id;
end $$;
create trigger keep before delete on public.entries for each row execute function public.keep();
insert into public.entries values (1, 'one'), (2, 'two');

create table public.silent (id int primary key, note text not null);
create function public.skip() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger skip before update on public.silent for each row execute function public.skip();
insert into public.silent values (1, 'one');

create table public.forced (id int primary key, note text not null);
alter table public.forced enable row level security;
alter table public.forced force row level security;
insert into public.forced values (1, 'one');
alter table public.forced owner to app_owner;

create table public.checked (id int primary key, note text not null check (note <> 'bad'));
create table public.child (id int primary key, entry int references public.entries deferrable initially deferred);

create function public.double(n int, times int default 2) returns int language sql as $$ select n * times $$;
revoke execute on function public.double from public, anon, authenticated, service_role;
create function public.note_of(entry int) returns setof public.entries language sql
  as $$ select * from public.entries where id = entry $$;
create function public.refuse() returns void language plpgsql as $$ begin raise exception 'never'; end $$;
