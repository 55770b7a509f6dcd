-- pg_tle (github.com/aws/pg_tle): its schema, its role and the functions that list nothing. `supabase db pull` writes the
-- extension for every project that has used a package of database.dev.
do $$
begin
  if to_regrole('pgtle_admin') is null then
    create role pgtle_admin nologin;
  end if;
end
$$;
grant pgtle_admin to postgres;

create function pgtle.available_extensions(out name name, out default_version text, out comment text)
  returns setof record language sql as 'select null::name, null::text, null::text where false';
create function pgtle.available_extension_versions(
  out name name, out version text, out superuser boolean, out trusted boolean, out relocatable boolean, out schema name,
  out requires name[], out comment text
) returns setof record
  language sql as 'select null::name, null::text, false, false, false, null::name, null::name[], null::text where false';
create function pgtle.extension_update_paths(name name, out source text, out target text, out path text)
  returns setof record language sql as 'select null::text, null::text, null::text where false';

create function pgtle.install_extension(
  name text, version text, description text, ext text, requires text[] default null
) returns boolean
  language plpgsql
  as $$
begin
  raise exception using errcode = '58000', message = format('the sandbox does not install the extension %L', name);
end
$$;
create function pgtle.install_update_path(name text, fromvers text, tovers text, ext text) returns boolean
  language plpgsql
  as $$
begin
  raise exception using errcode = '58000', message = format('the sandbox does not install the extension %L', name);
end
$$;
create function pgtle.uninstall_extension_if_exists(extname text) returns boolean
  language sql as 'select false';

revoke all on all functions in schema pgtle from public;
grant usage on schema pgtle to pgtle_admin;
grant execute on all functions in schema pgtle to pgtle_admin;
