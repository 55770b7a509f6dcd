import { z } from 'zod'
import { readValueRules } from '../init/read-schema.ts'
import { keysOf } from '../model/keys.ts'
import type { Target } from '../model/target.ts'
import type { Catalog } from '../witness/catalog.ts'
import { openDatabase } from '../witness/connection.ts'
import type { Witness } from '../witness/witness.ts'
import { FixtureSet } from './fixture-set.ts'
import type { Hints } from './model.ts'

const sources = z.record(z.string(), z.string())
const triggers = z.record(z.string(), z.array(z.string()))

const own = `n.nspname <> 'information_schema' and n.nspname !~ '^pg_'`

const script = `set transaction read only; set local search_path = ''; set local enable_seqscan = on;
  select
    (select coalesce(json_object_agg(name, source), '{}') from (
      select n.nspname || '.' || p.proname as name,
        string_agg(coalesce(nullif(p.prosrc, ''), pg_get_functiondef(p.oid)), e'\\n') as source
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where p.prokind = 'f' and ${own} and not exists (
        select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
      group by 1) as found),
    (select coalesce(json_object_agg(name, functions), '{}') from (
      select n.nspname || '.' || c.relname as name, json_agg(f.nspname || '.' || p.proname) as functions
      from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
      join pg_proc p on p.oid = t.tgfoid join pg_namespace f on f.oid = p.pronamespace
      where not t.tgisinternal and ${own} group by 1) as found)`

/**
 * Reads the facts by which columns and arguments are filled: types, check constraints, sources of functions, and the tables that
 * have a row for a user already. Without a database URL only the last.
 *
 * @param user the id of a user of the run.
 */
export async function readHints(
  { databaseUrl, databaseCa, hold = 10_000 }: Target,
  witness: Pick<Witness, 'matching'>,
  catalog: Catalog,
  user: string | null,
): Promise<Hints> {
  const foundFor = user === null ? new Set<string>() : await tablesWith(witness, catalog, user)
  if (databaseUrl === null) return { checks: {}, types: {}, sources: {}, triggers: {}, foundFor }
  const database = openDatabase(databaseUrl, { connections: 1, ca: databaseCa, hold })
  try {
    const [row = []] = await database.script(script)
    const part = (n: number): unknown => JSON.parse(row[n] ?? 'null')
    return {
      ...(await readValueRules(database)),
      sources: sources.parse(part(0)),
      triggers: triggers.parse(part(1)),
      foundFor,
    }
  } finally {
    await database.close()
  }
}

/** Reads only tables that have one row for a user at most. */
async function tablesWith(
  witness: Pick<Witness, 'matching'>,
  { relations }: Catalog,
  user: string,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for (const relation of Object.values(relations)) {
    if (relation.kind !== 'table' || /^(?:auth|storage|realtime)\./.test(relation.name)) continue
    const key = keysOf(relation).find((columns) =>
      columns.every((column) => {
        const known = relation.columns[column]
        return known !== undefined && FixtureSet.namesUser(relation, known)
      }),
    )
    if (key === undefined) continue
    const rows = await witness.matching(relation.name, Object.fromEntries(key.map((column) => [column, user])))
    if (rows.length > 0) found.add(relation.name)
  }
  return found
}
