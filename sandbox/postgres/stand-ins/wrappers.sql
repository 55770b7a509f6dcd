-- wrappers (github.com/supabase/wrappers): wrappers, servers, user mappings and foreign tables can be made. PostgREST asks
-- the handler of every foreign table what it can do, so each has a real one: that of file_fdw, which refuses to plan a query
-- of a table without a file name.
do $$
declare
  service text;
begin
  foreach service in array array[
    'airtable', 'auth0', 'big_query', 'cal', 'calendly', 'cfd1', 'clerk', 'click_house', 'cognito', 'duckdb', 'firebase',
    'hello_world', 'hubspot', 'iceberg', 'infura', 'logflare', 'mssql', 'notion', 'orb', 'paddle', 'redis', 's3',
    's3_vectors', 'shopify', 'slack', 'snowflake', 'stripe', 'wasm']
  loop
    execute format($f$create function %I() returns fdw_handler language c as '$libdir/file_fdw', 'file_fdw_handler'$f$,
      service || '_fdw_handler');
    execute format($f$create function %I(options text[], catalog oid) returns void language plpgsql as 'begin end'$f$,
      service || '_fdw_validator');
  end loop;
end
$$;

create table wrappers_fdw_stats (
  fdw_name text primary key,
  create_times bigint,
  rows_in bigint,
  rows_out bigint,
  bytes_in bigint,
  bytes_out bigint,
  metadata jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
