import { z } from 'zod'
import type { Database } from '../witness/connection.ts'
import { type Dependency, dependencyPlaces, type MutableSchema } from './schema.ts'

const texts = z.array(z.string())
const grants = z.array(z.object({ grantee: z.string(), privilege: z.string(), grantable: z.boolean() }))
const named = { schema: z.string(), name: z.string() }

const policy = z.object({
  name: z.string(),
  command: z.enum(['select', 'insert', 'update', 'delete', 'all']),
  permissive: z.boolean(),
  roles: texts,
  using: z.string().nullable(),
  check: z.string().nullable(),
})

const schema = z.object({
  tables: z.array(
    z.object({
      ...named,
      own: z.boolean(),
      rowSecurity: z.boolean(),
      forced: z.boolean(),
      columns: z.array(z.object({ name: z.string(), grants })),
      grants,
      policies: z.array(policy),
      constraints: z.array(
        z.object({
          name: z.string(),
          type: z.enum(['unique', 'check', 'foreign key']),
          definition: z.string(),
          references: z.string().nullable(),
        }),
      ),
      triggers: z.array(z.object({ name: z.string(), definition: z.string() })),
    }),
  ),
  views: z.array(z.object({ ...named, invoker: z.string().nullable(), writable: texts, grants })),
  functions: z.array(
    z.object({
      ...named,
      arguments: z.string(),
      definition: z.string(),
      body: z.string(),
      language: z.string(),
      definer: z.boolean(),
      grants,
    }),
  ),
  schemas: z.array(z.object({ name: z.string(), grants })),
  sequences: z.array(z.object({ ...named, table: z.string().nullable(), identity: z.boolean(), grants })),
  realtime: z.object({ database: z.string(), privateOnly: z.boolean() }),
  buckets: z.array(
    z.object({
      id: z.string(),
      public: z.boolean(),
      fileSizeLimit: z.string().nullable(),
      allowedMimeTypes: texts.nullable(),
    }),
  ),
  published: z.array(
    z.object({
      ...named,
      published: z.object({ columns: texts.nullable(), rowFilter: z.string().nullable() }).nullable(),
      columns: texts,
    }),
  ),
  dependencies: z.array(z.object({ object: z.string(), on: z.string(), through: z.enum(dependencyPlaces) })),
}) satisfies z.ZodType<MutableSchema>

/**
 * Reads the schema that mutants are made of, in one round trip. The empty search path makes PostgreSQL write every name in full.
 */
export async function readMutableSchema(database: Database): Promise<MutableSchema> {
  const [row] = await database.script(`set local search_path = ''; select (${everything})::text`)
  return schema.parse(JSON.parse(row?.[0] ?? 'null'))
}

const list = (query: string) => `coalesce((${query}), '[]'::json)`

/** The project's own objects: those of the role that its migrations run as, and of no extension. */
const own = (catalog: string, alias: string, owner: string, oid = `${alias}.oid`) => `
  ${alias}.${owner} = (select oid from pg_catalog.pg_roles where rolname = current_user)
  and not exists (select from pg_catalog.pg_depend e
    where e.classid = 'pg_catalog.${catalog}'::regclass and e.objid = ${oid} and e.deptype = 'e')`

const projectSchema = `n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'extensions', 'sandbox')`

const granted = (acl: string, kind: string, owner: string) =>
  list(`select json_agg(json_build_object('grantee', g.grantee, 'privilege', g.privilege, 'grantable', g.grantable)
      order by g.grantee, g.privilege)
    from (select coalesce(nullif(a.grantee, 0)::regrole::text, 'public') as grantee, lower(a.privilege_type) as privilege,
        a.is_grantable as grantable
      from pg_catalog.aclexplode(coalesce(${acl}, pg_catalog.acldefault(${kind}, ${owner}))) a
      where a.grantee <> ${owner}) g`)

const policies = list(`select json_agg(json_build_object(
    'name', p.polname,
    'command', case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete'
      else 'all' end,
    'permissive', p.polpermissive,
    'roles', (select json_agg(coalesce(nullif(r, 0)::regrole::text, 'public') order by r) from unnest(p.polroles) r),
    'using', pg_catalog.pg_get_expr(p.polqual, p.polrelid),
    'check', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)) order by p.polname)
  from pg_catalog.pg_policy p where p.polrelid = c.oid`)

