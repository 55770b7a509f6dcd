-- supautils lets postgres create, alter and drop extensions that PostgreSQL keeps for superusers, and ignores a VERSION
-- clause. Extensions that this PostgreSQL does not have, or whose library has to be preloaded, get a stand-in: SQL with the
-- schema, types, functions, tables and grants that migrations and policies use. It is registered as an extension, with its
-- objects as members.

create table sandbox.extensions (
  name text primary key,
  -- Null without a stand-in.
  version text,
  -- The schema of the control file; null where the statement chooses one.
  schema_name text,
  requires text[] not null default '{}',
  is_relocatable boolean not null default false,
  -- Whether the stand-in is used although PostgreSQL has the extension.
  is_always boolean not null default false,
  -- Whether the workspace's configuration leaves the extension out.
  is_skipped boolean not null default false,
  script text
);

create function sandbox.has_stand_in(extension_name text) returns boolean
  language sql
  stable
  set search_path = ''
  as $$
    select exists (
      select from sandbox.extensions
      where name = extension_name and script is not null
        and (is_always or not exists (select from pg_catalog.pg_available_extensions a where a.name = extension_name)))
  $$;

create function sandbox.create_extension(
  extension_name text, wanted_schema text, only_if_missing boolean, with_dependencies boolean
) returns void
  language plpgsql
  security definer
  set client_min_messages = warning
  as $$
declare
  offered sandbox.extensions;
begin
  if only_if_missing and exists (select from pg_extension where extname = extension_name) then
    return;
  end if;
  select * into offered from sandbox.extensions where name = extension_name;
  if offered.is_skipped then
    return;
  elsif sandbox.has_stand_in(extension_name) then
    perform sandbox.create_stand_in(offered, wanted_schema, with_dependencies);
  elsif exists (select from pg_available_extensions where name = extension_name) then
    if offered is null then
      raise exception using errcode = '42501', message = format('permission denied to create extension "%s"', extension_name),
        hint = 'A hosted project does not offer this extension.';
    end if;
    execute format('create extension %I', extension_name)
      || case when wanted_schema is null then '' else format(' with schema %I', wanted_schema) end
      || case when with_dependencies then ' cascade' else '' end;
    if extension_name = 'postgres_fdw' then
      perform sandbox.give_wrapper('postgres_fdw');
    end if;
  else
    raise exception using errcode = '0A000', message = format('extension "%s" is not available', extension_name);
  end if;
end
$$;

-- The platform gives postgres the wrapper, so that it can make servers (postgres_fdw/after-create.sql). PostgreSQL lets
-- superusers alone own one.
create function sandbox.give_wrapper(wrapper_name text) returns void
  language plpgsql
  as $$
begin
  alter role postgres superuser;
  execute format('alter foreign data wrapper %I owner to postgres', wrapper_name);
  alter role postgres nosuperuser;
end
$$;

create function sandbox.create_stand_in(wanted sandbox.extensions, wanted_schema text, with_dependencies boolean)
  returns void
  language plpgsql
  as $$
declare
  target constant text := coalesce(wanted.schema_name, wanted_schema, nullif(current_schema(), 'pg_catalog'), 'public');
  created constant oid := pg_nextoid('pg_extension', 'oid', 'pg_extension_oid_index');
  needed text;
begin
  if exists (select from pg_extension where extname = wanted.name) then
    raise exception using errcode = '42710', message = format('extension "%s" already exists', wanted.name);
  end if;
  foreach needed in array wanted.requires loop
    continue when exists (select from pg_extension where extname = needed);
    if not with_dependencies then
      raise exception using errcode = '55000', message = format('required extension "%s" is not installed', needed),
        hint = 'Use CREATE EXTENSION ... CASCADE to install required extensions too.';
    end if;
    perform sandbox.create_extension(needed, wanted_schema, true, true);
  end loop;
  if wanted.schema_name is not null and to_regnamespace(quote_ident(target)) is null then
    execute format('create schema %I', target);
  end if;
  -- The name of a missing schema raises 3F000, as it does for CREATE EXTENSION.
  insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion) values
    (created, wanted.name, 'supabase_admin'::regrole, quote_ident(target)::regnamespace, wanted.is_relocatable,
      wanted.version);
  insert into pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype) values
    ('pg_extension'::regclass, created, 0, 'pg_namespace'::regclass, quote_ident(target)::regnamespace, 0, 'n');
  perform set_config('sandbox.creating_extension', created::text, true);
  perform sandbox.run_script(wanted.script, target);
  perform set_config('sandbox.creating_extension', '', true);
end
$$;

-- A function of its own, because its search_path must end with it.
create function sandbox.run_script(script text, schema_name text) returns void
  language plpgsql
  set search_path = pg_catalog
  set check_function_bodies = off
  as $$
