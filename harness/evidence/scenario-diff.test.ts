import { describe, expect, it } from 'vitest'
import { exampleRace, exampleScenario } from '../../test/support/example-scenarios.ts'
import type { ScenarioRecord } from '../model/scenario.ts'
import { type ScenarioChangeKind, scenarioChangeInWords, scenarioChangesBetween } from './scenario-diff.ts'

const held = exampleScenario().record
const breach = exampleRace().record
const lockout: ScenarioRecord = { ...held, verdict: 'lockout', because: 'Nobody may.' }
const wrongLayer: ScenarioRecord = { ...held, verdict: 'wrong-layer' }
const unproven: ScenarioRecord = { ...held, verdict: 'inconclusive' }
const lower: ScenarioRecord = { ...held, overlap: { ...held.overlap, reached: 1 } }
const lasting = (seconds: number): ScenarioRecord => ({ ...held, measured: { 'data-api': seconds } })

describe('the change of a scenario', () => {
  it.each<[string, ScenarioRecord | null, ScenarioRecord | null, ScenarioChangeKind | null]>([
    ['still held', held, held, null],
    ['still not proven', unproven, { ...held, verdict: 'error' }, null],
    ['a race that goes wrong', held, breach, 'opened'],
    ['a race that goes wrong the first time', null, breach, 'opened'],
    ['a race that was mended', breach, held, 'closed'],
    ['nobody may any more', held, lockout, 'closed'],
    ['somebody may again', lockout, held, 'opened'],
    ['refused in another way', held, wrongLayer, 'layer-changed'],
    ['not proven any more', held, unproven, 'became-unproven'],
    ['proven at last', unproven, held, 'became-proven'],
    ['less overlap, with the verdict as it was', held, lower, null],
    ['new', null, held, 'newly-covered'],
    ['gone', held, null, 'no-longer-covered'],
    ['slower', lasting(0.1), lasting(1.2), 'slower'],
    ['about as fast', lasting(0.1), lasting(0.9), null],
    ['faster', lasting(5), lasting(0.1), null],
    ['measured for the first time', held, lasting(9), null],
  ])('%s', (_, older, newer, kind) => {
    const changes = scenarioChangesBetween(older === null ? [] : [older], newer === null ? [] : [newer])
    expect(changes.map((change) => change.kind)).toEqual(kind === null ? [] : [kind])
  })
})

it('a change has a description in one sentence', () => {
  const sentences = [
    ...scenarioChangesBetween([held], [breach]),
    ...scenarioChangesBetween([held], [lockout]),
    ...scenarioChangesBetween([lasting(0)], [lasting(3.5)]),
    ...scenarioChangesBetween([held], []),
  ].map(scenarioChangeInWords)
  expect(sentences).toEqual([
    'it goes wrong now: alice and bob all won, and only 1 may. So it was in 1 of 2 rounds.',
    'what worked is refused now: Nobody may.',
    'it takes longer now: data-api 3.5 s, and 0 s before',
    'it is not run any more; it was held',
  ])
})
