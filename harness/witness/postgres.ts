import { TrespassError } from '../errors.ts'
import { countAuthLog } from './auth-log.ts'
import { type Database, openDatabase } from './connection.ts'
import { readSchema } from './fingerprint.ts'
import { insertRows } from './insert.ts'
import { removeKeyless } from './keyless.ts'
import { createLookup } from './lookup.ts'
import { removeMessages } from './messages.ts'
import { tryAsOwner } from './owner.ts'
import { refreshViews } from './refresh.ts'
import { openRelations } from './relations.ts'
import { removeDependents, removeRows } from './remove.ts'
import { restoreRow } from './restore.ts'
import { whySignUpFails } from './sign-up.ts'
import type { Witness } from './witness.ts'

/**
 * Connects the privileged reader of effects to the target's database.
 *
 * @param databaseUrl as `postgres` or a role of the same rights.
 * @param options `connections`: the most at once, 3 by default; `ca`: certificates in PEM by which the database's own one is
 *   verified; `hold`: milliseconds that a statement or a transaction may last, 10,000 by default; `ownsSchema`: true for a
 *   database that was made for runs, so that a materialized view that has never been filled may be, and triggers of any table may
 *   be switched off for a removal; false by default.
 * @throws TrespassError `database-unreachable`, `database-not-trusted`, `database-not-encrypted`, or `witness-filtered` when row
 *   security applies to the role: it would not see all rows.
 */
export async function connectWitness(
  databaseUrl: string,
  options: {
    readonly connections?: number
    readonly ca?: string | null
    readonly hold?: number | undefined
    readonly ownsSchema?: boolean
  } = {},
): Promise<Witness> {
  const { connections = 3, ca = null, hold = 10_000, ownsSchema = false } = options
  const database = openDatabase(databaseUrl, { connections, ca, hold })
  try {
    await refuseFiltered(database)
  } catch (error) {
    await database.close()
    throw error
  }
  const relations = openRelations(database)
  const lookup = createLookup(database, relations)

  return {
    sees: 'database',
    catalog: relations.refresh,
    insert: (batch, journal) => insertRows(database, relations, batch, journal),
    matching: lookup,
    async read({ table, key }) {
      const [row, another] = await lookup(table, key)
      if (another === undefined) return row ?? null
      throw new TrespassError('ambiguous-key', `${table}: the key (${Object.keys(key).join(', ')}) names several rows`)
    },
    restore: (row, values) => restoreRow(database, relations, row, values),
    remove: (rows, { pastRules = false } = {}) =>
      removeRows(database, relations, rows, pastRules ? (ownsSchema ? 'of-any-table' : 'of-named-tables') : 'none'),
    removeDependents: async (rows) => removeDependents(database, await relations.refresh(), rows),
    removeKeyless: (rows) => removeKeyless(database, rows),
    removeMessages: (of) => removeMessages(database, of),
    countAuthLog: (of) => countAuthLog(database, of),
    refreshViews: (after) => refreshViews(database, after, ownsSchema),
    schema: () => readSchema(database),
    setting: async (name) => (await database.query('select current_setting($1, true)', [name]))[0]?.[0] || null,
    asOwner: (request, inside) => tryAsOwner(database, relations, request, inside),
    whySignUpFails: (user) => whySignUpFails(database, user),
    close: () => database.close(),
  }
}

async function refuseFiltered(database: Database): Promise<void> {
  const [row] = await database.query('select rolsuper or rolbypassrls from pg_roles where rolname = current_user')
  if (row?.[0] === 't') return
  throw new TrespassError('witness-filtered', 'row security applies to the role of the database URL', {
    hint: 'Use the connection string of the role postgres: the witness has to see every row.',
  })
}
