import { z } from 'zod'
import { apiRoles, commands, type Policy, type QualifiedName } from '../inventory/model.ts'
import type { Database } from '../witness/connection.ts'

const text = z.string()
const texts = z.array(text).readonly()
const qualified = z.object({ schema: text, name: text }) satisfies z.ZodType<QualifiedName>

const policy = z.object({
  name: text,
  command: z.enum([...commands, 'all']),
  permissive: z.boolean(),
  roles: texts,
  appliesTo: z.array(z.enum(apiRoles)).readonly(),
  using: text.nullable(),
  check: text.nullable(),
}) satisfies z.ZodType<Policy>

const table = z.object({
  ...qualified.shape,
  owner: text,
  rowSecurity: z.enum(['off', 'on', 'forced']),
  extension: text.nullable(),
  comment: text.nullable(),
  /** By the statistics; null before the table was analysed. */
  rows: z.number().nullable(),
  policies: z.array(policy).readonly(),
  columns: z.array(
    z.object({
      name: text,
      type: text,
      notNull: z.boolean(),
      default: text.nullable(),
      comment: text.nullable(),
      /** Entries of the column's own access list: `anon=select`. */
      grants: texts,
    }),
  ),
  indexes: z.array(
    z.object({
      name: text,
      /** Null for an expression. */
      columns: z.array(text.nullable()),
      unique: z.boolean(),
      primary: z.boolean(),
      valid: z.boolean(),
      /** The definition without the name, to find two that are alike. */
      definition: text,
    }),
  ),
  foreignKeys: z.array(
    z.object({
      name: text,
      columns: texts,
      references: qualified,
      onDelete: z.enum(['no action', 'restrict', 'cascade', 'set null', 'set default']),
      valid: z.boolean(),
    }),
  ),
  /** Names of CHECK constraints that existing rows were not held against. */
  uncheckedConstraints: texts,
  triggers: z.array(z.object({ name: text, function: text, enabled: z.boolean() })),
})

const view = z.object({
  ...qualified.shape,
  owner: text,
  invoker: z.boolean(),
  materialized: z.boolean(),
  /** Relations that the view itself names. */
  reads: z.array(qualified),
})

const databaseFunction = z.object({
  ...qualified.shape,
  arguments: text,
  owner: text,
  definer: z.boolean(),
  language: text,
  searchPath: text.nullable(),
  volatility: z.enum(['immutable', 'stable', 'volatile']),
  extension: text.nullable(),
  isTrigger: z.boolean(),
  body: text,
  execute: z.array(z.enum(apiRoles)),
  publicExecute: z.boolean(),
})

const role = z.object({
  name: text,
  superuser: z.boolean(),
  bypassesRowSecurity: z.boolean(),
  inherits: z.boolean(),
  login: z.boolean(),
  createRole: z.boolean(),
  createDatabase: z.boolean(),
  memberOf: texts,
})

const extension = z.object({ name: text, schema: text, version: text, available: text.nullable() })

/** The effective privileges of a role on an object: by grants, by PUBLIC and by membership. */
const privilege = z.object({
  role: text,
  /** `table public.notes`, `column public.notes.body`, `function public.find(text)`. */
  object: text,
  /** In lower case, sorted. */
  privileges: texts,
})

const catalogShape = z.object({
  tables: z.array(table),
  views: z.array(view),
  functions: z.array(databaseFunction),
  roles: z.array(role),
  extensions: z.array(extension),
  privileges: z.array(privilege),
})

/** The part of a database's catalog that reviews read beside the inventory. Plain data. */
export type ReviewCatalog = z.infer<typeof catalogShape>
export type ReviewTable = z.infer<typeof table>
export type ReviewFunction = z.infer<typeof databaseFunction>
export type ReviewView = z.infer<typeof view>

/**
 * Reads the catalog in one round trip, in a read-only transaction. No row of a table is read.
 *
 * @param exposed the schemas that the Data API exposes.
 */
