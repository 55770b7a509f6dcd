import { expect, test } from 'vitest'
import { done, mark, refused, unanswered } from '../../../test/support/example-history.ts'
import type { HistoryEvent } from '../../model/scenario.ts'
import { losingLayers } from './winners.ts'
import { judgeZombie } from './zombie-fenced.ts'

const terms = { by: 'id', leaseMs: 1000, layers: losingLayers }
const task = { rows: [{ id: 7 }] }
const finish = { operation: 'finish' }
const crash = [done('ann', 10, task), mark(200, 'cut', ['ann'])]
const takenOver = [...crash, done('bob', 1100, task)]

test.each<[string, readonly HistoryEvent[], readonly string[]]>([
  ['it is refused', [...takenOver, refused('ann', 1300, finish)], ['held']],
  ['it is told that there was nothing to finish', [...takenOver, done('ann', 1300, { ...finish, rows: [] })], ['held']],
  ['it finishes', [...takenOver, done('ann', 1300, finish)], ['breach']],
  [
    'it finishes at the second attempt',
    [...takenOver, refused('ann', 1300, finish), done('ann', 1500, finish)],
    ['breach'],
  ],
  [
    'it is refused by another layer',
    [...takenOver, refused('ann', 1300, { ...finish, denial: 'hidden' })],
    ['wrong-layer'],
  ],
  ['its finish changes no row', [...takenOver, done('ann', 1300, { ...finish, changed: 0 })], ['held']],
  [
    'nothing states whether its finish changed a row',
    [...takenOver, done('ann', 1300, { ...finish, changed: null })],
    ['inconclusive'],
  ],
  ['nobody knows', [...takenOver, unanswered('ann', 1300, finish)], ['inconclusive']],
  ['it never came back', takenOver, ['inconclusive']],
  ['its successor finishes', [...takenOver, done('bob', 1300, finish), refused('ann', 1500, finish)], ['held']],
  ['nobody had taken over', [...crash, done('ann', 1300, finish)], []],
  ['its claim was never committed', [done('ann', 1, { operation: 'begin' }), ...takenOver], []],
])('%s', (_, events, verdicts) => {
  expect(judgeZombie(terms, events, 1).map(({ verdict }) => verdict)).toEqual(verdicts)
})

test('a breach names the session that held the task by then', () => {
  const [finding] = judgeZombie(terms, [...takenOver, done('ann', 1300, finish)], 1)
  expect(finding?.because).toBe(
    'ann came back and finished task 7, which bob had taken over at 1.200 s, by its claim from 0.010 s, which was over. ' +
      'ann began "finish" at 1.300 s, which was answered 204 at 1.400 s.',
  )
})
