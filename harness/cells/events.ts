import { TrespassError } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { ThirdPartyEvent } from '../paths/path.ts'
import type { Copies, PlacedFixtures } from './placed-fixtures.ts'
import type { ReachRow } from './reading.ts'
import { rowKey } from './row-effects.ts'

/** Makes the events that happen during an attempt, as the witness: they are no act of the caller. @throws TrespassError */
export async function makeEvents(
  placed: PlacedFixtures,
  plan: Copies,
  events: readonly ThirdPartyEvent[],
): Promise<void> {
  for (const event of events) {
    const row = placed.reachRow(event.fixture, plan, false)
    if (event.kind === 'change') await placed.witness.restore(rowKey(row), event.set)
    else await remove(placed, row)
    if (event.kind === 'renew') await makeAgain(placed, plan, row)
  }
}

/** Adds a row that is no fixture, as the witness, and journals it. @throws TrespassError */
export async function addRow(placed: PlacedFixtures, table: string, values: JsonObject): Promise<void> {
  const { primaryKey = [] } = placed.context.catalog.relations[table] ?? {}
  await insert(placed, table, primaryKey.length > 0 ? primaryKey : Object.keys(values), values)
}

async function remove(placed: PlacedFixtures, row: ReachRow): Promise<void> {
  const { left } = await placed.witness.remove([rowKey(row)])
  const [kept] = left
  if (kept !== undefined) throw new TrespassError('not-removed', `${row.name} could not be removed: ${kept.why}`)
}

/** Rows that a cascade removed with this row are not made again, so no fixture may depend on it. */
async function makeAgain(placed: PlacedFixtures, plan: Copies, row: ReachRow): Promise<void> {
  await insert(placed, row.table, Object.keys(row.baseKey), { ...row.values, ...row.baseKey })
  const rows = await Promise.all(
    placed.rowsOf(plan).map(async (made) => ({ name: made.name, now: await placed.witness.read(made) })),
  )
  const gone = rows.filter(({ now }) => now === null).map(({ name }) => name)
  if (gone.length === 0) return
  const message = `${row.name} was removed to be made again, and ${gone.sort().join(', ')} went with it`
  throw new TrespassError('not-renewed', message, { hint: 'Take a fixture to which no other fixture refers.' })
}

async function insert(
  placed: PlacedFixtures,
  table: string,
  keyColumns: readonly string[],
  values: JsonObject,
): Promise<void> {
  await placed.witness.insert({ table, keyColumns, rows: [values] }, (keys) => {
    placed.write(keys.map(({ key }) => ({ made: 'row', table, key })))
  })
}
