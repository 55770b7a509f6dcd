import { expect, test } from 'vitest'
import type { Finding, OverlapLevel, RoundOverlap } from '../model/scenario.ts'
import { combined } from './combine.ts'

function finding(round: number, verdict: Finding['verdict'], changes: Partial<Finding> = {}): Finding {
  return { judge: 'one winner', round, verdict, because: `Round ${round} was ${verdict}.`, ...changes }
}
const overlap = (round: number, level: OverlapLevel): RoundOverlap => ({ round, level, skewMs: null })
const shown = [overlap(1, 4), overlap(2, 3)]

test('rounds that all held are held, with the lowest overlap of them', () => {
  const found = [finding(1, 'held', { because: 'ann won.' }), finding(2, 'held', { because: 'bob won.' })]
  expect(combined(found, shown, 3, 2)).toMatchObject({
    verdict: 'held',
    because: '2 rounds, each at overlap level 3 or more. ann won.',
    reached: 3,
  })
})

test('one breach among rounds that held is a breach, with the number of its rounds', () => {
  const { verdict, because, telling } = combined([finding(1, 'held'), finding(2, 'breach')], shown, 3, 2)
  expect({ verdict, because, telling }).toEqual({
    verdict: 'breach',
    because: 'Round 2 was breach. So it was in 1 of 2 rounds.',
    telling: 2,
  })
})

test('the worst comes first, and of those the earliest round', () => {
  const found = [finding(2, 'breach'), finding(1, 'inconclusive'), finding(1, 'breach')]
  expect(combined(found, shown, 3, 2).findings.map(({ round, verdict }) => `${verdict} ${round}`)).toEqual([
    'breach 1',
    'breach 2',
    'inconclusive 1',
  ])
})

test('a round below the required overlap proves nothing', () => {
  const { verdict, because, reached } = combined(
    [finding(1, 'held'), finding(2, 'held')],
    [overlap(1, 4), overlap(2, 1)],
    3,
    2,
  )
  expect({ verdict, reached }).toEqual({ verdict: 'inconclusive', reached: 1 })
  expect(because).toContain('1 of 2 rounds did not reach it: round 2 reached 1.')
})

test('a fault counts at any overlap', () => {
  expect(combined([finding(1, 'breach')], [overlap(1, 0)], 3, 1).verdict).toBe('breach')
})

test('without findings nothing is proven', () => {
  expect(combined([], [overlap(1, 4)], 3, 1)).toMatchObject({ verdict: 'inconclusive', telling: null })
})
