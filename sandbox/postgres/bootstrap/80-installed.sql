-- The extensions that a hosted project has from the start, created once their definitions are known.

create extension if not exists pg_stat_statements with schema extensions;
select sandbox.create_extension('supabase_vault', 'vault', true, false);
-- Hosted projects of today have it no more. Dumps of older ones set its sequence and name it in no CREATE EXTENSION.
select sandbox.create_extension('pgsodium', 'pgsodium', true, false);

-- Database webhooks (github.com/supabase/postgres, webhooks): triggers that send a row with pg_net. A migration that
-- `supabase db pull` wrote names the function, and the schema is never in it.
create schema supabase_functions authorization supabase_admin;
create table supabase_functions.hooks (
  id bigserial primary key,
  hook_table_id integer not null,
  hook_name text not null,
  created_at timestamptz not null default now(),
  request_id bigint
);
create function supabase_functions.http_request() returns trigger
  language plpgsql
  security definer
  set search_path = supabase_functions
  as $$
declare
  method constant text := tg_argv[1];
  headers constant jsonb := case when tg_argv[2] is null or tg_argv[2] = 'null' then '{"Content-Type": "application/json"}'
    else tg_argv[2] end;
  params constant jsonb := case when tg_argv[3] is null or tg_argv[3] = 'null' then '{}' else tg_argv[3] end;
  timeout constant integer := case when tg_argv[4] is null or tg_argv[4] = 'null' then '1000' else tg_argv[4] end;
  request bigint;
begin
  if tg_argv[0] is null or tg_argv[0] = 'null' then
    raise exception 'url argument is missing';
  elsif method is null or method = 'null' then
    raise exception 'method argument is missing';
  elsif method not in ('GET', 'POST') then
    raise exception 'method argument % is invalid', method;
  end if;
  -- Turning webhooks on installs pg_net on a hosted project. Without it here, the hook is recorded without its request.
  if to_regnamespace('net') is not null and method = 'GET' then
    request := net.http_get(tg_argv[0], params, headers, timeout);
  elsif to_regnamespace('net') is not null then
    request := net.http_post(tg_argv[0], jsonb_build_object(
      'old_record', old, 'record', new, 'type', tg_op, 'table', tg_table_name, 'schema', tg_table_schema),
      params, headers, timeout);
  end if;
  insert into supabase_functions.hooks (hook_table_id, hook_name, request_id) values (tg_relid, tg_name, request);
  return new;
end
$$;
grant usage on schema supabase_functions to postgres, anon, authenticated, service_role;
grant all on all tables in schema supabase_functions to postgres, anon, authenticated, service_role;
grant all on all sequences in schema supabase_functions to postgres, anon, authenticated, service_role;
grant execute on function supabase_functions.http_request to postgres, anon, authenticated, service_role;