export async function readReviewCatalog(
  database: Pick<Database, 'script'>,
  exposed: readonly string[],
): Promise<ReviewCatalog> {
  const [row] = await database.script(script(exposed))
  return catalogShape.parse(JSON.parse(row?.[0] ?? 'null'))
}

const schemaOfUsers = `n.nspname <> 'information_schema' and n.nspname !~ '^pg_'`

const list = (query: string) => `coalesce((${query}), '[]'::json)`

const heldBy = (test: string) =>
  list(`select json_agg(r.rolname order by r.rolname) from pg_catalog.pg_roles r
    where r.rolname in ('anon', 'authenticated', 'service_role') and ${test}`)

const extensionOf = (catalog: string, object: string) => `(select e.extname
  from pg_catalog.pg_depend d join pg_catalog.pg_extension e on e.oid = d.refobjid
  where d.classid = 'pg_catalog.${catalog}'::regclass and d.objid = ${object} and d.deptype = 'e'
    and d.refclassid = 'pg_catalog.pg_extension'::regclass limit 1)`

const policies = list(`select json_agg(json_build_object(
    'name', p.polname,
    'command', case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update'
      when 'd' then 'delete' else 'all' end,
    'permissive', p.polpermissive,
    'roles', (select json_agg(coalesce(g.rolname, 'public') order by g.rolname)
      from unnest(p.polroles) as held(oid) left join pg_catalog.pg_roles g on g.oid = held.oid),
    'appliesTo', ${heldBy(`(0 = any (p.polroles)
      or exists (select from unnest(p.polroles) as held(oid)
        where held.oid <> 0 and pg_catalog.pg_has_role(r.oid, held.oid, 'USAGE')))`)},
    'using', pg_catalog.pg_get_expr(p.polqual, p.polrelid),
    'check', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)) order by p.polname)
  from pg_catalog.pg_policy p where p.polrelid = c.oid`)

const columns = list(`select json_agg(json_build_object(
    'name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod), 'notNull', a.attnotnull,
    'default', case when a.attidentity <> '' then 'identity' else pg_catalog.pg_get_expr(d.adbin, d.adrelid) end,
    'comment', pg_catalog.col_description(c.oid, a.attnum),
    'grants', ${list(`select json_agg(g.entry order by g.entry) from (
        select coalesce(nullif(x.grantee, 0)::regrole::text, 'public') || '=' || lower(x.privilege_type)
        from pg_catalog.aclexplode(a.attacl) x) g(entry)`)}) order by a.attnum)
  from pg_catalog.pg_attribute a left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped`)

const indexes = list(`select json_agg(json_build_object(
    'name', ic.relname,
    'columns', (select json_agg(a.attname order by k.n)
      from unnest(i.indkey::int2[]) with ordinality as k(number, n)
      left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number and k.number > 0
      where k.n <= i.indnkeyatts),
    'unique', i.indisunique, 'primary', i.indisprimary, 'valid', i.indisvalid,
    'definition', regexp_replace(pg_catalog.pg_get_indexdef(i.indexrelid), '^.*? ON ', '')) order by ic.relname)
  from pg_catalog.pg_index i join pg_catalog.pg_class ic on ic.oid = i.indexrelid where i.indrelid = c.oid`)

const keyColumns = (numbers: string, relation: string) => `(select json_agg(a.attname order by u.n)
  from unnest(${numbers}) with ordinality as u(number, n)
  join pg_catalog.pg_attribute a on a.attrelid = ${relation} and a.attnum = u.number)`

const foreignKeys = list(`select json_agg(json_build_object(
    'name', k.conname, 'columns', ${keyColumns('k.conkey', 'k.conrelid')},
    'references', json_build_object('schema', rn.nspname, 'name', rc.relname),
    'onDelete', case k.confdeltype when 'a' then 'no action' when 'r' then 'restrict' when 'c' then 'cascade'
      when 'n' then 'set null' else 'set default' end,
    'valid', k.convalidated) order by k.conname)
  from pg_catalog.pg_constraint k
  join pg_catalog.pg_class rc on rc.oid = k.confrelid join pg_catalog.pg_namespace rn on rn.oid = rc.relnamespace
  where k.conrelid = c.oid and k.contype = 'f'`)

