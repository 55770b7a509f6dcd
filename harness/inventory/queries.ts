/** Tables that Storage and Realtime serve under their own policies. */
const serviceTables = [
  ['storage', 'objects'],
  ['storage', 'buckets'],
  ['realtime', 'messages'],
] as const

/** The publication that Realtime reads. */
const realtimePublication = 'supabase_realtime'

/**
 * Everything that the inventory reads from the catalog, as one statement with a JSON text for each part.
 *
 * Sequential scans stay on: the session of the witness switches them off for its reads by key, and reading whole catalogs by
 * index takes many times as long.
 *
 * @param schemas those that the Data API exposes.
 */
export function inventoryScript(schemas: readonly string[]): string {
  const parts = [
    schemasQuery(schemas),
    relationsQuery(schemas),
    functionsQuery(schemas),
    sequencesQuery(schemas),
    publishedQuery,
    defaultPrivilegesQuery(schemas),
    graphqlQuery,
  ]
  return `set transaction read only; set local search_path = ''; set local enable_seqscan = on;
    select ${parts.map((part) => `(${part})`).join(',\n')}`
}

function literal(text: string): string {
  // A backslash is an ordinary character: standard_conforming_strings has been on since PostgreSQL 9.1.
  return `'${text.replaceAll("'", "''")}'`
}

function list(names: readonly string[]): string {
  return `array[${names.map(literal).join(', ')}]::text[]`
}

const roles = `(select oid, rolname from pg_roles where rolname in ('anon', 'authenticated', 'service_role'))`

const heldBy = (test: string) => `(
    select coalesce(json_agg(r.rolname order by r.rolname), '[]') from ${roles} r where ${test})`

/** By role, which of some privileges a test finds; the test names the role `r.oid` and the privilege `p.name`. */
const privilegesBy = (names: readonly string[], test: string) => `(
    select coalesce(json_object_agg(r.rolname, (
      select coalesce(json_agg(lower(p.name) order by p.n), '[]')
      from unnest(${list(names)}) with ordinality as p(name, n) where ${test})), '{}')
    from ${roles} r)`

const extensionOf = (catalog: string, object: string) => `(
    select e.extname from pg_depend d join pg_extension e on e.oid = d.refobjid
    where d.classid = '${catalog}'::regclass and d.objid = ${object} and d.deptype = 'e'
      and d.refclassid = 'pg_extension'::regclass limit 1)`

const schemasQuery = (schemas: readonly string[]) => `
  select coalesce(json_agg(json_build_object(
    'name', s.name,
    'exists', n.oid is not null,
    'usage', ${heldBy(`has_schema_privilege(r.oid, n.oid, 'USAGE')`)},
    'create', ${heldBy(`has_schema_privilege(r.oid, n.oid, 'CREATE')`)}
  ) order by s.n), '[]')
  from unnest(${list(schemas)}) with ordinality as s(name, n) left join pg_namespace n on n.nspname = s.name`

const tablePrivileges = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']

const option = (name: string) => `coalesce((
    select lower(o.option_value) in ('true', 'on', 'yes', '1') from pg_options_to_table(c.reloptions) o
    where o.option_name = '${name}'), false)`

