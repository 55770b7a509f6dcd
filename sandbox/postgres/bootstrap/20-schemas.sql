-- The schemas of a hosted project and the extensions that every project has.

create schema extensions     authorization postgres;
create schema auth           authorization supabase_admin;
create schema storage        authorization supabase_admin;
create schema realtime       authorization supabase_admin;
create schema graphql_public authorization supabase_admin;
-- Dumps name it and do not make it, whether pg_graphql is installed or not.
create schema graphql        authorization supabase_admin;

grant usage on schema public, extensions, graphql_public to postgres, anon, authenticated, service_role;
grant usage on schema auth     to anon, authenticated, service_role;
grant usage on schema storage  to anon, authenticated, service_role;
grant usage on schema realtime to postgres, anon, authenticated, service_role;

grant all on schema auth to supabase_auth_admin;
grant all on schema storage to supabase_storage_admin;
grant all on schema realtime to supabase_realtime_admin;

-- Since April 2025 a project's owner makes no objects of its own in these schemas.
grant usage on schema auth to postgres;
grant usage on schema storage to postgres with grant option;
grant all on schema extensions to postgres;

create extension pgcrypto with schema extensions;
-- The library behind this one is not part of every build of PostgreSQL. Its usual function is easily replaced.
do $$
begin
  create extension "uuid-ossp" with schema extensions;
exception when others then
  create function extensions.uuid_generate_v4() returns uuid
    language sql volatile parallel safe
    as 'select pg_catalog.gen_random_uuid()';
end
$$;

-- The answer of a project without pg_graphql to POST /graphql/v1.
create function graphql_public.graphql(
  "operationName" text default null,
  query text default null,
  variables jsonb default null,
  extensions jsonb default null
) returns jsonb
  language sql stable
  set search_path = ''
  as $$
    select pg_catalog.jsonb_build_object(
      'errors', pg_catalog.jsonb_build_array(
        pg_catalog.jsonb_build_object('message', 'pg_graphql extension is not enabled.')))
  $$;
grant execute on function graphql_public.graphql to postgres, anon, authenticated, service_role;

create publication supabase_realtime;
alter publication supabase_realtime owner to postgres;
