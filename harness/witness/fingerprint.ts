import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { SchemaFact, SchemaRecord } from '../model/record.ts'
import { schemaFact } from '../model/record-schema.ts'
import { userSchema } from './catalog-query.ts'
import type { Database, TextRows } from './connection.ts'

/**
 * Reads the facts in one round trip, and the buckets, where there are any, in another. The empty search path makes
 * PostgreSQL write every name in full.
 */
export async function readSchema(database: Database): Promise<SchemaRecord> {
  const read = [...(await readCatalogFacts(database)), ...z.array(schemaFact).parse(await buckets(database))]
  const sorted = read.map((fact) => JSON.stringify(fact)).sort()
  return {
    fingerprint: createHash('sha256').update(sorted.join('\n')).digest('hex'),
    facts: sorted.map((line) => schemaFact.parse(JSON.parse(line))),
  }
}

/** Reads the facts that the catalog holds: all of {@link readSchema} but the buckets, which are rows. */
export async function readCatalogFacts(database: Pick<Database, 'script'>): Promise<readonly SchemaFact[]> {
  const rows = await database.script(
    `set local search_path = ''; set local enable_seqscan = on; ${facts.join('\nunion all\n')}`,
  )
  return z.array(schemaFact).parse(rows)
}

/** A row decides whether a bucket is public, not the schema. Buckets of runs have the run's id in their name and are removed. */
async function buckets(database: Database): Promise<TextRows> {
  const [there] = await database.query(`select to_regclass('storage.buckets') is not null`)
  if (there?.[0] !== 't') return []
  return await database.query(
    `select 'bucket', id, concat_ws(' ', public, file_size_limit, allowed_mime_types) from storage.buckets`,
  )
}

/** An access list with its grantees by name, sorted alike on every machine; one that was never changed is spelt out. */
const grants = (list: string, kind: string, owner: string) => `coalesce((
    select string_agg(g.text, ',' order by g.text collate "C")
    from aclexplode(coalesce(${list}, acldefault(${kind}, ${owner}))) a
    cross join lateral (select concat(
      coalesce(nullif(a.grantee, 0)::regrole::text, 'public'), '=', a.privilege_type,
      case when a.is_grantable then '*' end) as text) g), '')`

/** Realtime makes a partition per day, whose name is no fact about the project. */
const relations = `
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where ${userSchema} and not (n.nspname = 'realtime' and c.relispartition)`

const relationName = `n.nspname || '.' || c.relname`

const facts = [
  `select 'schema', n.nspname::text, n.nspowner::regrole || ' ' || ${grants('n.nspacl', `'n'`, 'n.nspowner')}
   from pg_namespace n where ${userSchema}`,
  `select 'relation', ${relationName},
     concat_ws(' ', c.relkind, c.relowner::regrole, c.relrowsecurity, c.relforcerowsecurity,
       (select string_agg(o, ',' order by o collate "C") from unnest(c.reloptions) o),
       ${grants('c.relacl', `case c.relkind when 'S' then 's'::"char" else 'r' end`, 'c.relowner')},
       case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end)
   ${relations} and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')`,
  `select 'column', ${relationName} || '.' || a.attname,
     concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
       pg_get_expr(d.adbin, d.adrelid),
       case when a.attacl is not null then ${grants('a.attacl', `'c'`, 'c.relowner')} end)
   from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
   where ${userSchema} and not (n.nspname = 'realtime' and c.relispartition)
     and c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped`,
  `select 'policy', ${relationName} || ' ' || p.polname,
     concat_ws(' ', p.polcmd, p.polpermissive,
       (select string_agg(r.name, ',' order by r.name collate "C") from (
         select coalesce(nullif(r, 0)::regrole::text, 'public') from unnest(p.polroles) r) r(name)),
       'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid))
   from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
   where ${userSchema} and not (n.nspname = 'realtime' and c.relispartition)`,
  `select 'constraint', ${relationName} || ' ' || k.conname, pg_get_constraintdef(k.oid)
   from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
   where ${userSchema} and not (n.nspname = 'realtime' and c.relispartition)`,
  // One that was being built concurrently when its statement ended stays behind and is not used.
  `select case when i.indisunique then 'unique index' else 'index' end, ${relationName} || ' ' || i.indexrelid::regclass,
     concat_ws(' ', pg_get_indexdef(i.indexrelid), case when not i.indisvalid then 'INVALID' end)
   from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
   where ${userSchema} and not (n.nspname = 'realtime' and c.relispartition)`,
  `select 'type', n.nspname || '.' || t.typname,
     concat_ws(' ', t.typtype, t.typowner::regrole, case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) end,
       (select string_agg(pg_get_constraintdef(k.oid), ' ' order by k.conname) from pg_constraint k
         where k.contypid = t.oid),
       (select string_agg(e.enumlabel, ',' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid))
   from pg_type t join pg_namespace n on n.oid = t.typnamespace
   where t.typtype in ('e', 'd') and ${userSchema}`,
  `select 'extension', e.extname::text, concat_ws(' ', n.nspname, e.extversion)
   from pg_extension e join pg_namespace n on n.oid = e.extnamespace`,
  `select 'trigger', ${relationName} || ' ' || t.tgname, t.tgenabled::text || ' ' || pg_get_triggerdef(t.oid)
   from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
   where not t.tgisinternal and ${userSchema} and not (n.nspname = 'realtime' and c.relispartition)`,
  `select 'function', p.oid::regprocedure::text,
     concat_ws(' ', p.prokind, p.proowner::regrole, l.lanname, p.prosecdef, p.provolatile,
       pg_get_function_result(p.oid), (select string_agg(s, ',' order by s collate "C") from unnest(p.proconfig) s),
       ${grants('p.proacl', `'f'`, 'p.proowner')}, md5(p.prosrc || coalesce(pg_get_function_sqlbody(p.oid), '')))
   from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
   where ${userSchema}`,
  `select 'default privileges', concat_ws(' ', d.defaclrole::regrole, d.defaclnamespace::regnamespace, d.defaclobjtype),
     ${grants('d.defaclacl', 'd.defaclobjtype', 'd.defaclrole')}
   from pg_default_acl d`,
  `select 'publication', p.pubname::text, concat_ws(' ', p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete,
     (select string_agg(t.schemaname || '.' || t.tablename || coalesce('(' || array_to_string(t.attnames, ',') || ')', ''),
       ',' order by t.schemaname, t.tablename) from pg_publication_tables t where t.pubname = p.pubname))
   from pg_publication p`,
  `select 'role', r.oid::regrole::text,
     concat_ws(' ', r.rolsuper, r.rolbypassrls, r.rolinherit, r.rolcanlogin,
       (select string_agg(distinct m.roleid::regrole::text collate "C", ',') from pg_auth_members m where m.member = r.oid))
   from pg_roles r where r.rolname !~ '^pg_'`,
]
