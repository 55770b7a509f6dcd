import { expect, test } from 'vitest'
import { done, mark } from '../../test/support/example-history.ts'
import { overlapOf } from './overlap.ts'

const both = ['ann', 'bob']
const gate = [mark(5, 'gate closed'), mark(90, 'waiting', both), mark(91, 'released', both)]
const levelOf = (events: Parameters<typeof overlapOf>[0]) => overlapOf(events, 1).level

test('a history without a release claims nothing', () => {
  expect(overlapOf([done('ann', 10), done('bob', 11)], 1)).toEqual({ round: 1, level: 0, skewMs: null })
})

test('released together and under way together: level 2, with the skew', () => {
  const events = [mark(12, 'released', both), done('ann', 10), done('bob', 12)]
  expect(overlapOf(events, 4)).toEqual({ round: 4, level: 2, skewMs: 2 })
})

test('one that was over before another began did not overlap it', () => {
  const events = [mark(60, 'released', both), done('ann', 10), done('bob', 60), done('cid', 60)]
  expect(levelOf([...events.slice(0, 1), done('ann', 10, { returnedAt: 60 }), done('bob', 60)])).toBe(0)
})

test('all seen waiting behind the gate: level 3', () => {
  expect(overlapOf([...gate, done('ann', 10), done('bob', 50)], 1)).toEqual({ round: 1, level: 3, skewMs: null })
})

test('all seen waiting for one another as well: level 4', () => {
  expect(levelOf([...gate, mark(90, 'met', both), done('ann', 10), done('bob', 50)])).toBe(4)
})

test('all sessions with transactions recorded as running beside another one: level 4, with a gate or without', () => {
  const events = [mark(12, 'released', both), done('ann', 10), done('bob', 12), mark(200, 'snapshot', both)]
  expect(levelOf(events)).toBe(4)
})

test('if only some sessions met, the level is not 4', () => {
  const events = [...gate, mark(90, 'met', ['ann']), done('ann', 10), done('bob', 50)]
  expect(levelOf(events)).toBe(3)
})

test('if one session was not seen waiting, neither the gate nor the common release counts', () => {
  const events = [mark(5, 'gate closed'), mark(90, 'waiting', ['ann']), mark(91, 'released', both)]
  expect(levelOf([...events, done('ann', 10), done('bob', 50)])).toBe(1)
})

test('a session that had returned before the release took no part', () => {
  expect(levelOf([...gate, done('ann', 10), done('bob', 20, { returnedAt: 40 })])).toBe(0)
})

test('a single session overlaps with no other', () => {
  expect(levelOf([mark(12, 'released', ['ann']), done('ann', 10)])).toBe(0)
})

test('an operation that ended before the release does not count as overlap', () => {
  const earlier = done('ann', 1, { returnedAt: 5 })
  expect(levelOf([earlier, ...gate, done('ann', 10), done('bob', 50)])).toBe(3)
})