begin
  perform set_config('search_path', format('%I, pg_temp', schema_name), true);
  execute replace(script, '@extschema@', quote_ident(schema_name));
end
$$;

revoke execute on function sandbox.create_extension, sandbox.create_stand_in, sandbox.run_script, sandbox.has_stand_in,
  sandbox.give_wrapper from public;
grant execute on function sandbox.create_extension to postgres;

create function sandbox.note_extension_member() returns event_trigger
  language plpgsql
  as $$
declare
  created constant text := current_setting('sandbox.creating_extension', true);
begin
  -- The membership of a stand-in is the superuser's to write, and null or empty outside of one.
  if created <> '' and current_user = 'supabase_admin' then
    insert into pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
    select distinct classid, objid, 0, 'pg_extension'::regclass, created::oid, 0, 'e'::"char"
    from pg_event_trigger_ddl_commands() c
    where objsubid = 0 and object_type <> 'index' and not exists (
      select from pg_depend d
      where d.classid = c.classid and d.objid = c.objid and d.deptype = 'e');
  end if;
end
$$;
create event trigger sandbox_extension_member on ddl_command_end
  when tag in (
    'CREATE ACCESS METHOD', 'CREATE AGGREGATE', 'CREATE CAST', 'CREATE DOMAIN', 'CREATE FOREIGN DATA WRAPPER',
    'CREATE FUNCTION', 'CREATE OPERATOR', 'CREATE OPERATOR CLASS', 'CREATE OPERATOR FAMILY', 'CREATE SCHEMA', 'CREATE SEQUENCE',
    'CREATE TABLE', 'CREATE TYPE', 'CREATE VIEW')
  execute function sandbox.note_extension_member();

-- The rest of what supautils lets postgres do with an extension. A stand-in has one version, so an update changes nothing.
create function sandbox.change_extension(extension_name text, change text, detail text) returns void
  language plpgsql
  security definer
  set client_min_messages = warning
  as $$
declare
  is_installed constant boolean := exists (select from pg_extension where extname = extension_name);
  known sandbox.extensions;
begin
  if change = 'drop if exists' and not is_installed then
    return;
  elsif not is_installed then
    raise exception using errcode = '42704', message = format('extension "%s" does not exist', extension_name);
  end if;
  select * into known from sandbox.extensions where name = extension_name;
  if known is null then
    raise exception using errcode = '42501', message = format('must be owner of extension %s', extension_name);
  elsif change = 'comment' then
    execute format('comment on extension %I is %L', extension_name, detail);
  elsif change = 'set schema' then
    execute format('alter extension %I set schema %I', extension_name, detail);
  elsif change in ('drop', 'drop if exists') then
    execute format('drop extension %I %s', extension_name, detail);
  elsif not sandbox.has_stand_in(extension_name) then
    execute format('alter extension %I update', extension_name);
  end if;
end
$$;

-- supautils also lets postgres run these commands, and gives it what they make. PostgreSQL has event triggers, foreign data
-- wrappers and publications of all tables owned by superusers, so postgres is one while it becomes their owner.
create function sandbox.run_command(command text) returns void
  language plpgsql
  security definer
  set search_path = "$user", public, extensions
  as $$
declare
  named constant text := (regexp_match(
    command, '^(?:alter|drop|comment\s+on)\s+event\s+trigger\s+(?:if\s+exists\s+)?("(?:[^"]|"")+"|[\w$]+)', 'i'))[1];
  step text;
begin
  if exists (
    select from pg_event_trigger
    where evtname = (parse_ident(named))[1] and evtowner <> 'postgres'::regrole
  ) then
    raise exception using errcode = '42501', message = format('must be owner of event trigger %s', (parse_ident(named))[1]);
  end if;
  execute 'alter role postgres superuser';
  execute command;
  for step in
    -- Of the platform's own event triggers the superuser owns the function as well.
    select format('alter event trigger %I owner to postgres', evtname)
      from pg_event_trigger join pg_proc on pg_proc.oid = evtfoid
      where evtowner = 'supabase_admin'::regrole and proowner <> evtowner
    union all
    select format('alter publication %I owner to postgres', pubname) from pg_publication
      where pubowner = 'supabase_admin'::regrole and pubname <> 'sandbox_realtime_changes'
    union all
    select format('alter foreign data wrapper %I owner to postgres', fdwname) from pg_foreign_data_wrapper w
      where fdwowner = 'supabase_admin'::regrole and not exists (
        select from pg_depend where classid = 'pg_foreign_data_wrapper'::regclass and objid = w.oid and deptype = 'e')
  loop
    execute step;
  end loop;
  execute 'alter role postgres nosuperuser';
end
$$;

revoke execute on function sandbox.change_extension, sandbox.run_command from public;
grant execute on function sandbox.change_extension, sandbox.run_command to postgres;
