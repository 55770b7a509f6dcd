import { expect, test } from 'vitest'
import { done, read, refused, unanswered } from '../../../test/support/example-history.ts'
import { effectIn, judgeState, onlyLacks } from './state.ts'

test('a state of which all is as expected is held', () => {
  const [finding] = judgeState([read(300, 'afterwards', { balance: [1, 1], 'rows of seats': [3, 3] })], 'afterwards', 1)
  expect(finding).toMatchObject({ judge: 'the state afterwards', round: 1, verdict: 'held' })
})

test('a wrong value is named with the expected one, and correct ones are left out', () => {
  const found = { balance: [1, 2], status: ['paid', 'paid'], 'rows of seats': [3, 4] } as const
  const [finding] = judgeState([read(300, 'afterwards', found)], 'afterwards', 1)
  expect(finding?.verdict).toBe('breach')
  expect(finding?.because).toBe(
    'Read at 0.300 s, afterwards: balance is 2 and has to be 1 and rows of seats is 4 and has to be 3.',
  )
})

test('earlier operations are named, and refused or later ones are not', () => {
  const operations = [done('bob', 20), done('ann', 10), refused('cid', 30), done('dan', 40), done('eve', 350)]
  const [finding] = judgeState([...operations, read(300, 'afterwards', { balance: [1, 2] })], 'afterwards', 1)
  expect(finding?.because).toBe(
    'Read at 0.300 s, afterwards: balance is 2 and has to be 1. 3 operations were done before: ' +
      'ann began "claim" at 0.010 s, which was answered 204 at 0.110 s; ' +
      'bob began "claim" at 0.020 s, which was answered 204 at 0.120 s.',
  )
})

test('if the operation that brings it about is not known to have happened, another state proves nothing', () => {
  const history = [unanswered('ann', 10), done('bob', 20), read(300, 'afterwards', { balance: [1, 0] })]
  const [finding] = judgeState(history, 'afterwards', 1, false)
  expect(finding).toMatchObject({
    verdict: 'inconclusive',
    because: 'Read at 0.300 s, afterwards: balance is 0 and has to be 1. What became of ann is not known.',
  })
})

test.each([
  ['fewer rows', { rows: [3, 1] }, true],
  ['more rows', { rows: [3, 4] }, false],
  ['less than a least', { sum: [{ at_least: 3 }, 1] }, true],
  ['more than a most', { sum: [{ at_most: 3 }, 4] }, false],
  ['no rows that could have a value', { each: ['paid', 'no rows'] }, true],
  ['rows with another value', { each: ['paid', 'open'] }, false],
  ['fewer rows, and another value', { rows: [3, 1], each: ['paid', 'open'] }, false],
  ['a row that is right, and fewer rows', { each: ['paid', 'paid'], rows: [3, 1] }, true],
] satisfies [string, Parameters<typeof read>[2], boolean][])('%s: nothing but a lack is %s', (_, found, expected) => {
  expect(onlyLacks(read(300, 'afterwards', found))).toBe(expected)
})

test('a state of another moment is not judged', () => {
  expect(judgeState([read(300, 'before', { balance: [1, 2] })], 'afterwards', 1)).toEqual([])
})

test('without an expectation there is no finding', () => {
  expect(judgeState([read(300, 'afterwards', {})], 'afterwards', 1)).toEqual([])
})

test.each([
  ['there', 1, 1, 0],
  ['same', 1, 1, 1],
  ['same', 1, 0, 0],
  ['wrong', 1, 2, 0],
] as const)('an effect is %s: %i is expected, %i is found, and %i before', (effect, expected, found, first) => {
  const at = (ms: number, moment: string, value: number) => read(ms, moment, { rows: [expected, value] })
  expect(effectIn([at(1, 'before', first), at(2, 'afterwards', found)], 'before', 'afterwards')).toBe(effect)
})

test('an effect is not known where the state was not read before', () => {
  expect(effectIn([read(2, 'afterwards', { rows: [1, 1] })], 'before', 'afterwards')).toBeNull()
})
