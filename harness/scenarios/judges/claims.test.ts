import { describe, expect, test } from 'vitest'
import { done, mark, refused, unanswered } from '../../../test/support/example-history.ts'
import { claimsIn, crashIn } from './claims.ts'

const terms = { by: 'id', leaseMs: 1000 }
const task = { rows: [{ id: 7 }] }
const word = (operation: string) => ({ operation })

describe('claims', () => {
  test('are those that got a task, each valid from the moment of its request', () => {
    const nothing = [done('ann', 10, { rows: [] }), refused('bob', 20), unanswered('cid', 30, task)]
    const found = claimsIn([...nothing, done('dan', 40, task), done('eva', 50, { value: { id: 8 } })], terms)
    expect(found.map(({ event, task: id, validUntil }) => [event.session, id, validUntil])).toEqual([
      ['dan', 7, 1040],
      ['eva', 8, 1050],
    ])
  })

  test('of a function that returns one row are none where it is a row of nulls', () => {
    expect(claimsIn([done('ann', 10, { value: { id: null } })], terms)).toEqual([])
  })

  test('never run out where no lease is stated', () => {
    expect(claimsIn([done('ann', 10, task)], { by: 'id', leaseMs: null })).toMatchObject([{ validUntil: Infinity }])
  })

  test.each([
    ['without a transaction', [], [], true],
    ['in a transaction that was committed', [done('ann', 1, word('begin'))], [done('ann', 400, word('commit'))], true],
    [
      'in a transaction that somebody else committed',
      [done('ann', 1, word('begin'))],
      [done('bob', 400, word('commit'))],
      false,
    ],
    [
      'in a transaction whose commit nobody answered',
      [done('ann', 1, word('begin'))],
      [unanswered('ann', 400, word('commit'))],
      false,
    ],
    ['in a transaction that was left open', [done('ann', 1, word('begin'))], [], false],
    ['after a transaction', [done('ann', 1, word('begin')), done('ann', 2, word('commit'))], [], true],
  ])('%s', (_, before, after, committed) => {
    expect(claimsIn([...before, done('ann', 200, task), ...after], terms)).toMatchObject([{ committed }])
  })
})

describe('a crash', () => {
  test('is of the session that was cut off, with its claim and the next claim of the same task', () => {
    const other = done('bob', 700, { rows: [{ id: 8 }] })
    const history = [done('ann', 10, task), mark(200, 'cut', ['ann']), other, done('bob', 1100, task)]
    expect(crashIn(history, terms)).toMatchObject({
      at: 200,
      session: 'ann',
      claim: { event: { invokedAt: 10 } },
      successor: { event: { session: 'bob', invokedAt: 1100 } },
    })
  })

  test('has no successor if no session got that task', () => {
    expect(
      crashIn([done('ann', 10, task), mark(200, 'cut', ['ann']), refused('bob', 300)], terms)?.successor,
    ).toBeNull()
  })

  test('is null if no session was cut off', () => {
    expect(crashIn([done('ann', 10, task)], terms)).toBeNull()
  })
})
