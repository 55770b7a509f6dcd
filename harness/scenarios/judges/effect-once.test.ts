import { expect, test } from 'vitest'
import { done, read, refused, unanswered } from '../../../test/support/example-history.ts'
import type { HistoryEvent } from '../../model/scenario.ts'
import { moments } from './deliveries.ts'
import { judgeEffectOnce } from './effect-once.ts'

const balance = (at: number, moment: string, found: number): HistoryEvent => read(at, moment, { balance: [100, found] })
const before = balance(1, moments.before, 0)
const verdictOf = (events: readonly HistoryEvent[]) => judgeEffectOnce(events, 1).map(({ verdict }) => verdict)

test('deliveries that have the effect of one together, and none later, are held', () => {
  const history = [
    before,
    ...[done('ann', 10), done('ann 2', 11), balance(200, moments.together, 100)],
    ...[done('ann', 210), balance(400, moments.again, 100)],
  ]
  expect(judgeEffectOnce(history, 1)).toEqual([
    { judge: 'effect once', round: 1, verdict: 'held', because: '3 deliveries of one event had the effect of one.' },
  ])
})

test('two effects of deliveries at once are a breach that names both', () => {
  const [finding] = judgeEffectOnce(
    [before, done('ann 2', 11), done('ann', 10), balance(200, moments.together, 200)],
    1,
  )
  expect(finding).toMatchObject({ verdict: 'breach', round: 1 })
  expect(finding?.because).toBe(
    'ann and ann 2 delivered one event at once, and all of them were accepted. ' +
      'ann began "claim" at 0.010 s, which was answered 204 at 0.110 s; ' +
      'ann 2 began "claim" at 0.011 s, which was answered 204 at 0.111 s. ' +
      'Read at 0.200 s: balance is 200 and has to be 100.',
  )
})

test('an effect of a later delivery is a breach that names that one', () => {
  const together = [done('ann', 10), refused('ann 2', 11), balance(200, moments.together, 100)]
  const again = [done('bob', 210, { operation: 'altered' }), balance(400, moments.again, 1099)]
  const [finding] = judgeEffectOnce([before, ...together, ...again], 1)
  expect(finding?.verdict).toBe('breach')
  expect(finding?.because).toMatch(/^The event had had its effect.*bob began "altered" at 0.210 s.*1099/)
})

test('an effect is a breach also when the delivery that had it was refused', () => {
  const history = [before, done('ann', 10), refused('ann 2', 11), balance(200, moments.together, 200)]
  expect(verdictOf(history)).toEqual(['breach'])
})

test('the state settles the outcome of a delivery without an answer', () => {
  expect(verdictOf([before, unanswered('ann', 10), balance(200, moments.together, 100)])).toEqual(['held'])
  expect(verdictOf([before, unanswered('ann', 10), balance(200, moments.together, 200)])).toEqual(['breach'])
})

test('where no delivery was accepted and nothing changed, nothing was replayed', () => {
  const history = [before, refused('ann', 10), unanswered('ann 2', 11), balance(200, moments.together, 0)]
  expect(verdictOf(history)).toEqual(['inconclusive'])
})

test('a delivery that was accepted and had no effect is a lockout', () => {
  expect(verdictOf([before, done('ann', 10), balance(200, moments.together, 0)])).toEqual(['lockout'])
})

test('an effect that was there before the first delivery proves nothing', () => {
  const history = [balance(1, moments.before, 100), done('ann', 10), balance(200, moments.together, 100)]
  expect(verdictOf(history)).toEqual(['inconclusive'])
})

test('a different event is not taken for a replay', () => {
  const together = [done('ann', 10), balance(200, moments.together, 100)]
  expect(verdictOf([before, ...together, done('ann', 210), balance(400, moments.different, 105)])).toEqual(['held'])
})

test.each([0, null])('a first delivery that is not known to have changed a row leaves nothing to replay', (changed) => {
  const history = [before, done('ann', 10, { changed }), balance(200, moments.together, 0)]
  expect(verdictOf(history)).toEqual(['inconclusive'])
})