const triggers = list(`select json_agg(json_build_object(
    'name', t.tgname, 'function', t.tgfoid::regprocedure::text, 'enabled', t.tgenabled <> 'D') order by t.tgname)
  from pg_catalog.pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal`)

const tables = list(`select json_agg(json_build_object(
    'schema', n.nspname, 'name', c.relname, 'owner', c.relowner::regrole::text,
    'rowSecurity', case when not c.relrowsecurity then 'off' when c.relforcerowsecurity then 'forced' else 'on' end,
    'extension', ${extensionOf('pg_class', 'c.oid')},
    'comment', pg_catalog.obj_description(c.oid, 'pg_class'),
    'rows', case when c.reltuples >= 0 then c.reltuples end,
    'policies', ${policies}, 'columns', ${columns}, 'indexes', ${indexes}, 'foreignKeys', ${foreignKeys},
    'uncheckedConstraints', ${list(`select json_agg(k.conname order by k.conname) from pg_catalog.pg_constraint k
      where k.conrelid = c.oid and k.contype = 'c' and not k.convalidated`)},
    'triggers', ${triggers}) order by n.nspname, c.relname)
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and ${schemaOfUsers} and not (n.nspname = 'realtime' and c.relispartition)`)

const views = list(`select json_agg(json_build_object(
    'schema', n.nspname, 'name', c.relname, 'owner', c.relowner::regrole::text, 'materialized', c.relkind = 'm',
    'invoker', coalesce((select lower(o.option_value) in ('true', 'on', 'yes', '1')
      from pg_catalog.pg_options_to_table(c.reloptions) o where o.option_name = 'security_invoker'), false),
    'reads', ${list(`select json_agg(distinct jsonb_build_object('schema', rn.nspname, 'name', rc.relname))
      from pg_catalog.pg_rewrite w join pg_catalog.pg_depend d
        on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = w.oid
      join pg_catalog.pg_class rc on d.refclassid = 'pg_catalog.pg_class'::regclass and rc.oid = d.refobjid
        and rc.oid <> c.oid and rc.relkind in ('r', 'p', 'v', 'm', 'f')
      join pg_catalog.pg_namespace rn on rn.oid = rc.relnamespace
      where w.ev_class = c.oid`)}) order by n.nspname, c.relname)
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('v', 'm') and ${schemaOfUsers}`)

const functions = list(`select json_agg(json_build_object(
    'schema', n.nspname, 'name', p.proname, 'arguments', pg_catalog.pg_get_function_identity_arguments(p.oid),
    'owner', p.proowner::regrole::text, 'definer', p.prosecdef, 'language', l.lanname,
    'searchPath', (select regexp_replace(s, '^search_path=', '') from unnest(p.proconfig) s where s like 'search_path=%'),
    'volatility', case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
    'extension', ${extensionOf('pg_proc', 'p.oid')},
    'isTrigger', p.prorettype in ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype),
    'body', case when l.lanname in ('sql', 'plpgsql')
      then coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc, '') else '' end,
    'execute', ${heldBy(`pg_catalog.has_function_privilege(r.oid, p.oid, 'EXECUTE')`)},
    'publicExecute', exists (select from pg_catalog.aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
      where a.grantee = 0 and a.privilege_type = 'EXECUTE')) order by n.nspname, p.proname, p.oid)
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  join pg_catalog.pg_language l on l.oid = p.prolang
  where p.prokind in ('f', 'p') and ${schemaOfUsers}`)

const roles = list(`select json_agg(json_build_object(
    'name', r.rolname, 'superuser', r.rolsuper, 'bypassesRowSecurity', r.rolbypassrls, 'inherits', r.rolinherit,
    'login', r.rolcanlogin, 'createRole', r.rolcreaterole, 'createDatabase', r.rolcreatedb,
    'memberOf', ${list(`select json_agg(distinct m.roleid::regrole::text) from pg_catalog.pg_auth_members m
      where m.member = r.oid`)}) order by r.rolname)
  from pg_catalog.pg_roles r where r.rolname !~ '^pg_'`)