/** A unique constraint that a foreign key refers to cannot be removed alone. Its own index and triggers go with it. */
const constraints = list(`select json_agg(json_build_object(
    'name', k.conname,
    'type', case k.contype when 'u' then 'unique' when 'c' then 'check' else 'foreign key' end,
    'definition', pg_catalog.pg_get_constraintdef(k.oid),
    'references', (select fn.nspname || '.' || f.relname from pg_catalog.pg_class f
      join pg_catalog.pg_namespace fn on fn.oid = f.relnamespace where f.oid = k.confrelid)) order by k.conname)
  from pg_catalog.pg_constraint k
  where k.conrelid = c.oid and k.contype in ('u', 'c', 'f') and k.conislocal and k.conparentid = 0
    and not exists (select from pg_catalog.pg_depend d
      where d.refclassid = 'pg_catalog.pg_constraint'::regclass and d.refobjid = k.oid and d.deptype = 'n'
        or d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = k.conindid and k.contype = 'u'
          and d.classid = 'pg_catalog.pg_constraint'::regclass and d.objid <> k.oid)`)

const triggers =
  list(`select json_agg(json_build_object('name', t.tgname, 'definition', pg_catalog.pg_get_triggerdef(t.oid))
    order by t.tgname)
  from pg_catalog.pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled = 'O' and t.tgparentid = 0`)

const columns = list(`select json_agg(json_build_object('name', a.attname,
    'grants', case when a.attacl is null then '[]' else ${granted('a.attacl', `'c'`, 'c.relowner')} end) order by a.attnum)
  from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped`)

/** Of the services' tables, those whose policies are the project's. */
const serviceTable = `(n.nspname, c.relname) in (('storage', 'objects'), ('storage', 'buckets'), ('realtime', 'messages'))`
const ownTable = `(${projectSchema} and ${own('pg_class', 'c', 'relowner')})`

const tables = list(`select json_agg(json_build_object(
    'schema', n.nspname, 'name', c.relname, 'own', ${ownTable},
    'rowSecurity', c.relrowsecurity, 'forced', c.relforcerowsecurity,
    'columns', ${columns}, 'grants', ${granted('c.relacl', `'r'`, 'c.relowner')}, 'policies', ${policies},
    'constraints', ${constraints}, 'triggers', ${triggers}) order by n.nspname, c.relname)
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and (${ownTable} or ${serviceTable})`)

const views = list(`select json_agg(json_build_object(
    'schema', n.nspname, 'name', c.relname,
    'invoker', (select substr(o, length('security_invoker=') + 1) from unnest(c.reloptions) o
      where o like 'security_invoker=%'),
    'writable', (select coalesce(json_agg(e.command), '[]') from (values ('insert', 8), ('update', 4), ('delete', 16)) e (command, bit)
      where pg_catalog.pg_relation_is_updatable(c.oid, true) & e.bit <> 0),
    'grants', ${granted('c.relacl', `'r'`, 'c.relowner')}) order by n.nspname, c.relname)
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('v', 'm') and ${ownTable}`)

const functions = list(`select json_agg(json_build_object(
    'schema', n.nspname, 'name', f.proname, 'arguments', pg_catalog.pg_get_function_identity_arguments(f.oid),
    'definition', pg_catalog.pg_get_functiondef(f.oid), 'body', coalesce(f.prosrc, ''), 'language', l.lanname,
    'definer', f.prosecdef, 'grants', ${granted('f.proacl', `'f'`, 'f.proowner')}) order by n.nspname, f.proname, f.oid)
  from pg_catalog.pg_proc f join pg_catalog.pg_namespace n on n.oid = f.pronamespace
  join pg_catalog.pg_language l on l.oid = f.prolang
  where f.prokind in ('f', 'p') and l.lanname in ('sql', 'plpgsql') and ${projectSchema}
    and ${own('pg_proc', 'f', 'proowner')}`)

/** Those whose privileges the role of the migrations may change. */
const namespaces = list(`select json_agg(json_build_object(
    'name', n.nspname, 'grants', ${granted('n.nspacl', `'n'`, 'n.nspowner')}) order by n.nspname)
  from pg_catalog.pg_namespace n
  where ${projectSchema} and pg_catalog.pg_has_role(current_user, n.nspowner, 'USAGE')
    and not exists (select from pg_catalog.pg_depend e
      where e.classid = 'pg_catalog.pg_namespace'::regclass and e.objid = n.oid and e.deptype = 'e')
    and (n.nspname = 'public' or n.nspowner = (select oid from pg_catalog.pg_roles where rolname = current_user))`)

const sequences = list(`select json_agg(json_build_object(
    'schema', n.nspname, 'name', c.relname,
    'table', (select tn.nspname || '.' || t.relname from pg_catalog.pg_depend d
      join pg_catalog.pg_class t on t.oid = d.refobjid join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i')
        and d.refclassid = 'pg_catalog.pg_class'::regclass limit 1),
    'identity', exists (select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'i'),
    'grants', ${granted('c.relacl', `'s'`, 'c.relowner')}) order by n.nspname, c.relname)
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'S' and ${ownTable}`)

