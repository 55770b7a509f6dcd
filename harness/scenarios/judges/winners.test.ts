import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { done, refused, unanswered } from '../../../test/support/example-history.ts'
import type { OperationEvent } from '../../model/scenario.ts'
import { isSettled, judgeRace, losingLayers, type Race, won } from './winners.ts'

const one: Race = { winners: { least: 1, most: 1 }, losers: losingLayers }
const oneOrTwo: Race = { ...one, winners: { least: 1, most: 2 } }

const verdictsOf = (contest: Race, events: readonly OperationEvent[]) =>
  judgeRace(contest, events, 1).map(({ judge, verdict }) => `${judge}: ${verdict}`)

describe('the winners', () => {
  test.each([
    ['a success without an answer', done('ann', 1), true],
    ['a success with a row', done('ann', 1, { rows: [{ id: 1 }] }), true],
    ['a success without the row that was asked for', done('ann', 1, { rows: [] }), false],
    ['a function that says no', done('ann', 1, { value: false }), false],
    ['an empty answer of a write that changed a row', done('ann', 1, { changed: 1 }), true],
    ['an empty answer of a write that changed no row', done('ann', 1, { changed: 0 }), false],
    ['an empty answer of a write of which nothing states the effect', done('ann', 1, { changed: null }), false],
    ['a refusal', refused('ann', 1), false],
    ['an unknown outcome', unanswered('ann', 1), false],
  ])('%s', (_, event, expected) => {
    expect(won(event)).toBe(expected)
  })
})

test('one winner and refused losers are held', () => {
  expect(judgeRace(one, [done('ann', 10), refused('bob', 11), refused('cid', 12)], 1)).toEqual([
    { judge: 'one winner', round: 1, verdict: 'held', because: 'ann won, as 1 may.' },
    { judge: 'losers are refused', round: 1, verdict: 'held', because: 'The others were refused by application.' },
  ])
})

test('two winners are a breach that names both', () => {
  const [finding] = judgeRace(one, [done('ann', 10), done('bob', 11), refused('cid', 12)], 1)
  expect(finding?.verdict).toBe('breach')
  expect(finding?.because).toBe(
    'ann and bob all won, and only 1 may. ann began "claim" at 0.010 s, which was answered 204 at 0.110 s; ' +
      'bob began "claim" at 0.011 s, which was answered 204 at 0.111 s.',
  )
})

test('too many winners are a breach also where something is not known', () => {
  expect(verdictsOf(one, [done('ann', 10), done('bob', 11), unanswered('cid', 12)])).toEqual(['one winner: breach'])
})

test('without a winner it stays open whether an operation could win', () => {
  expect(verdictsOf(one, [refused('ann', 10), refused('bob', 11)])).toEqual(['one winner: inconclusive'])
})

test('an unknown outcome may be a second winner', () => {
  expect(verdictsOf(one, [done('ann', 10), unanswered('bob', 11)])).toEqual(['one winner: inconclusive'])
})

test.each([
  ['as many as have to have won', [done('ann', 1), done('bob', 2), unanswered('cid', 3)], true],
  ['fewer have won, and nobody is in doubt', [done('ann', 1), refused('bob', 2), refused('cid', 3)], true],
  ['fewer have won, and somebody is in doubt', [done('ann', 1), unanswered('bob', 2), refused('cid', 3)], false],
  ['nobody has won', [refused('ann', 1), refused('bob', 2)], false],
])('a contest is settled when the outcome is known: %s', (_, events, expected) => {
  expect(isSettled({ ...one, winners: { least: 2, most: 2 } }, events)).toBe(expected)
})