const relationsQuery = (schemas: readonly string[]) => `
  with recursive
  views as (
    select c.oid, c.relkind = 'm' or not ${option('security_invoker')} as as_owner
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('v', 'm') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'),
  direct as (
    select distinct w.ev_class as view, d.refobjid as relation
    from pg_rewrite w join views v on v.oid = w.ev_class
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
      and d.refclassid = 'pg_class'::regclass and d.refobjid <> w.ev_class),
  reached as (
    select d.view, d.relation, v.as_owner from direct d join views v on v.oid = d.view
    union
    select r.view, d.relation, r.as_owner or v.as_owner
    from reached r join views v on v.oid = r.relation join direct d on d.view = v.oid),
  reads as (
    select view, json_agg(json_build_object(
      'schema', n.nspname, 'name', c.relname, 'rowSecurity', c.relrowsecurity, 'asOwner', r.as_owner
    ) order by n.nspname, c.relname) as list
    from (select view, relation, bool_or(as_owner) as as_owner from reached group by view, relation) r
    join pg_class c on c.oid = r.relation and c.relkind in ('r', 'p', 'f', 'm')
    join pg_namespace n on n.oid = c.relnamespace
    group by view),
  wanted as (
    select c.*, n.nspname, n.nspname = any (${list(schemas)}) as exposed
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and (n.nspname = any (${list(schemas)})
        or (n.nspname, c.relname) in (${serviceTables.map((one) => `(${one.map(literal).join(', ')})`).join(', ')})
        or exists (
          select from pg_publication_tables t
          where t.pubname = ${literal(realtimePublication)} and t.schemaname = n.nspname and t.tablename = c.relname))),
  policies as (
    select p.polrelid, json_agg(json_build_object(
      'name', p.polname,
      'command', case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update'
        when 'd' then 'delete' else 'all' end,
      'permissive', p.polpermissive,
      'roles', (select json_agg(coalesce(g.rolname, 'public') order by g.rolname)
        from unnest(p.polroles) as held(oid) left join pg_roles g on g.oid = held.oid),
      'appliesTo', ${heldBy(`0 = any (p.polroles)
        or exists (select from unnest(p.polroles) as held(oid) where held.oid <> 0 and pg_has_role(r.oid, held.oid, 'USAGE'))`)},
      'using', pg_get_expr(p.polqual, p.polrelid),
      'check', pg_get_expr(p.polwithcheck, p.polrelid)
    ) order by p.polname) as list
    from pg_policy p where p.polrelid in (select oid from wanted) group by p.polrelid)
  select coalesce(json_agg(json_build_object(
    'schema', c.nspname,
    'name', c.relname,
    'kind', case c.relkind when 'p' then 'partitioned table' when 'v' then 'view' when 'm' then 'materialized view'
      when 'f' then 'foreign table' else 'table' end,
    'exposed', c.exposed,
    'owner', pg_get_userbyid(c.relowner),
    'rowSecurity', case when not c.relrowsecurity then 'off' when c.relforcerowsecurity then 'forced' else 'on' end,
    'extension', ${extensionOf('pg_class', 'c.oid')},
    'partitionOf', case when c.relispartition then (${parents}) -> 0 end,
    'inherits', case when c.relispartition then '[]' else coalesce((${parents}), '[]') end,
    'invoker', c.relkind = 'v' and ${option('security_invoker')},
    'barrier', c.relkind = 'v' and ${option('security_barrier')},
    'reads', coalesce((select r.list from reads r where r.view = c.oid), '[]'),
    'possible', (
      select json_agg(p.name order by p.n)
      from unnest(array['select', 'insert', 'update', 'delete'], array[0, 8, 4, 16]) with ordinality as p(name, bit, n)
      where p.bit = 0 or c.relkind in ('r', 'p')
        or c.relkind in ('v', 'f') and pg_relation_is_updatable(c.oid, true) & p.bit > 0),
    'columns', (
      select coalesce(json_agg(a.attname order by a.attnum), '[]')
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
    'privileges', ${privilegesBy(tablePrivileges, 'has_table_privilege(r.oid, c.oid, p.name)')},
    'columnPrivileges', case when exists (
        select from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and a.attacl is not null)
      then (
        select json_agg(json_build_object(
          'column', a.attname,
          'privileges', ${privilegesBy(['SELECT', 'INSERT', 'UPDATE'], 'has_column_privilege(r.oid, c.oid, a.attnum, p.name)')}
        ) order by a.attnum)
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
      else '[]' end,
    'policies', coalesce((select p.list from policies p where p.polrelid = c.oid), '[]')
  ) order by c.nspname, c.relname), '[]')
  from wanted c`

const parents = `
  select json_agg(json_build_object('schema', pn.nspname, 'name', pc.relname) order by i.inhseqno)
  from pg_inherits i join pg_class pc on pc.oid = i.inhparent join pg_namespace pn on pn.oid = pc.relnamespace
  where i.inhrelid = c.oid`

/** PostgREST calls functions whose arguments all have names, or that take one value of these types (SchemaCache.hs). */
const uncallable = `case
    when p.prokind <> 'f' then 'it is no plain function'
    when p.prorettype in ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
      then 'it is the function of a trigger'
    when (
      select count(*) filter (where coalesce(a.name, '') = '') > 1
        or count(*) filter (where coalesce(a.name, '') = '') = 1 and bool_or(a.n = 1 and a.type not in (
          'bytea'::regtype, 'json'::regtype, 'jsonb'::regtype, 'text'::regtype, 'xml'::regtype))
      from unnest(p.proargtypes::oid[], names.list) with ordinality as a(type, name, n) where a.type is not null)
      then 'an argument has no name' end`

