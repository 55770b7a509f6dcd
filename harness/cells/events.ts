import { TrespassError } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { AttemptPlan } from '../matrix/plan/plan.ts'
import type { Meanwhile } from '../paths/path.ts'
import type { ReachRow } from './reading.ts'
import { rowKey } from './row-effects.ts'
import type { Stage } from './stage.ts'

/**
 * Does what happens during an attempt, as the witness: it is no act of the caller.
 *
 * @returns the rows that were added, whole.
 * @throws TrespassError when it cannot be done.
 */
export async function happen(
  stage: Stage,
  plan: AttemptPlan,
  events: readonly Meanwhile[],
): Promise<readonly JsonObject[]> {
  const added: JsonObject[] = []
  for (const event of events) {
    if (event.kind === 'add') {
      const keyColumns = stage.context.catalog.relations[event.table]?.primaryKey ?? Object.keys(event.values)
      added.push(...(await insert(stage, event.table, keyColumns, event.values)))
      continue
    }
    const row = stage.reachRow(event.fixture, plan, false)
    if (event.kind === 'change') await stage.witness.restore(rowKey(row), event.set)
    else await remove(stage, row)
    if (event.kind === 'renew') await makeAgain(stage, plan, row)
  }
  return added
}

async function remove(stage: Stage, row: ReachRow): Promise<void> {
  const { left } = await stage.witness.remove([rowKey(row)])
  const [kept] = left
  if (kept !== undefined) throw new TrespassError('not-removed', `${row.name} could not be removed: ${kept.why}`)
}

/** What went along with the row is not made again, so nothing may hang on it. */
async function makeAgain(stage: Stage, plan: AttemptPlan, row: ReachRow): Promise<void> {
  await insert(stage, row.table, Object.keys(row.baseKey), { ...row.values, ...row.baseKey })
  const rows = await Promise.all(
    stage.rowsOf(plan).map(async (made) => ({ name: made.name, now: await stage.witness.read(made) })),
  )
  const gone = rows.filter(({ now }) => now === null).map(({ name }) => name)
  if (gone.length === 0) return
  const message = `${row.name} was removed to be made again, and ${gone.sort().join(', ')} went with it`
  throw new TrespassError('not-renewed', message, { hint: 'Take a fixture to which no other fixture refers.' })
}

function insert(
  stage: Stage,
  table: string,
  keyColumns: readonly string[],
  values: JsonObject,
): Promise<readonly JsonObject[]> {
  return stage.witness.insert({ table, keyColumns, rows: [values] }, (keys) => {
    stage.write(keys.map(({ key }) => ({ made: 'row', table, key })))
  })
}
