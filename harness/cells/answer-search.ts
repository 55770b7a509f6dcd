import type { CellPlan } from '../matrix/plan/plan.ts'
import type { ActorSession } from '../model/session.ts'
import { type Expectation, isProvenBySilence, isUndecided } from '../model/verdict.ts'
import type { Attempted, ReadyAttempt } from './attempt.ts'
import { withoutForeignRows } from './foreign-rows.ts'
import { hiddenRows } from './hidden-rows.ts'
import type { PlacedFixtures } from './placed-fixtures.ts'
import { hasColumnOf } from './reading.ts'
import { recordableReading } from './recordable.ts'
import type { HiddenRows, RunRow } from './run-rows.ts'
import { unexplainedRows } from './unexplained-rows.ts'

/** Places that a record names at most: enough to find the leak. */
const mostSightings = 20

/** The user of a caller; null for a caller without one. */
type User = ActorSession['user']

/** Searches everything that came back in an attempt of a cell for values that the actor may not be shown there. */
export function searched(
  placed: PlacedFixtures,
  cell: CellPlan,
  ready: ReadyAttempt,
  attempted: Attempted,
  user: User,
): Attempted {
  const hides = hiddenRows(placed, cell, ready, user?.id ?? null)
  const hidden = hides !== null && isUndecided(cell.expected) ? withoutSeen(hides, attempted) : hides
  const sent = sentBy(ready, attempted, user)
  const sightings =
    hidden === null ? [] : placed.recogniser.sightingsIn(attempted.answer, hidden, sent).slice(0, mostSightings)
  const counted = withUnexplained(placed, cell, ready, attempted, { hidden, sent, user })
  const recordable = withoutOthersValues(placed, ready, counted, user, cell.expected)
  return sightings.length === 0 ? recordable : { ...recordable, sightings }
}

/** Rows that came back are reported as such: their values show no other row. */
function withoutSeen(hidden: HiddenRows, { reading }: Attempted): HiddenRows {
  const seen = new Set(reading?.seen ?? [])
  const get = (row: RunRow): string | undefined => {
    const label = hidden.get(row)
    return label === undefined || seen.has(label) ? undefined : label
  }
  return { get, has: (row) => get(row) !== undefined }
}

const noneHidden: HiddenRows = new Map()

interface RequestingUser {
  readonly hidden: HiddenRows | null
  readonly sent: string
  readonly user: User
}

/** Counts the rows of a read that is denied or undecided and that may be rows of others under columns of their own. */
function withUnexplained(
  placed: PlacedFixtures,
  { expected, operation }: CellPlan,
  { plan, footprint, reach }: ReadyAttempt,
  attempted: Attempted,
  { hidden, sent, user }: RequestingUser,
): Attempted {
  const { answer, reading } = attempted
  if (!isProvenBySilence(expected) || reading === undefined || operation.others === 'allow') return attempted
  if (footprint.reads === null || footprint.bounded || footprint.aggregates !== undefined) return attempted
  const around = placed.surroundings(plan, reach, [], user?.id ?? null)
  const request = sent.toLowerCase()
  const names = [user?.id, user?.email, user?.phone].flatMap((name) => (name == null ? [] : [name.toLowerCase()]))
  const unexplained = unexplainedRows(answer, {
    isOwn: (text) =>
      names.some((name) => text.toLowerCase().includes(name)) || placed.recogniser.isShown(text, hidden ?? noneHidden),
    isKnown: (text) => request.includes(text.toLowerCase()),
    isOfResource: (row) => hasColumnOf(row, reach, around),
  })
  return unexplained === 0 ? attempted : { ...attempted, reading: { ...reading, unexplained } }
}

/** Leaves no value of another person in what is recorded of an attempt. The answer itself stays as it came. */
export function withoutOthersValues(
  placed: PlacedFixtures,
  ready: ReadyAttempt,
  attempted: Attempted,
  user: User,
  expected: Expectation | null,
): Attempted {
  const { answer, reading } = attempted
  const { message } = answer
  const isColumn = (name: string) =>
    placed.columnNames.has(name) || (/^\w{1,63}$/.test(name) && placed.recogniser.spansIn(name).length === 0)
  const words = message === null ? null : withoutForeignRows(message, placed.recogniser, sentBy(ready, attempted, user))
  return {
    ...attempted,
    ...(words === null || words === message ? {} : { words }),
    ...(reading === undefined ? {} : { reading: recordableReading(reading, expected, isColumn) }),
  }
}

/** Everything that the caller knows because it sent it, or because it is the caller's own. */
function sentBy({ body, reach }: ReadyAttempt, { headers = {}, answer: { request } }: Attempted, user: User): string {
  const keys = reach.map(({ key, baseKey }) => [key, baseKey])
  const { path, body: sent } = request
  return JSON.stringify([body, sent, headers, path, decoded(path), keys, user])
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
