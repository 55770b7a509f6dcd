-- What stands in for the platform's own extensions, supautils and pg-safeupdate, which are not published as packages.
-- This schema is not exposed through the Data API.

create schema sandbox authorization supabase_admin;
grant usage on schema sandbox to anon, authenticated, service_role, authenticator, postgres;

-- supautils lets postgres create extensions that PostgreSQL keeps for superusers, and ignores a VERSION clause.
create function sandbox.create_extension(extension_name text, schema_name text, with_dependencies boolean)
  returns void
  language plpgsql
  security definer
  as $$
begin
  execute format('create extension %I', extension_name)
    || case when schema_name is null then '' else format(' with schema %I', schema_name) end
    || case when with_dependencies then ' cascade' else '' end;
end
$$;
revoke execute on function sandbox.create_extension from public;
grant execute on function sandbox.create_extension to postgres;

-- pg-safeupdate refuses UPDATE and DELETE without a WHERE clause. The gateway knows from the URL which requests those
-- are and says so in a header, which it takes from nobody else; a request without that header pays for one comparison.
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
