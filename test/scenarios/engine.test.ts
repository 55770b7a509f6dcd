import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { scenarioFindings } from '../../harness/cli/terminal/scenarios.ts'
import { execute } from '../../harness/engine/execute.ts'
import { RunRecords } from '../../harness/engine/run-records.ts'
import type { CleanupRecord, RunRecord } from '../../harness/model/record.ts'
import type { HistoryEvent, ScenarioResult } from '../../harness/model/scenario.ts'
import { paths } from '../../harness/paths/registry.ts'
import { openRun } from '../../harness/run/open-run.ts'
import type { Run } from '../../harness/run/run.ts'
import { openTools } from '../../harness/run/tools.ts'
import { recipes } from '../../harness/scenarios/registry.ts'
import { ScenarioRunner } from '../../harness/scenarios/scenario-runner.ts'
import { documented } from '../documented.ts'
import { makeWorkspace } from '../workspace.ts'
import { contest, workspaceWith } from './workspace.ts'

const sixteen = Array.from({ length: 16 }, (_, n) => ['alice', 'bob', 'carol'][n % 3]).join(', ')

const { root, remove } = makeWorkspace(
  workspaceWith({
    right: contest('booked rightly', 'book', ['rounds: 3']),
    blind: contest('booked blindly', 'book_blindly', ['rounds: 2']),
    aside: contest('never at the gate', 'look').replace('winners: 1', 'winners: 3').replace('count: 1', 'count: 0'),
    crowd: contest('a crowd', 'book', ['rounds: 1']).replace('alice, bob, carol', sixteen),
    open: contest('without a gate', 'book', ['rounds: 2']).replace('gate: slot\n', ''),
    nobody: contest('nobody may', 'book', ['rounds: 1']).replace('capacity: 1', 'capacity: 0'),
    recorded: contest('recorded by the schema', 'book_blindly', [
      'rounds: 1',
      'snapshots: { table: public.bookings, where: { slot_id: $slot.id }, transaction: made_by, snapshot: made_in }',
    ]),
    crash: contest('losers crash', 'crash', ['rounds: 1']),
  }),
)

let results: ReadonlyMap<string, ScenarioResult> = new Map()
let cleanup: CleanupRecord | null = null
let fixtures: readonly RunRecord['files'][number][] = []
let closedApart: readonly string[] = []

beforeAll(async () => {
  const run = await openRun({ root, onlyScenarios: ['*'], onProgress: () => undefined })
  const records = new RunRecords()
  await execute({ run, listener: records })
  fixtures = run.files
  closedApart = await closedBy(run)
  cleanup = await run.close('whole')
  expect(records.failures).toEqual([])
  results = new Map(records.scenarios.map((result) => [result.record.id, result]))
}, 120_000)

afterAll(remove)

/** Runs a scenario whose round has a target of its own. @returns the paths whose connections to the run's target it closes. */
async function closedBy({ context, scenarios }: Run): Promise<readonly string[]> {
  const [loaded] = scenarios
  const recipe = recipes.find(({ name }) => name === loaded?.scenario.recipe)
  if (loaded === undefined || recipe === undefined) throw new Error('the workspace has no scenario')
  const spies = paths.flatMap((path) => (path.close === undefined ? [] : [{ path, close: vi.spyOn(path, 'close') }]))
  const tools = await openTools(context)
  // Opening the tools closes what it has tried itself.
  for (const { close } of spies) close.mockClear()
  const runner = new ScenarioRunner(loaded.scenario, recipe, context, tools, () => Promise.resolve([]))
  await runner.run(new AbortController().signal, { only: 1 })
  const closed = spies.filter(({ close }) => close.mock.calls.length > 0).map(({ path }) => path.name)
  await tools.close()
  vi.restoreAllMocks()
  return closed
}

function resultOf(name: string): ScenarioResult {
  const result = results.get(name)
  if (result === undefined) throw new Error(`${name} was not run`)
  return result
}

function releasedIn(history: readonly HistoryEvent[]): readonly (readonly string[])[] {
  return history.flatMap((event) => (event.kind === 'mark' && event.what === 'released' ? [event.sessions] : []))
}

