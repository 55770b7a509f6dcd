import { TrespassError } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { Meanwhile } from '../paths/path.ts'
import type { ReachRow } from './reading.ts'
import { rowKey } from './row-effects.ts'
import type { Copies, Stage } from './stage.ts'

/** Makes the events that happen during an attempt, as the witness: they are no act of the caller. @throws TrespassError */
export async function happen(stage: Stage, plan: Copies, events: readonly Meanwhile[]): Promise<void> {
  for (const event of events) {
    const row = stage.reachRow(event.fixture, plan, false)
    if (event.kind === 'change') await stage.witness.restore(rowKey(row), event.set)
    else await remove(stage, row)
    if (event.kind === 'renew') await makeAgain(stage, plan, row)
  }
}

/** Adds a row that is no fixture, as the witness, and journals it. @throws TrespassError */
export async function addRow(stage: Stage, table: string, values: JsonObject): Promise<void> {
  const { primaryKey = [] } = stage.context.catalog.relations[table] ?? {}
  await insert(stage, table, primaryKey.length > 0 ? primaryKey : Object.keys(values), values)
}

async function remove(stage: Stage, row: ReachRow): Promise<void> {
  const { left } = await stage.witness.remove([rowKey(row)])
  const [kept] = left
  if (kept !== undefined) throw new TrespassError('not-removed', `${row.name} could not be removed: ${kept.why}`)
}

/** Rows that a cascade removed with this row are not made again, so no fixture may depend on it. */
async function makeAgain(stage: Stage, plan: Copies, row: ReachRow): Promise<void> {
  await insert(stage, row.table, Object.keys(row.baseKey), { ...row.values, ...row.baseKey })
  const rows = await Promise.all(
    stage.rowsOf(plan).map(async (made) => ({ name: made.name, now: await stage.witness.read(made) })),
  )
  const gone = rows.filter(({ now }) => now === null).map(({ name }) => name)
  if (gone.length === 0) return
  const message = `${row.name} was removed to be made again, and ${gone.sort().join(', ')} went with it`
  throw new TrespassError('not-renewed', message, { hint: 'Take a fixture to which no other fixture refers.' })
}

async function insert(stage: Stage, table: string, keyColumns: readonly string[], values: JsonObject): Promise<void> {
  await stage.witness.insert({ table, keyColumns, rows: [values] }, (keys) => {
    stage.write(keys.map(({ key }) => ({ made: 'row', table, key })))
  })
}
