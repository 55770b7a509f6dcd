import { expect, it } from 'vitest'
import { exampleRun } from '../../test/support/example-records.ts'
import { exampleOperation, exampleRace, exampleScenario } from '../../test/support/example-scenarios.ts'
import { scenarioExplanation } from './explain-scenario.ts'

it('leads from the declaration over the explaining round to the verdict', () => {
  expect(scenarioExplanation(exampleRace(), exampleRun([])).map(({ step, text }) => `${step}: ${text}`)).toEqual([
    'declared: contended by alice (authenticated) and bob (authenticated), through rpc (scenarios/place.scenario.yaml:2:1).',
    'declared: {"contest":{"claim":["alice","bob"]},"expect":{"winners":1}}',
    'rounds: 2 rounds. Overlap: level 3 (in the server at once) in 1 of 2 rounds, level 4 (they met each other) in 1 of 2 rounds; level 3 was asked for. Round 2 decides the verdict.',
    'happened:   0.015 s  outside        the gate closes, locked: course',
    'happened:   0.020 s  alice          begins "claim": POST /rest/v1/rpc/claim_place',
    'happened:   0.030 s  bob            begins "claim": POST /rest/v1/rpc/claim_place',
    'happened:   0.060 s  alice and bob  2 of 2 wait behind the gate',
    'happened:   0.061 s  alice and bob  the gate opens',
    'happened:   0.062 s  outside        the gate is open',
    'happened:   0.090 s  alice          "claim" answered 204',
    'happened:   0.098 s  bob            "claim" answered 204',
    'happened:   0.110 s  outside        afterwards: rows of places is 2, expected 1',
    'judged: one winner: breach. alice and bob all won, and only 1 may. So it was in 1 of 2 rounds.',
    'verdict: breach: alice and bob all won, and only 1 may. So it was in 1 of 2 rounds.',
    'again: npx trespass run --target staging --scenario "one place each" --round 2',
  ])
})

it('states that nothing was run', () => {
  const notRun = exampleScenario({ notRun: 'no secret key', history: null, telling: null, findings: [] })
  expect(scenarioExplanation(notRun, exampleRun([]))).toContainEqual({ step: 'rounds', text: 'None was run.' })
})

it('an explanation leaves out the middle of a long round, and marks the gap', () => {
  const { record } = exampleScenario()
  const probes = Array.from({ length: 100 }, (_, n) => exampleOperation({ invokedAt: n, returnedAt: n + 1 }))
  const links = scenarioExplanation({ record, history: probes }, exampleRun([]))
  expect(links).toContainEqual({ step: 'happened', text: '20 operations between are left out here.' })
})
