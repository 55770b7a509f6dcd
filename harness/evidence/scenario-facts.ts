import { groupBy } from '../group.ts'
import type { OperationEvent, OverlapLevel, ScenarioRecord, StateCheck } from '../model/scenario.ts'
import { describeCompletion, formatTime, listed } from '../scenarios/history-text.ts'
import { place } from './cell-facts.ts'
import { historyFile } from './manifest.ts'

const valueLimit = 240

/** One line about a scenario or an operation: its label and its text. */
export interface Line {
  readonly label: string
  readonly text: string
}

/** @returns descriptions of the facts about one scenario, in the order in which a reader needs them. */
export function scenarioFacts(record: ScenarioRecord): Line[] {
  const { recipe, sessions, paths, rounds, measured, telling, again, at, history, notRun } = record
  const found: Line[] = [{ label: 'recipe', text: recipe }]
  if (sessions.length > 0) found.push({ label: 'sessions', text: sessions.map(sessionInWords).join(', ') })
  if (paths.length > 0) found.push({ label: 'paths', text: paths.join(', ') })
  if (notRun === undefined) {
    found.push({ label: 'rounds', text: telling === null ? String(rounds) : `${rounds}, decided by round ${telling}` })
    found.push({ label: 'overlap', text: overlapInWords(record) })
  }
  if (measured !== undefined) {
    const seconds = Object.entries(measured).map(([name, value]) => `${name} ${value} s`)
    found.push({ label: 'measured', text: seconds.join(', ') })
  }
  found.push({ label: 'declared', text: place(at) }, { label: 'repeat', text: again })
  if (history !== null) found.push({ label: 'history', text: historyFile(history) })
  return found
}

function sessionInWords({ name, actor, actorKind }: ScenarioRecord['sessions'][number]): string {
  return name === actor ? `${name} (${actorKind})` : `${name} (${actor}, ${actorKind})`
}

const claims: Readonly<Record<OverlapLevel, string>> = {
  0: 'not shown',
  1: 'the intervals of the clients overlap',
  2: 'released together',
  3: 'in the server at once',
  4: 'they met each other',
}

/** @returns the claim of a level of overlap: `level 3 (in the server at once)`. */
function levelInWords(level: OverlapLevel): string {
  return `level ${level} (${claims[level]})`
}

/** @returns the level that was asked for, the number of rounds that reached it, and the levels of the other rounds. */
export function overlapInWords({ overlap }: Pick<ScenarioRecord, 'overlap'>): string {
  const { asked, rounds } = overlap
  if (rounds.length === 0) return 'no round was judged'
  if (asked === 0 && rounds.every(({ level }) => level === 0)) return 'none was asked for, and none was shown'
  const byLevel = [...groupBy(rounds, ({ level }) => level)].sort(([one], [other]) => one - other)
  const [only] = byLevel
  const all = rounds.length === 1 ? 'the one round' : `all ${rounds.length} rounds`
  const reached =
    byLevel.length === 1 && only !== undefined
      ? `${levelInWords(only[0])} in ${all}`
      : byLevel.map(([level, own]) => `${levelInWords(level)} in ${own.length} of ${rounds.length} rounds`).join(', ')
  const skews = rounds.flatMap(({ skewMs }) => skewMs ?? [])
  const skew = skews.length === 0 ? '' : `; released within ${Math.max(...skews).toFixed(1)} ms`
  if (asked === 0) return `${reached}; none was asked for${skew}`
  const enough = rounds.filter(({ level }) => level >= asked).length
  const short = enough === rounds.length ? '' : `, which ${enough} of ${rounds.length} rounds reached`
  return `${reached}; level ${asked} was asked for${short}${skew}`
}

/** @returns descriptions of the facts about one operation, in the order in which a reader needs them. */
export function operationFacts(event: OperationEvent): Line[] {
  const { session, actor, path, request, body, invokedAt, returnedAt, face, code, message, status, rows, value } = event
  const answer = [status === 0 ? 'none' : String(status), code ?? '', message ?? ''].filter((word) => word !== '')
  const found: Line[] = [
    { label: 'session', text: session === actor ? session : `${session}, of ${actor}` },
    { label: 'path', text: path },
    { label: 'sent', text: `${request}${body === null ? '' : ` ${shortJson(body)}`}` },
    { label: 'began', text: formatTime(invokedAt) },
    { label: 'returned', text: `${formatTime(returnedAt)}, after ${formatTime(returnedAt - invokedAt)}` },
    { label: 'answer', text: answer.join(' ') },
    { label: 'fate', text: describeCompletion(event) },
    { label: 'response pattern', text: face ?? 'none fits' },
  ]
  if (rows !== null) found.push({ label: 'rows', text: rows.length === 0 ? 'none' : shortJson(rows) })
  if (value !== null) found.push({ label: 'value', text: shortJson(value) })
  return found
}

/** A longer value that is as expected is of no use to a reader; the history contains it. */
const worthReading = 80

/** @returns the checks to show: those that failed, and passed ones with short values. */
export function checksToShow(checks: readonly StateCheck[]): readonly StateCheck[] {
  return checks.filter(({ found, holds }) => !holds || JSON.stringify(found).length <= worthReading)
}

/** @returns a description of a check: `members.count is 2, expected 1`. */
export function checkInWords({ name, expected, found, holds }: StateCheck): string {
  const is = `${name} is ${shortJson(found)}`
  return holds ? `${is}, as expected` : `${is}, expected ${shortJson(expected)}`
}

/** @returns a short notation of the numbers: `2, 4 to 7 and 9`. */
export function numbersInWords(numbers: readonly number[]): string {
  const runs: { from: number; to: number }[] = []
  for (const number of numbers.toSorted((one, other) => one - other)) {
    const last = runs.at(-1)
    if (last !== undefined && number === last.to + 1) last.to = number
    else runs.push({ from: number, to: number })
  }
  return listed(
    runs.flatMap(({ from, to }) =>
      to - from > 1 ? [`${from} to ${to}`] : from === to ? [`${from}`] : [`${from}`, `${to}`],
    ),
  )
}

function shortJson(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length <= valueLimit ? text : `${text.slice(0, valueLimit)}… (${text.length} characters)`
}
