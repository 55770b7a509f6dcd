import { expect, test } from 'vitest'
import { done, mark, refused, unanswered } from '../../../test/support/example-history.ts'
import type { HistoryEvent } from '../../model/scenario.ts'
import { judgeClaimRespected } from './claim-respected.ts'

const lease = { by: 'id', leaseMs: 1000 }
const task = { rows: [{ id: 7 }] }
const other = { rows: [{ id: 8 }] }
const cut = mark(150, 'cut', ['ann'])
const begun = done('ann', 1, { operation: 'begin' })

const judged = (events: readonly HistoryEvent[], terms: { by: string; leaseMs: number | null } = lease) => {
  const [finding] = judgeClaimRespected(terms, events, 1)
  return finding
}

test.each<[string, readonly HistoryEvent[], string]>([
  [
    'nobody gets it while it is held',
    [done('ann', 10, task), cut, refused('bob', 200), done('bob', 1050, task)],
    'held',
  ],
  ['somebody gets another task', [done('ann', 10, task), done('bob', 20, other)], 'held'],
  [
    'it is taken over when the claim is over',
    [done('ann', 10, task), cut, refused('bob', 200), done('bob', 911, task)],
    'held',
  ],
  ['the claim was never committed', [begun, done('ann', 10, task), cut, done('bob', 200, task)], 'held'],
  ['it is given away a little early', [done('ann', 10, task), cut, done('bob', 909, task)], 'breach'],
  ['two get it at once', [done('ann', 10, task), done('bob', 11, task)], 'breach'],
  [
    'it comes back although it was done',
    [done('ann', 10, task), done('ann', 120, { operation: 'finish' }), refused('bob', 300), done('bob', 1500, task)],
    'breach',
  ],
  ['nobody asked meanwhile', [done('ann', 10, task), cut, done('bob', 1200, task)], 'inconclusive'],
  ['whoever asked meanwhile was never answered', [done('ann', 10, task), cut, unanswered('bob', 200)], 'inconclusive'],
  ['nobody got a task', [refused('ann', 10), refused('bob', 20)], 'inconclusive'],
  [
    'the answer does not say which task it is',
    [done('ann', 10, { rows: [{ key: 7 }] }), refused('bob', 20)],
    'inconclusive',
  ],
])('%s', (_, events, verdict) => {
  expect(judged(events)?.verdict).toBe(verdict)
})

test('without a lease, a task stays with its first claim', () => {
  const events = [done('ann', 10, task), done('bob', 90_000, task)]
  expect(judged(events, { by: 'id', leaseMs: null })).toMatchObject({ verdict: 'breach' })
})

test('a breach names both claims, and until when the first was valid', () => {
  expect(judged([done('ann', 10, task), cut, done('bob', 300, task)])?.because).toBe(
    "bob claimed task 7 at 0.400 s although ann's claim from 0.010 s was valid until 1.010 s. " +
      'ann began "claim" at 0.010 s, which was answered 204 at 0.110 s; ' +
      'bob began "claim" at 0.300 s, which was answered 204 at 0.400 s.',
  )
})
