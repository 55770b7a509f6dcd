import { expect, test } from 'vitest'
import { done, mark, read, refused, unanswered } from '../../../test/support/example-history.ts'
import type { HistoryEvent } from '../../model/scenario.ts'
import { effectsRead, judgeDoneOnce } from './done-once.ts'

const terms = { by: 'id', leaseMs: 1000 }
const task = { rows: [{ id: 7 }] }
const finish = { operation: 'finish' }
const takenOver = [done('ann', 10, task), mark(200, 'cut', ['ann']), done('bob', 1100, task)]
const rows = (found: number): HistoryEvent => read(2000, effectsRead, { 'rows of effects': [1, found] })

test.each<[string, readonly HistoryEvent[], readonly string[]]>([
  ['one effect of one finish', [...takenOver, done('bob', 1300, finish), rows(1)], ['held']],
  [
    'one effect of a finish that nobody saw',
    [done('ann', 10, task), unanswered('ann', 120, finish), rows(1)],
    ['held'],
  ],
  ['two effects', [...takenOver, done('ann', 1300, finish), done('bob', 1500, finish), rows(2)], ['breach']],
  ['no effect of a finish', [...takenOver, done('bob', 1300, finish), rows(0)], ['breach']],
  ['no effect of a finish that nobody saw', [...takenOver, unanswered('bob', 1300, finish), rows(0)], ['inconclusive']],
  ['two effects of finishes that nobody saw', [...takenOver, unanswered('bob', 1300, finish), rows(2)], ['breach']],
  ['no effect where nobody finished', [...takenOver, rows(0)], ['inconclusive']],
  ['a successor who cannot finish', [...takenOver, refused('bob', 1300, finish), rows(0)], ['lockout', 'inconclusive']],
  [
    'no effect of a finish that changed no row',
    [...takenOver, done('bob', 1300, { ...finish, changed: 0 }), rows(0)],
    ['inconclusive'],
  ],
  [
    'no effect of a finish of which nothing states what it changed',
    [...takenOver, done('bob', 1300, { ...finish, changed: null }), rows(0)],
    ['inconclusive'],
  ],
  [
    'two effects of finishes of which nothing states what they changed',
    [...takenOver, done('bob', 1300, { ...finish, changed: null }), rows(2)],
    ['breach'],
  ],
  ['a state that nobody read', [...takenOver, done('bob', 1300, finish)], []],
])('%s', (_, events, verdicts) => {
  expect(judgeDoneOnce(terms, events, 1).map(({ verdict }) => verdict)).toEqual(verdicts)
})

test('a breach names every session that finished', () => {
  const events = [done('ann', 100, finish), done('ann', 300, finish), rows(2)]
  expect(judgeDoneOnce(terms, events, 1)[0]?.because).toBe(
    'ann began "finish" at 0.100 s, which was answered 204 at 0.200 s; ' +
      'ann began "finish" at 0.300 s, which was answered 204 at 0.400 s. ' +
      'Read at 2.000 s: rows of effects is 2 and has to be 1.',
  )
})
