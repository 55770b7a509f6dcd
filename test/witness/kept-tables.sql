-- Tables whose rows triggers and rules keep. Every table has the rows 1 and 2; of another owner where the name says so.
create role ledger_owner;
grant ledger_owner to postgres;
grant create, usage on schema public to ledger_owner;

create function public.raise_kept() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are kept', tg_table_name;
end $$;
create function public.skip_row() returns trigger language plpgsql as $$ begin return null; end $$;
create function public."Keep it!"() returns trigger language plpgsql as $$ begin raise 'kept'; end $$;

create table public.raises_before (id int primary key, deleted_at timestamptz);
create trigger keep before delete on public.raises_before for each row execute function public.raise_kept();

create table public.raises_after (id int primary key, deleted_at timestamptz);
create trigger keep after delete on public.raises_after for each row execute function public.raise_kept();

create table public.raises_for_statements (id int primary key, deleted_at timestamptz);
create trigger keep before delete or update or truncate on public.raises_for_statements execute function public.raise_kept();

create table public.raises_at_commit (id int primary key, deleted_at timestamptz);
create constraint trigger keep after delete on public.raises_at_commit deferrable initially deferred
  for each row execute function public.raise_kept();

create table public.raises_in_a_helper (id int primary key, deleted_at timestamptz);
create function public.helper(what text) returns void language plpgsql as $$ begin raise exception '%', what; end $$;
create function public.ask_helper() returns trigger language plpgsql as $$
begin
  perform public.helper('no');
  return old;
end $$;
create trigger keep before delete on public.raises_in_a_helper for each row execute function public.ask_helper();

create table public.raises_with_odd_names ("id" int primary key, deleted_at timestamptz);
create trigger "Keep ""it""" before delete on public.raises_with_odd_names for each row execute function public."Keep it!"();

create table public.raises_always (id int primary key, deleted_at timestamptz);
create trigger keep before delete on public.raises_always for each row execute function public.raise_kept();
alter table public.raises_always enable always trigger keep;

create table public.raises_as_owner (id int primary key, deleted_at timestamptz);
create trigger keep before delete on public.raises_as_owner for each row execute function public.raise_kept();

create table public.skips (id int primary key, deleted_at timestamptz);
create trigger skip before delete on public.skips for each row execute function public.skip_row();

create table public.deletes_softly (id int primary key, deleted_at timestamptz);
create function public.delete_softly() returns trigger language plpgsql as $$
begin
  update public.deletes_softly set deleted_at = now() where id = old.id;
  return null;
end $$;
create trigger soft before delete on public.deletes_softly for each row execute function public.delete_softly();

create table public.puts_back (id int primary key, deleted_at timestamptz);
create function public.put_back() returns trigger language plpgsql as $$
begin
  insert into public.puts_back values (old.id);
  return null;
end $$;
create trigger back after delete on public.puts_back for each row execute function public.put_back();

create table public.ruled_nothing (id int primary key, deleted_at timestamptz);
create rule keep as on delete to public.ruled_nothing do instead nothing;

create table public.ruled_softly (id int primary key, deleted_at timestamptz);
create rule soft as on delete to public.ruled_softly
  do instead update public.ruled_softly set deleted_at = now() where id = old.id;

create table public.ruled_always (id int primary key, deleted_at timestamptz);
create rule keep as on delete to public.ruled_always where old.id < 10 do instead nothing;
alter table public.ruled_always enable always rule keep;

create table public.keeps_twice (id int primary key, deleted_at timestamptz);
create rule soft as on delete to public.keeps_twice
  do instead update public.keeps_twice set deleted_at = now() where id = old.id;
create trigger keep before update on public.keeps_twice for each row execute function public.raise_kept();
create trigger skip before delete on public.keeps_twice for each row execute function public.skip_row();
create trigger later after delete on public.keeps_twice for each row execute function public.raise_kept();

create table public.parted (id int primary key, deleted_at timestamptz) partition by range (id);
create table public.parted_low partition of public.parted for values from (0) to (2);
create table public.parted_high partition of public.parted for values from (2) to (9);
create trigger keep before delete on public.parted for each row execute function public.raise_kept();

create table public.inherited (id int primary key, deleted_at timestamptz);
create table public.heirs () inherits (public.inherited);
create trigger keep before delete on public.heirs for each row execute function public.raise_kept();

create table public.logs_deletes (id int primary key, deleted_at timestamptz);
create table public.delete_log (entry int);
create trigger closed before insert on public.delete_log for each row execute function public.raise_kept();
create function public.log_delete() returns trigger language plpgsql as $$
begin
  insert into public.delete_log values (old.id);
  return old;
end $$;
create trigger log before delete on public.logs_deletes for each row execute function public.log_delete();

-- The trigger of a table that the removal does not name.
create table public.parents_of_kept (id int primary key, deleted_at timestamptz);
create table public.kept_children (parent int references public.parents_of_kept on delete cascade);
create trigger keep before delete on public.kept_children for each row execute function public.raise_kept();

-- A counter is kept right, and a trigger that is off stays off.
create table public.counted (id int primary key, deleted_at timestamptz);
create table public.counter (total int not null);
insert into public.counter values (2);
create function public.count_down() returns trigger language plpgsql as $$
begin
  update public.counter set total = total - 1;
  return null;
end $$;
create trigger count_down after delete on public.counted for each row execute function public.count_down();
create trigger keep before delete on public.counted for each row execute function public.raise_kept();
create trigger never before delete on public.counted for each row execute function public.skip_row();
alter table public.counted disable trigger never;

do $$
declare t regclass;
begin
  for t in select oid from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
    and not relispartition and relname not in ('delete_log', 'kept_children', 'counter', 'heirs', 'inherited') loop
    execute format('insert into %s (id) values (1), (2)', t);
  end loop;
end $$;
insert into public.inherited values (2);
insert into public.heirs values (1);
insert into public.kept_children values (1), (2);
alter table public.raises_as_owner owner to ledger_owner;
