import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { SchemaFact } from '../model/record.ts'
import { userSchema } from '../witness/catalog-query.ts'
import { type Database, openDatabase } from '../witness/connection.ts'
import { readSchema } from '../witness/fingerprint.ts'

/** The state of a database: the facts of its catalog, and the contents of its tables. */
export interface DatabaseState {
  /** Equal for two databases in the same state. */
  readonly key: string
  /** The facts of the schema's fingerprint, and one of the kind `rows` for each table. */
  readonly facts: readonly SchemaFact[]
}

/** The timeout for reading, in milliseconds: a table of a disposable database is small. */
const hold = 30_000

/**
 * Reads the state of a database. No other session may change it meanwhile.
 *
 * @param rows `contents` to compare the rows of tables, `numbers` if their values differ each time the database is built.
 */
export async function readState(databaseUrl: string, rows: 'contents' | 'numbers'): Promise<DatabaseState> {
  const database = openDatabase(databaseUrl, { connections: 1, ca: null, hold })
  try {
    const { facts } = (await readSchema(database)) ?? { facts: [] }
    return stateOf([...facts, ...(await readRows(database, rows))])
  } finally {
    await database.close()
  }
}

/** @returns the state that the facts describe; their order does not matter. */
function stateOf(facts: readonly SchemaFact[]): DatabaseState {
  const lines = facts.map((fact) => JSON.stringify(fact)).sort()
  return { key: createHash('sha256').update(lines.join('\n')).digest('hex'), facts }
}

const names = z.array(z.tuple([z.string()]))
const counts = z.array(z.tuple([z.string(), z.string()]))

async function readRows(database: Database, rows: 'contents' | 'numbers'): Promise<readonly SchemaFact[]> {
  const tables = names.parse(
    await database.query(
      `select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and has_table_privilege(c.oid, 'select') and ${userSchema}`,
    ),
  )
  if (tables.length === 0) return []
  const digest = `md5(coalesce(string_agg(md5(t::text), '' order by md5(t::text)), ''))`
  const read = rows === 'contents' ? `concat(count(*), ' ', ${digest})` : 'count(*)::text'
  const questions = tables.map(([table]) => `select '${table.replaceAll("'", "''")}', ${read} from ${table} t`)
  const answers = counts.parse(await database.query(questions.join(' union all ')))
  return answers.map(([table, text]) => ['rows', table, text] as const)
}
