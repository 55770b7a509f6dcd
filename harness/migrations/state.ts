import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { SchemaFact } from '../evidence/record.ts'
import { userSchema } from '../witness/catalog-query.ts'
import { type Database, openDatabase } from '../witness/connection.ts'
import { readSchema } from '../witness/fingerprint.ts'

/** A database as it stands: what its catalog says, and what its tables hold. */
export interface DatabaseState {
  /** Equal for two databases in the same state. */
  readonly key: string
  /** The facts of the schema's fingerprint, and one of the kind `rows` for each table. */
  readonly facts: readonly SchemaFact[]
}

/** Milliseconds that reading may take: a table of a disposable database is small. */
const hold = 30_000

/** Reads the state of a database that nobody changes meanwhile. */
export async function readState(databaseUrl: string): Promise<DatabaseState> {
  const database = openDatabase(databaseUrl, { connections: 1, ca: null, hold })
  try {
    const { facts } = (await readSchema(database)) ?? { facts: [] }
    return stateOf([...facts, ...(await readRows(database))])
  } finally {
    await database.close()
  }
}

/** @returns the state that facts describe, in whatever order they come. */
export function stateOf(facts: readonly SchemaFact[]): DatabaseState {
  const lines = facts.map((fact) => JSON.stringify(fact)).sort()
  return { key: createHash('sha256').update(lines.join('\n')).digest('hex'), facts }
}

const names = z.array(z.tuple([z.string()]))
const counts = z.array(z.tuple([z.string(), z.string()]))

async function readRows(database: Database): Promise<readonly SchemaFact[]> {
  const tables = names.parse(
    await database.query(
      `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and has_table_privilege(c.oid, 'select') and ${userSchema}`,
    ),
  )
  if (tables.length === 0) return []
  const questions = tables.map(
    ([table]) =>
      `select '${table.replaceAll("'", "''")}', concat(count(*), ' ',
         md5(coalesce(string_agg(md5(t::text), '' order by md5(t::text)), ''))) from ${table} t`,
  )
  const answers = counts.parse(await database.query(questions.join(' union all ')))
  return answers.map(([table, text]) => ['rows', table, text] as const)
}