const extensions = list(`select json_agg(json_build_object(
    'name', e.extname, 'schema', n.nspname, 'version', e.extversion,
    'available', (select a.default_version from pg_catalog.pg_available_extensions a where a.name = e.extname))
    order by e.extname)
  from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace`)

const names = (values: readonly string[]) =>
  `array[${values.map((name) => `'${name.replaceAll("'", "''")}'`).join(', ')}]::text[]`

/** The roles of the API, and those that log in and are no superuser. */
const reviewedRoles = `(select r.oid, r.rolname from pg_catalog.pg_roles r
  where r.rolname !~ '^pg_' and not r.rolsuper
    and (r.rolcanlogin or r.rolname in ('anon', 'authenticated', 'service_role')))`

const held = (some: readonly string[], test: string) => `(select json_agg(lower(p.name) order by p.name)
  from unnest(${names(some)}) as p(name) where ${test})`

const privileges = (exposed: readonly string[]) => {
  const schema = `n.nspname = any (${names(exposed)})`
  const tablePrivileges = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']
  const entries = [
    `select r.rolname, 'schema ' || quote_ident(n.nspname),
       ${held(['USAGE', 'CREATE'], 'pg_catalog.has_schema_privilege(r.oid, n.oid, p.name)')}
     from pg_catalog.pg_namespace n cross join ${reviewedRoles} r where ${schema}`,
    `select r.rolname, case c.relkind when 'v' then 'view ' when 'm' then 'materialized view ' when 'f' then 'foreign table '
         else 'table ' end || quote_ident(n.nspname) || '.' || quote_ident(c.relname),
       ${held(tablePrivileges, 'pg_catalog.has_table_privilege(r.oid, c.oid, p.name)')}
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace cross join ${reviewedRoles} r
     where c.relkind in ('r', 'p', 'v', 'm', 'f') and ${schema}`,
    `select r.rolname, 'column ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(a.attname),
       ${held(
         ['SELECT', 'INSERT', 'UPDATE', 'REFERENCES'],
         `pg_catalog.has_column_privilege(r.oid, c.oid, a.attnum, p.name)
           and not pg_catalog.has_table_privilege(r.oid, c.oid, p.name)`,
       )}
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and a.attacl is not null
     cross join ${reviewedRoles} r where c.relkind in ('r', 'p', 'v', 'm', 'f') and ${schema}`,
    `select r.rolname, 'sequence ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname),
       ${held(['USAGE', 'SELECT', 'UPDATE'], 'pg_catalog.has_sequence_privilege(r.oid, c.oid, p.name)')}
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace cross join ${reviewedRoles} r
     where c.relkind = 'S' and ${schema}`,
    `select r.rolname, 'function ' || quote_ident(n.nspname) || '.' || quote_ident(f.proname)
         || '(' || pg_catalog.pg_get_function_identity_arguments(f.oid) || ')',
       ${held(['EXECUTE'], 'pg_catalog.has_function_privilege(r.oid, f.oid, p.name)')}
     from pg_catalog.pg_proc f join pg_catalog.pg_namespace n on n.oid = f.pronamespace cross join ${reviewedRoles} r
     where ${schema} and not exists (select from pg_catalog.pg_depend d
       where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = f.oid and d.deptype = 'e')`,
  ]
  return list(`select json_agg(json_build_object('role', e.role, 'object', e.object, 'privileges', e.held)
      order by e.role, e.object)
    from (${entries.join('\nunion all\n')}) e(role, object, held) where e.held is not null`)
}

/** The empty search path makes PostgreSQL write every name of an expression in full. */
const script = (exposed: readonly string[]) => `
  set transaction read only; set local search_path = ''; set local enable_seqscan = on;
  select json_build_object('tables', ${tables}, 'views', ${views}, 'functions', ${functions}, 'roles', ${roles},
    'extensions', ${extensions}, 'privileges', ${privileges(exposed)})`