describe('empty answers of writes', () => {
  const wrote = (session: string, changed: number | null) => done(session, 10, { changed })
  const two: Race = { ...one, winners: { least: 2, most: 2 } }

  test.each<[string, Race, readonly OperationEvent[], boolean, string]>([
    ['one changed the row and the others found none', one, [wrote('ann', 1), wrote('bob', 0)], false, 'held'],
    ['two changed the row', one, [wrote('ann', 1), wrote('bob', 1)], false, 'breach'],
    ['two changed the row, and the state shows one effect', one, [wrote('ann', 1), wrote('bob', 1)], true, 'breach'],
    ['none changed the row', one, [wrote('ann', 0), wrote('bob', 0)], false, 'inconclusive'],
    ['nothing states the effect of any', one, [wrote('ann', null), wrote('bob', null)], false, 'inconclusive'],
    ['the state shows one effect of two', one, [wrote('ann', null), wrote('bob', null)], true, 'inconclusive'],
    ['the state shows the effect of the only one', one, [wrote('ann', null), refused('bob', 11)], true, 'held'],
    ['no state shows the effect of the only one', one, [wrote('ann', null), refused('bob', 11)], false, 'inconclusive'],
    ['one more may have won', one, [wrote('ann', 1), wrote('bob', null)], false, 'inconclusive'],
    ['the state shows the effect of both', two, [wrote('ann', 1), wrote('bob', null)], true, 'held'],
    ['the state shows the effect and one is missing', two, [wrote('ann', null), refused('bob', 11)], true, 'lockout'],
    ['another outcome is not known', one, [wrote('ann', null), unanswered('bob', 11)], true, 'inconclusive'],
    ['too many won besides', one, [done('ann', 10), done('bob', 11), wrote('cid', null)], false, 'breach'],
  ])('%s', (_, contest, events, effectIsThere, verdict) => {
    expect(judgeRace(contest, events, 1, effectIsThere)[0]?.verdict).toBe(verdict)
  })

  test('a write that changed no row lost by a filter', () => {
    const verdicts = (losers: Race['losers']) =>
      verdictsOf({ ...one, losers }, [wrote('ann', 1), wrote('bob', 0)]).at(-1)
    expect(verdicts(['filtered'])).toBe('losers are refused: held')
    expect(verdicts(['application'])).toBe('losers are refused: wrong-layer')
  })

  test('the message names the operation and the way out', () => {
    expect(judgeRace(one, [wrote('ann', null), wrote('bob', 0)], 1)[0]?.because).toBe(
      'Whether ann won is not known: ann began "claim" at 0.010 s, which was answered 204 (without saying whether a row ' +
        'changed) at 0.110 s. Add `returning: representation` to the operation, or have the function return a row or a boolean.',
    )
  })

  test.each([
    ['one changed a row, and nothing states the effect of the other', [wrote('ann', 1), wrote('bob', null)], false],
    ['one changed a row, and the other found none', [wrote('ann', 1), wrote('bob', 0)], true],
  ] as const)('settle a contest when the effect of each is stated: %s', (_, events, expected) => {
    expect(isSettled(two, events)).toBe(expected)
  })

  test('however many wrote, a contest with stated effects is held by exactly one change', () => {
    const changes = fc.array(fc.constantFrom(0, 1), { minLength: 2, maxLength: 12 })
    fc.assert(
      fc.property(changes, (list) => {
        const wins = list.filter((changed) => changed === 1).length
        const verdict = wins === 1 ? 'held' : wins === 0 ? 'inconclusive' : 'breach'
        const events = list.map((changed, n) => wrote(`actor ${n}`, changed))
        expect(judgeRace(one, events, 1)[0]?.verdict).toBe(verdict)
      }),
    )
  })
})

test('fewer winners than there have to be are a lockout', () => {
  const two: Race = { ...one, winners: { least: 2, most: 2 } }
  expect(verdictsOf(two, [done('ann', 10), refused('bob', 11)])).toEqual(['as many winners as may be: lockout'])
})

test('between the least and the most, any number may win', () => {
  expect(verdictsOf(oneOrTwo, [done('ann', 10), done('bob', 11)])).toEqual(['as many winners as may be: held'])
})

describe('losers', () => {
  const after = (loser: OperationEvent, losers: Race['losers']) =>
    verdictsOf({ ...one, losers }, [done('ann', 10), loser]).at(-1)

  test.each([
    ['are refused by a layer that is named', refused('bob', 11), ['application'], 'held'],
    ['are not refused by another layer', refused('bob', 11, { denial: 'grant' }), ['application'], 'wrong-layer'],
    ['may find no row any more', done('bob', 11, { rows: [] }), ['filtered'], 'held'],
    ['have to be told so where that is named', done('bob', 11, { rows: [] }), ['application'], 'wrong-layer'],
    [
      'may lose to a deadlock',
      refused('bob', 11, { denial: null, status: 500, code: '40P01' }),
      ['application'],
      'held',
    ],
    [
      'are not refused by a request that works for nobody',
      refused('bob', 11, { denial: null }),
      ['application'],
      'wrong-layer',
    ],
  ] as const)('%s', (_, loser, layers, verdict) => {
    expect(after(loser, layers)).toBe(`losers are refused: ${verdict}`)
  })
})
