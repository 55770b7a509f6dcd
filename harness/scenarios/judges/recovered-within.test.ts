import { expect, test } from 'vitest'
import { done, mark, refused, unanswered } from '../../../test/support/example-history.ts'
import type { HistoryEvent } from '../../model/scenario.ts'
import { judgeRecovery } from './recovered-within.ts'

const terms = { by: 'id', leaseMs: 1000, withinMs: 2000 }
const task = { rows: [{ id: 7 }] }
const crash = [done('ann', 10, task), mark(200, 'cut', ['ann'])]

test.each<[string, readonly HistoryEvent[], readonly string[]]>([
  ['somebody gets it in time', [...crash, refused('bob', 300), done('bob', 2100, task)], ['held']],
  ['somebody had it before', [done('ann', 10, task), done('bob', 90, task), mark(200, 'cut', ['ann'])], ['held']],
  ['somebody gets it too late', [...crash, refused('bob', 300), done('bob', 2101, task)], ['breach']],
  ['somebody may have got it in time', [...crash, unanswered('bob', 300), done('bob', 2101, task)], ['inconclusive']],
  ['nobody gets it', [...crash, refused('bob', 300), refused('bob', 2300)], ['breach']],
  ['somebody gets another one', [...crash, done('bob', 300, { rows: [{ id: 8 }] })], ['breach']],
  ['somebody may have got it', [...crash, refused('bob', 300), unanswered('bob', 900)], ['inconclusive']],
  ['nobody asked', crash, ['inconclusive']],
  ['the crashed worker had no task', [refused('ann', 10), mark(200, 'cut', ['ann'])], []],
  ['nobody crashed', [done('ann', 10, task)], []],
])('%s', (_, events, verdicts) => {
  expect(judgeRecovery(terms, events, 1).map(({ verdict }) => verdict)).toEqual(verdicts)
})

test('a breach names the time of the claim, and the number of later requests', () => {
  const [finding] = judgeRecovery(terms, [...crash, refused('bob', 300), refused('bob', 2300)], 1)
  expect(finding?.because).toBe(
    'ann was cut off at 0.200 s with task 7, which it held by its claim from 0.010 s. No worker got it again: ' +
      'bob asked 2 times until 2.400 s and was refused with 409 PT409 (application) at last. ' +
      'It has to be recovered within 2.000 s.',
  )
})

test('a held recovery states its duration', () => {
  const [finding] = judgeRecovery(terms, [...crash, done('bob', 1100, task)], 1)
  expect(finding?.because).toBe('bob got task 7 1.000 s after ann was cut off; 2.000 s were allowed.')
})