/** Times are zero, and lines of the timeline have no length. */
function withoutTimes(text: string): string {
  return text
    .trimEnd()
    .replaceAll(/\d+\.\d+/g, '0')
    .replaceAll(/ {2,}0 .*$/gm, '  0')
    .replaceAll(/[─# ]{2,}/g, ' ')
}

test('a round on a target of its own leaves the connections of the matrices beside it open', () => {
  expect(closedApart).toEqual([])
})

describe('behind a gate', () => {
  test('a right function has one winner in every round, and all are seen waiting', () => {
    const { record } = resultOf('booked rightly')
    expect(record.because).toMatch(/^3 rounds, each at overlap level 4 or more\. alice won, as 1 may\./)
    expect(record).toMatchObject({ verdict: 'held', rounds: 3, overlap: { asked: 3, reached: 4 } })
  })

  test('the order in which they queue is another one in every round, and the first of it wins', () => {
    const { history } = resultOf('booked rightly')
    expect(releasedIn(history)).toEqual([
      ['alice', 'bob', 'carol'],
      ['bob', 'carol', 'alice'],
      ['carol', 'alice', 'bob'],
    ])
    const winners = history.flatMap((event) =>
      event.kind === 'operation' && event.fate === 'ok' ? [event.session] : [],
    )
    expect(winners).toEqual(['alice', 'bob', 'carol'])
  })

  test('a function that checks before it locks is a breach, with the winners and the state', () => {
    const { record } = resultOf('booked blindly')
    expect(record).toMatchObject({ verdict: 'breach', telling: 1 })
    expect(record.because).toMatch(/^alice, bob and carol all won, and only 1 may\. .+ began "book" at 0\.\d{3} s/)
    expect(record.because).toMatch(/So it was in 2 of 2 rounds\.$/)
    const state = record.findings.find(({ judge }) => judge === 'the state afterwards')
    expect(state?.because).toMatch(/rows of bookings is 3 and has to be 1/)
    expect(record.again).toMatch(/^npx trespass run --workspace \S+ --scenario "booked blindly" --round 1$/)
  })

  test('the breach is printed as the documentation shows it, but for times', () => {
    const look = { color: false, unicode: true, width: 120 }
    const run = { target: { alias: 'sandbox', kind: 'sandbox' }, holes: [] } as const
    const printed = scenarioFindings([resultOf('booked blindly')], run, look)
    expect(withoutTimes(printed)).toBe(withoutTimes(documented('docs/scenarios.md', 'BREACH')))
  })

  test('a session that never waits there has not overlapped, so nothing is proven', () => {
    const { record } = resultOf('never at the gate')
    expect(record).toMatchObject({ verdict: 'inconclusive', overlap: { asked: 3, reached: 0 } })
    expect(record.because).toMatch(/^Overlap of level 3 is asked for, and 5 of 5 rounds did not reach it/)
  })

  test('sixteen at once are all seen waiting', () => {
    const { record, history } = resultOf('a crowd')
    expect(record).toMatchObject({ verdict: 'held', overlap: { reached: 4 } })
    expect(releasedIn(history)[0]).toHaveLength(16)
  })
})

test('without a gate, the claim is that they were released together', () => {
  const { record } = resultOf('without a gate')
  expect(record.overlap.asked).toBe(2)
  expect(record.overlap.rounds.every(({ skewMs }) => skewMs !== null && skewMs < 1000)).toBe(true)
  expect(record.overlap.rounds.every(({ level }) => level <= 2)).toBe(true)
  expect(['held', 'inconclusive']).toContain(record.verdict)
})

test('the snapshots that the schema recorded are read and described', () => {
  const { history } = resultOf('recorded by the schema')
  const told = history.flatMap((event) => (event.kind === 'mark' && event.what === 'snapshot' ? [event.text] : []))
  expect(told).toEqual([expect.stringMatching(/^\d of 3 transactions saw another one running, or were seen$/)])
})

test('without a winner, nothing was contended', () => {
  const { record } = resultOf('nobody may')
  expect(record.verdict).toBe('inconclusive')
  expect(record.because).toMatch(/^No contender won, so nothing was contended\./)
})

test('a crash is no refusal: the outcome of a loser is not known', () => {
  const { record } = resultOf('losers crash')
  expect(record.verdict).toBe('inconclusive')
  expect(record.because).toMatch(
    /^What became of bob and carol is not known: bob began "book" .+ of unknown outcome, with 500 XX000/,
  )
})

test('every round is swept, and the files of scenarios are among those of the run', () => {
  expect(cleanup?.left).toEqual([])
  expect(fixtures.map(({ file }) => file)).toContain('scenarios/right.scenario.yaml')
})
