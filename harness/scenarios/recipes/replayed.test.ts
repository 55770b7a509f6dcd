import { describe, expect, test } from 'vitest'
import { done, read, refused } from '../../../test/support/example-history.ts'
import type { JsonObject } from '../../json.ts'
import { moments } from '../judges/deliveries.ts'
import type { Names } from '../names.ts'
import { replayed } from './replayed.ts'

const deliver = {
  together: { receive: ['gateway', 'gateway'], enter: ['worker'] },
  again: { receive: ['gateway'], altered: ['gateway'] },
  different: { another: ['gateway'] },
}
const effect = { account: { balance: 100 } }
const expected = { answers: { altered: 'deny(application)' }, effect, different: { account: { balance: 105 } } }
const body: JsonObject = { deliver, gate: 'account', expect: expected }

function problemsOf(changes: JsonObject) {
  const problems: string[] = []
  const known = () => undefined
  const names: Names = {
    ...{ operation: known, actor: known, row: known, fixture: known, path: known, references: known },
    refuse: (path, code) => problems.push(`${code} ${path.join('.')}`),
  }
  replayed.check({ ...body, ...changes }, names)
  return problems
}

test('sessions are numbered in each step, so that a session delivers again in a later step', () => {
  expect(replayed.participants(body).map(({ session }) => session)).toEqual(['gateway', 'gateway 2', 'worker'])
})

test.each([
  ['behind a gate all have to be seen waiting', body, 3],
  ['without one they are released together', { deliver, expect: expected }, 2],
])('%s', (_, declared, level) => {
  expect(replayed.overlap(declared)).toBe(level)
})

describe('the declaration of a replayed scenario', () => {
  test('has no problems where all of it fits', () => {
    expect(problemsOf({})).toEqual([])
  })

  test.each([
    [
      'needs two deliveries at once',
      { deliver: { ...deliver, together: { receive: ['gateway'] } } },
      'no-contest deliver.together',
    ],
    ['needs a different event', { deliver: { ...deliver, different: {} } }, 'no-control deliver.different'],
    [
      'takes no replay for a different event',
      { deliver: { ...deliver, different: { altered: ['gateway'] } } },
      'same-event deliver.different.altered',
    ],
    [
      'expects no answer of what is not replayed',
      { expect: { ...expected, answers: { another: 'accepted' } } },
      'not-delivered expect.answers.another',
    ],
    ['has to expect an effect', { expect: { ...expected, effect: {} } }, 'no-state expect.effect'],
  ])('%s', (_, changes, problem) => {
    expect(problemsOf(changes)).toEqual([problem])
  })
})

test('a round is judged by its effect, its answers and its control', () => {
  const history = [
    read(1, moments.before, { balance: [100, 0] }),
    ...[done('gateway', 10, { operation: 'receive' }), read(200, moments.together, { balance: [100, 100] })],
    ...[refused('gateway', 210, { operation: 'altered' }), read(400, moments.again, { balance: [100, 100] })],
    ...[done('gateway', 410, { operation: 'another' }), read(600, moments.different, { balance: [105, 105] })],
  ]
  expect(replayed.judge(body, history, 1).map(({ judge, verdict }) => `${judge}: ${verdict}`)).toEqual([
    'effect once: held',
    'answers to replays: held',
    'a different event: held',
  ])
})