const realtime = `(select json_build_object('database', current_database(), 'privateOnly', exists (
    select from pg_catalog.pg_db_role_setting s join pg_catalog.pg_database b on b.oid = s.setdatabase, unnest(s.setconfig) e
    where s.setrole = 0 and b.datname = current_database() and e ~ '^trespass.realtime_private_only=(on|true|yes|1)$')))`

const buckets = list(`select json_agg(json_build_object(
    'id', b.id, 'public', coalesce(b.public, false), 'fileSizeLimit', b.file_size_limit::text,
    'allowedMimeTypes', b.allowed_mime_types) order by b.id) from storage.buckets b`)

const published = list(`select json_agg(json_build_object(
    'schema', n.nspname, 'name', c.relname,
    'columns', (select json_agg(a.attname order by a.attnum) from pg_catalog.pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
    'published', (select json_build_object(
        'columns', (select json_agg(a.attname order by a.attnum) from pg_catalog.pg_attribute a
          where a.attrelid = c.oid and a.attnum = any (r.prattrs)),
        'rowFilter', pg_catalog.pg_get_expr(r.prqual, r.prrelid))
      from pg_catalog.pg_publication_rel r join pg_catalog.pg_publication p on p.oid = r.prpubid
      where r.prrelid = c.oid and p.pubname = 'supabase_realtime')) order by n.nspname, c.relname)
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and ${ownTable}
    and exists (select from pg_catalog.pg_publication p where p.pubname = 'supabase_realtime' and not p.puballtables)`)

/** The relation or function that an entry of `pg_depend` refers to. */
const referred = `
  left join pg_catalog.pg_class rc on d.refclassid = 'pg_catalog.pg_class'::regclass and rc.oid = d.refobjid
    and rc.relkind in ('r', 'p', 'v', 'm', 'f')
  left join pg_catalog.pg_proc rf on d.refclassid = 'pg_catalog.pg_proc'::regclass and rf.oid = d.refobjid
  join pg_catalog.pg_namespace rn on rn.oid = coalesce(rc.relnamespace, rf.pronamespace)
    and rn.nspname !~ '^pg_' and rn.nspname <> 'information_schema'`
const referredName = `rn.nspname || '.' || coalesce(rc.relname, rf.proname)`

const user = (
  through: Dependency['through'],
  query: string,
) => `select n.nspname || '.' || c.relname, ${referredName}, '${through}'
  from pg_catalog.pg_depend d ${query}
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace ${referred}`

const uses = [
  user(
    'policy',
    `join pg_catalog.pg_policy p on d.classid = 'pg_catalog.pg_policy'::regclass and p.oid = d.objid
    join pg_catalog.pg_class c on c.oid = p.polrelid`,
  ),
  user(
    'view',
    `join pg_catalog.pg_rewrite r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
    join pg_catalog.pg_class c on c.oid = r.ev_class`,
  ),
  user(
    'trigger',
    `join pg_catalog.pg_trigger t on d.classid = 'pg_catalog.pg_trigger'::regclass and t.oid = d.objid
    join pg_catalog.pg_class c on c.oid = t.tgrelid`,
  ),
  user(
    'default',
    `join pg_catalog.pg_attrdef a on d.classid = 'pg_catalog.pg_attrdef'::regclass and a.oid = d.objid
    join pg_catalog.pg_class c on c.oid = a.adrelid`,
  ),
  user(
    'check',
    `join pg_catalog.pg_constraint k on d.classid = 'pg_catalog.pg_constraint'::regclass and k.oid = d.objid
      and k.contype = 'c'
    join pg_catalog.pg_class c on c.oid = k.conrelid`,
  ),
  // The catalog does not record the names that the text of a body uses, so every name in it counts.
  `select n.nspname || '.' || f.proname, o.schema || '.' || o.name, 'body'
   from pg_catalog.pg_proc f join pg_catalog.pg_namespace n on n.oid = f.pronamespace
   join (
     select n.nspname::text as schema, c.relname::text as name from pg_catalog.pg_class c
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'v', 'm', 'f') and (${projectSchema})
     union
     select n.nspname, p.proname from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
     where ${projectSchema}
   ) o on position(o.name in f.prosrc || coalesce(pg_catalog.pg_get_function_sqlbody(f.oid), '')) > 0
   where ${projectSchema} and ${own('pg_proc', 'f', 'proowner')}`,
]

const dependencies =
  list(`select json_agg(distinct jsonb_build_object('object', u.object, 'on', u.used, 'through', u.through))
  from (${uses.join('\nunion\n')}) u (object, used, through) where u.object <> u.used`)

const everything = `select json_build_object('tables', ${tables}, 'views', ${views}, 'functions', ${functions}, 'schemas', ${namespaces}, 'sequences', ${sequences}, 'realtime', ${realtime},
  'buckets', ${buckets}, 'published', ${published}, 'dependencies', ${dependencies})`