const functionsQuery = (schemas: readonly string[]) => `
  select coalesce(json_agg(json_build_object(
    'schema', n.nspname,
    'name', p.proname,
    'arguments', pg_get_function_identity_arguments(p.oid),
    'returns', coalesce(pg_get_function_result(p.oid), 'nothing'),
    'owner', pg_get_userbyid(p.proowner),
    'definer', p.prosecdef,
    'searchPath', (select regexp_replace(s, '^search_path=', '') from unnest(p.proconfig) s where s like 'search_path=%'),
    'volatility', case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
    'extension', ${extensionOf('pg_proc', 'p.oid')},
    'uncallable', ${uncallable},
    'execute', ${heldBy(`has_function_privilege(r.oid, p.oid, 'EXECUTE')`)},
    'publicExecute', exists (
      select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
      where a.grantee = 0 and a.privilege_type = 'EXECUTE')
  ) order by n.nspname, p.proname, p.oid), '[]')
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  cross join lateral (
    select coalesce(
      (select array_agg(a.name order by a.n)
        from unnest(p.proargnames, p.proargmodes) with ordinality as a(name, mode, n) where a.mode in ('i', 'b', 'v')),
      p.proargnames) as list) names
  where n.nspname = any (${list(schemas)})`

const sequencesQuery = (schemas: readonly string[]) => `
  select coalesce(json_agg(json_build_object(
    'schema', n.nspname,
    'name', c.relname,
    'privileges', ${privilegesBy(['USAGE', 'SELECT', 'UPDATE'], 'has_sequence_privilege(r.oid, c.oid, p.name)')}
  ) order by n.nspname, c.relname), '[]')
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'S' and n.nspname = any (${list(schemas)})`

const publishedQuery = `
  select coalesce(json_agg(json_build_object(
    'schema', t.schemaname,
    'name', t.tablename,
    'columns', t.attnames,
    'rowFilter', t.rowfilter,
    'replicaIdentity', (
      select case c.relreplident when 'n' then 'nothing' when 'f' then 'full' when 'i' then 'index' else 'default' end
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = t.schemaname and c.relname = t.tablename)
  ) order by t.schemaname, t.tablename), '[]')
  from pg_publication_tables t where t.pubname = ${literal(realtimePublication)}`

const defaultPrivilegesQuery = (schemas: readonly string[]) => `
  select coalesce(json_agg(json_build_object(
    'creator', pg_get_userbyid(d.defaclrole),
    'schema', n.nspname,
    'objects', case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
      when 'T' then 'types' else 'schemas' end,
    'grantee', g.name,
    'privileges', g.privileges
  ) order by pg_get_userbyid(d.defaclrole), n.nspname, d.defaclobjtype, g.name), '[]')
  from pg_default_acl d
  left join pg_namespace n on n.oid = d.defaclnamespace
  cross join lateral (
    select case when a.grantee = 0 then 'public' else pg_get_userbyid(a.grantee)::text end as name,
      json_agg(lower(a.privilege_type) order by a.privilege_type) as privileges
    from aclexplode(d.defaclacl) a group by a.grantee) g
  where (d.defaclnamespace = 0 or n.nspname = any (${list(schemas)}))
    and g.name in ('public', 'anon', 'authenticated')`

/** The extension resolves queries; the schema and a function of that name are there without it too. */
const graphqlQuery = `
  select to_json(exists (select from pg_extension where extname = 'pg_graphql'))`

/** A separate query: the table may be missing, and a script that names it would fail as a whole. */
export const bucketsQuery = `
  select coalesce(json_agg(json_build_object(
    'id', id, 'public', coalesce(public, false), 'fileSizeLimit', file_size_limit, 'allowedMimeTypes', allowed_mime_types
  ) order by id), '[]') from storage.buckets`

export const hasBucketsQuery = `select to_regclass('storage.buckets') is not null`

/** As PostgREST reads its settings from the database: those of the authenticator, where the platform keeps them there. */
export const configuredSchemasQuery = `
  select regexp_replace(s, '^pgrst.db_schemas=', '')
  from pg_db_role_setting c join pg_roles r on r.oid = c.setrole and r.rolname = 'authenticator'
  cross join unnest(c.setconfig) s where s like 'pgrst.db\\_schemas=%' order by c.setdatabase desc limit 1`
