import type { Mark, OperationEvent, ScenarioRecord, ScenarioResult } from '../../harness/model/scenario.ts'

/** Scenarios for tests: two members claim the last place, and only one of them may. */

export function exampleOperation(changes: Partial<OperationEvent> = {}): OperationEvent {
  const session = changes.session ?? 'alice'
  return {
    kind: 'operation',
    round: 1,
    session,
    actor: session,
    path: 'rpc',
    operation: 'claim',
    request: 'POST /rest/v1/rpc/claim_place',
    body: { course: 7 },
    invokedAt: 20,
    returnedAt: 90,
    fate: 'ok',
    denial: null,
    face: 'done',
    why: null,
    status: 204,
    code: null,
    message: null,
    rows: null,
    value: null,
    ...changes,
  }
}

const exampleRefusal = exampleOperation({
  session: 'bob',
  invokedAt: 30,
  returnedAt: 95,
  fate: 'failed',
  denial: 'application',
  face: 'raised-by-project',
  status: 400,
  code: 'P0001',
  message: 'the course is full',
})

export function exampleMark(what: Mark['what'], at: number, text: string, sessions: readonly string[] = []): Mark {
  return { kind: 'mark', round: 1, at, what, text, sessions }
}

const gate = [
  exampleMark('gate closed', 15, 'locked: course'),
  exampleMark('waiting', 60, '2 of 2 wait behind the gate', ['alice', 'bob']),
  exampleMark('released', 61, 'the gate opens', ['alice', 'bob']),
  exampleMark('gate opened', 62, ''),
]

/** A scenario that held. */
export function exampleScenario(changes: Partial<ScenarioRecord> = {}): ScenarioResult {
  const record: ScenarioRecord = {
    id: 'one place each',
    recipe: 'contended',
    verdict: 'held',
    because: 'alice won, as 1 may.',
    paths: ['rpc'],
    sessions: [
      { name: 'alice', actor: 'alice', actorKind: 'authenticated' },
      { name: 'bob', actor: 'bob', actorKind: 'authenticated' },
    ],
    declared: { contest: { claim: ['alice', 'bob'] }, expect: { winners: 1 } },
    rounds: 1,
    overlap: { asked: 3, reached: 3, rounds: [{ round: 1, level: 3, skewMs: null }] },
    findings: [{ judge: 'one winner', round: 1, verdict: 'held', because: 'alice won, as 1 may.' }],
    telling: 1,
    again: 'npx trespass run --target staging --scenario "one place each" --round 1',
    invariants: ['PLACE-1'],
    at: { file: 'scenarios/place.scenario.yaml', line: 2, column: 1 },
    startedAt: '2026-03-01T02:00:05.000Z',
    durationMs: 210,
    history: 'one-place-each.jsonl',
    ...changes,
  }
  const state = {
    kind: 'state',
    round: 1,
    at: 110,
    moment: 'afterwards',
    checks: [{ name: 'rows of places', expected: 1, found: 1, holds: true }],
  } as const
  const history = [...gate, exampleOperation(), exampleRefusal, state]
  return { record, history: record.history === null ? [] : history }
}

/** The same scenario as a breach: both members get the place in the second of its two rounds. */
export function exampleRace(changes: Partial<ScenarioRecord> = {}): ScenarioResult {
  const because = 'alice and bob all won, and only 1 may. So it was in 1 of 2 rounds.'
  const { record, history } = exampleScenario({
    verdict: 'breach',
    because,
    rounds: 2,
    telling: 2,
    overlap: {
      asked: 3,
      reached: 3,
      rounds: [
        { round: 1, level: 4, skewMs: null },
        { round: 2, level: 3, skewMs: null },
      ],
    },
    findings: [
      { judge: 'one winner', round: 2, verdict: 'breach', because },
      { judge: 'one winner', round: 1, verdict: 'held', because: 'alice won, as 1 may.' },
    ],
    again: 'npx trespass run --target staging --scenario "one place each" --round 2',
    ...changes,
  })
  const state = {
    kind: 'state',
    round: 2,
    at: 110,
    moment: 'afterwards',
    checks: [{ name: 'rows of places', expected: 1, found: 2, holds: false }],
  } as const
  const second = [
    ...gate.map((mark) => ({ ...mark, round: 2 })),
    exampleOperation({ round: 2 }),
    exampleOperation({ round: 2, session: 'bob', invokedAt: 30, returnedAt: 97.5 }),
    state,
  ]
  return { record, history: record.history === null ? [] : [...history, ...second] }
}
