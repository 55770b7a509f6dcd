import { TrespassError } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import { parseJsonObject } from '../json-text.ts'
import type { Relation } from './catalog.ts'
import { type Database, openDatabase } from './connection.ts'
import { readSchema } from './fingerprint.ts'
import { quoted } from './identifiers.ts'
import { insertRows } from './insert.ts'
import { removeKeyless } from './keyless.ts'
import { createLookup } from './lookup.ts'
import { type MessagesOf, removeMessages } from './messages.ts'
import { tryAsOwner } from './owner.ts'
import { refreshViews } from './refresh.ts'
import { openRelations, type Relations } from './relations.ts'
import { removeDependents, removeRows } from './remove.ts'
import { aliased, type Rowset, rowset, type Selection, selection } from './rowset.ts'
import { whySignUpFails } from './sign-up.ts'
import type { RowKey, Witness } from './witness.ts'

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

const readable = `select coalesce(has_table_privilege(to_regclass('auth.audit_log_entries'), 'select'), false)`

/** An entry names its user in its payload (supabase/auth, `internal/models/audit_log_entry.go`). */
const about = `
  select count(*) from auth.audit_log_entries
  where created_at > $2::timestamptz - interval '1 hour' and payload::text ~ any ($1)`

/** Counts entries of Auth's log about users; see `Witness.countAuthLog`. */
async function countAuthLog(database: Database, { ids, since }: MessagesOf): Promise<number> {
  if (ids.length === 0) return 0
  const [privilege] = await database.query(readable)
  if (privilege?.[0] !== 't') return 0
  const [row] = await database.query(about, [ids, since])
  return Number(row?.[0] ?? 0)
}

/** Gives columns of one row the values that they had; see `Witness.restore`. */
async function restoreRow(
  database: Database,
  relations: Relations,
  { table, key }: RowKey,
  values: JsonObject,
): Promise<JsonObject> {
  const names = Object.keys(values)
  const [relation, set, by] = await relations.withRelation(table, (found): [Relation, Rowset, Selection] => [
    found,
    rowset(found, names, 1),
    selection(found, key, 2),
  ])
  const columns = names.map(quoted).join(', ')
  return await database.transaction(async (query) => {
    const restored = await query(
      `update ${aliased(relation)} set (${columns}) = (select ${set.columns.join(', ')} from ${set.from})
       from ${by.from} where ${by.condition} returning to_jsonb(t)`,
      [set.encode([values]), by.encode([key])],
    )
    const [row] = restored
    if (row !== undefined && restored.length === 1) return parseJsonObject(row[0] ?? '')
    throw new TrespassError(
      'key-not-unique',
      `the key of a row of ${table} names ${restored.length} rows, expected one`,
    )
  })
}
