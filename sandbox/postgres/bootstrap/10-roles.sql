-- The roles of a hosted project. supabase_admin is the superuser that initdb made; everything here runs as it.
-- Source: github.com/supabase/postgres, migrations/db (initial schema, demote-postgres, inherit, timeouts).

create role anon          nologin inherit;
create role authenticated nologin inherit;
create role service_role  nologin inherit bypassrls;

-- PostgREST logs in as authenticator and becomes one of the three for each request.
create role authenticator login noinherit;
grant anon, authenticated, service_role to authenticator;

-- The role that a project's owner gets: no superuser, but it bypasses row security.
create role postgres login nosuperuser createdb createrole replication bypassrls;
grant anon, authenticated, service_role to postgres with admin option;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres with admin option;

create role supabase_auth_admin     login noinherit;
create role supabase_storage_admin  login noinherit;
create role supabase_realtime_admin nologin noinherit;
-- The grants of extensions and of dumps name these roles. No service of the sandbox logs in as one of them.
create role supabase_functions_admin nologin noinherit;
create role dashboard_user nologin;
-- Storage becomes any role that PostgREST may become, a project's own ones among them.
grant authenticator to supabase_storage_admin;
grant supabase_realtime_admin to postgres;

-- On the platform supautils lets postgres set PostgREST's settings on authenticator; PostgreSQL's own way to say so is
-- the admin option on the role and a grant on each parameter.
grant authenticator to postgres with admin option;
grant authenticator to postgres with inherit false, set false;
grant set on parameter pgrst.db_schemas, pgrst.db_extra_search_path, pgrst.db_pre_request, pgrst.db_max_rows,
  pgrst.db_aggregates_enabled, pgrst.db_plan_enabled, pgrst.db_tx_end, pgrst.openapi_mode to postgres;

-- The settings that supautils lets postgres change although PostgreSQL keeps them for superusers. Seeds that
-- `supabase db dump --data-only` wrote begin with session_replication_role.
grant set on parameter auto_explain.log_min_duration, auto_explain.log_analyze, log_lock_waits, log_min_duration_statement,
  log_min_messages, log_statement, log_temp_files, safeupdate.enabled, session_replication_role, track_functions,
  track_io_timing to postgres;

alter role anon          set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';

-- "auth" is left out on purpose: a project has to name auth.uid() in full.
alter role postgres       set search_path = "$user", public, extensions;
alter role supabase_admin set search_path = "$user", public, auth, extensions;
alter role supabase_auth_admin    set search_path = auth;
alter role supabase_auth_admin    set idle_in_transaction_session_timeout = 60000;
alter role supabase_storage_admin set search_path = storage;

-- In PostgreSQL 15 and later the owner of the database owns the schema public.
alter database postgres owner to postgres;
