import type { ScenarioRecord, ScenarioResult } from '../scenarios/model.ts'

/** A scenario for tests: two who accepted one invitation at once, and both got in. */
export function exampleScenario(changes: Partial<ScenarioRecord> = {}): ScenarioResult {
  const record: ScenarioRecord = {
    id: 'an invitation is accepted once',
    recipe: 'contended transition',
    verdict: 'breach',
    because: 'Two sessions accepted one invitation.',
    paths: ['rpc'],
    sessions: [
      { name: 'first', actor: 'bob', actorKind: 'authenticated' },
      { name: 'second', actor: 'carol', actorKind: 'authenticated' },
    ],
    declared: {},
    rounds: 1,
    overlap: { asked: 3, reached: 3, rounds: [{ round: 1, level: 3, skewMs: 1.5 }] },
    findings: [{ judge: 'one winner', round: 1, verdict: 'breach', because: 'Both were told that they had won.' }],
    telling: 1,
    again: 'trespass run --scenario "an invitation is accepted once"',
    invariants: [],
    at: { file: 'scenarios/invitation.scenario.yaml', line: 2, column: 1 },
    startedAt: '2026-03-01T02:00:05.000Z',
    durationMs: 120,
    history: null,
    ...changes,
  }
  return { record, history: [] }
}
