import { describe, expect, test } from 'vitest'
import { done, mark, refused, unanswered } from '../../../test/support/example-history.ts'
import type { HistoryEvent } from '../../model/scenario.ts'
import { judgeNobodyWaits } from './nobody-kept-waiting.ts'

const one = { rows: [{ id: 7 }] }
const two = { rows: [{ id: 8 }] }
const verdictOf = (events: readonly HistoryEvent[]) => judgeNobodyWaits(events, 1).map(({ verdict }) => verdict)

describe('while the transaction of a worker is open', () => {
  const begun = done('ann', 0, { operation: 'begin' })
  const commit = done('ann', 800, { operation: 'commit' })
  const open = [begun, done('ann', 100, one)]

  test.each<[string, readonly HistoryEvent[], string]>([
    ['another one gets a task at once', [...open, done('bob', 300, two), commit], 'held'],
    [
      'another one is seen waiting',
      [...open, done('bob', 300, { ...two, returnedAt: 950 }), mark(500, 'waiting', ['bob']), commit],
      'breach',
    ],
    [
      'another one is slow and was not seen waiting',
      [...open, done('bob', 300, { ...two, returnedAt: 950 }), commit],
      'inconclusive',
    ],
    ['another one gets nothing', [...open, refused('bob', 300), commit], 'lockout'],
    ['nobody knows what another one got', [...open, unanswered('bob', 300), commit], 'inconclusive'],
    ['the transaction does not end well', [...open, done('bob', 300, two)], 'inconclusive'],
  ])('%s', (_, events, verdict) => {
    expect(verdictOf(events)).toEqual([verdict])
  })
})

describe('while the witness holds a task', () => {
  const closed = mark(50, 'gate closed')
  const opened = mark(700, 'gate opened')
  const nobody = mark(600, 'waiting', [])

  test('every worker gets another one', () => {
    expect(verdictOf([closed, done('ann', 100, one), done('bob', 300, two), nobody, opened])).toEqual(['held'])
  })

  test('a breach names every worker that waited for it', () => {
    const late = { returnedAt: 720 }
    const waiting = mark(600, 'waiting', ['ann', 'bob'])
    const events = [
      closed,
      done('ann', 100, { ...one, ...late }),
      done('bob', 300, { ...two, ...late }),
      waiting,
      opened,
    ]
    const [finding] = judgeNobodyWaits(events, 1)
    expect(finding?.verdict).toBe('breach')
    expect(finding?.because).toBe(
      'ann was kept waiting although another task was free. ann began "claim" at 0.100 s, which was answered 204 at ' +
        '0.720 s, and at 0.600 s the database had it waiting for a claim that was not committed yet. bob had to wait too.',
    )
  })
})
