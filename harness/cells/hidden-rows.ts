import type { CellPlan } from '../matrix/plan/plan.ts'
import { writtenValues } from '../matrix/read-operations.ts'
import { referencesIn } from '../model/references.ts'
import type { ReadyAttempt } from './attempt.ts'
import type { PlacedFixtures } from './placed-fixtures.ts'
import { namesUser } from './reading.ts'
import { type HiddenRows, labelOf, type RunRow, relationOf } from './run-rows.ts'

/**
 * Decides which rows of the run an actor may not be shown in one attempt of a cell. A cell is about the fixtures that it names:
 * those outside its reach are left to other cells.
 *
 * @param user the id of the caller's user.
 * @returns null where none may be hidden. A row is decided about when an answer holds something of it.
 */
export function hiddenRows(
  placed: PlacedFixtures,
  cell: CellPlan,
  ready: ReadyAttempt,
  user: string | null,
): HiddenRows | null {
  const hides = rule(placed, cell, ready, user)
  if (hides === null) return null
  // Whether a change of another cell's copy may be received depends on that change.
  const { listens } = ready.footprint
  const reads = ready.footprint.reads !== null && listens !== true
  const tables = new Set(ready.reach.filter(({ embedded }) => !embedded).map(({ table }) => table))
  const get = (row: RunRow): string | undefined => {
    const relation = relationOf(row, ready.plan, placed.userOf)
    const foreign = relation === 'foreign'
    const hidden = foreign
      ? reads && cell.operation.others !== 'allow' && tables.has(row.table) && !namesUser(row.row, user)
      : hides(row, tables) && (listens !== true || relation === 'given')
    return hidden ? labelOf(row, relation) : undefined
  }
  return { get, has: (row) => get(row) !== undefined }
}

type Rule = (row: RunRow, tables: ReadonlySet<string>) => boolean

function rule(
  placed: PlacedFixtures,
  { expected, actor }: CellPlan,
  { footprint, reach, plan }: ReadyAttempt,
  user: string | null,
): Rule | null {
  const inReach = new Set(reach.map(({ name }) => name))
  if (expected.decision === 'allow') {
    const { exactly } = expected
    if (exactly === undefined) return null
    return ({ fixture, set, table }, tables) =>
      !exactly.includes(fixture) && (inReach.has(fixture) || (set !== null && tables.has(table)))
  }
  const referenced = referencesIn(writtenValues(plan.operation.declaration)).map(({ name }) => name)
  const named = inReach.size > 0 ? inReach : new Set([...referenced, ...(footprint.about ?? [])])
  if (footprint.reads !== null) return ({ fixture }) => named.has(fixture)
  // A message is about the events during the attempt.
  const meanwhile = new Set((footprint.meanwhile ?? []).map(({ fixture }) => fixture))
  // A denied change does not deny reading the row.
  const readable = placed.readable.get(actor.name)
  return ({ fixture, row }) => {
    const isNamed = named.has(fixture) || (meanwhile.has(fixture) && !namesUser(row, user))
    return isNamed && readable?.has(fixture) !== true
  }
}
