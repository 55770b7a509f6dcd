-- Stand-ins for the platform's own extensions, supautils and pg-safeupdate, which are not published as packages.
-- This schema is not exposed through the Data API.

create schema sandbox authorization supabase_admin;
grant usage on schema sandbox to anon, authenticated, service_role, authenticator, postgres;

-- pg-safeupdate refuses UPDATE and DELETE without a WHERE clause. The gateway recognises such requests by
-- their URL and sets a header, which it removes from clients; a request without that header costs one comparison.
create function sandbox.refuse_whereless() returns void
  language plpgsql
  stable
  set search_path = ''
  as $$
declare
  statement text;
begin
  if strpos(current_setting('request.headers', true), '"x-sandbox-whereless"') > 0 then
    statement := current_setting('request.headers', true)::jsonb ->> 'x-sandbox-whereless';
    raise exception using errcode = '21000', message = format('%s requires a WHERE clause', statement);
  end if;
end
$$;

-- Writes an attempt's id, which the test harness sends in a header, into the write-ahead log as part of the attempt's own
-- transaction: this distinguishes its changes from those of concurrent transactions. The
-- header affects nothing else; a request without it costs one comparison.
create function sandbox.mark_attempt() returns void
  language plpgsql
  set search_path = ''
  as $$
begin
  if strpos(current_setting('request.headers', true), '"x-trespass-attempt"') > 0 then
    perform pg_logical_emit_message(
      true, 'trespass', current_setting('request.headers', true)::jsonb ->> 'x-trespass-attempt');
  end if;
end
$$;

create function sandbox.before_request() returns void
  language plpgsql
  set search_path = ''
  as $$
begin
  perform sandbox.mark_attempt();
  perform sandbox.refuse_whereless();
end
$$;

-- supautils lets postgres make and drop policies, and drop triggers, on some tables that it does not own. PostgreSQL
-- looks at who owns a table before anything else, so these commands of postgres run as a superuser, and are refused
-- afterwards when the table is neither one of those nor one that postgres may change anyway.
create role sandbox_policies superuser nologin;
grant sandbox_policies to postgres with inherit false, set true;

create function sandbox.begin_policy_command() returns event_trigger
  language plpgsql
  as $$
declare
  previous constant text := current_setting('role');
begin
  if current_user = 'postgres' then
    perform set_config('role', 'sandbox_policies', true);
    perform set_config('sandbox.previous_role', previous, true);
  end if;
exception when insufficient_privilege then
  -- Inside a SECURITY DEFINER function no role can be set: there only the tables of postgres are open to it.
  null;
end
$$;

create function sandbox.check_policy_table(changed regclass, kind text) returns void
  language plpgsql
  as $$
begin
  if not exists (
    select from pg_class
    where oid = changed and (
      pg_has_role('postgres', relowner, 'usage')
      or relnamespace::regnamespace::text || '.' || relname in (
        'auth.audit_log_entries', 'auth.identities', 'auth.refresh_tokens', 'auth.sessions', 'auth.users',
        'realtime.messages', 'storage.buckets', 'storage.objects')
    )
  ) then
    raise exception using errcode = '42501', message = format(
      'must be owner of %s %s', kind, (select relname from pg_class where oid = changed));
  end if;
end
$$;

create function sandbox.check_policy_drop() returns event_trigger
  language plpgsql
  as $$
begin
  if current_user = 'sandbox_policies' then
    perform sandbox.check_policy_table(format('%I.%I', address_names[1], address_names[2])::regclass, 'relation')
    from pg_event_trigger_dropped_objects() where original and object_type in ('policy', 'trigger');
  end if;
end
$$;

create function sandbox.end_policy_command() returns event_trigger
  language plpgsql
  as $$
begin
  if current_user = 'sandbox_policies' then
    perform sandbox.check_policy_table(polrelid, 'table')
    from pg_event_trigger_ddl_commands() join pg_policy on pg_policy.oid = objid and classid = 'pg_policy'::regclass;
    perform set_config('role', current_setting('sandbox.previous_role'), true);
  end if;
end
$$;

create event trigger sandbox_policy_begin on ddl_command_start
  when tag in ('CREATE POLICY', 'ALTER POLICY', 'DROP POLICY', 'DROP TRIGGER')
  execute function sandbox.begin_policy_command();
create event trigger sandbox_policy_drop on sql_drop
  when tag in ('DROP POLICY', 'DROP TRIGGER')
  execute function sandbox.check_policy_drop();
create event trigger sandbox_policy_end on ddl_command_end
  when tag in ('CREATE POLICY', 'ALTER POLICY', 'DROP POLICY', 'DROP TRIGGER')
  execute function sandbox.end_policy_command();
