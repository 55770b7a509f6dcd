import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Additions, additionQuery } from './additions.ts'

describe('turns', () => {
  async function order(works: readonly (readonly [name: string, signatures: readonly string[], ms: number])[]) {
    const additions = new Additions()
    const log: string[] = []
    await Promise.allSettled(
      works.map(([name, signatures, ms]) =>
        additions.inTurn(signatures, async () => {
          log.push(`${name} begins`)
          await wait(ms)
          log.push(`${name} ends`)
          if (name === 'fails') throw new Error(name)
        }),
      ),
    )
    return log
  }

  it('follow one another where rows could be mistaken', async () => {
    expect(
      await order([
        ['a', ['x'], 10],
        ['b', ['x'], 0],
      ]),
    ).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
  })

  it('go together where they could not', async () => {
    expect(
      (
        await order([
          ['a', ['x'], 10],
          ['b', ['y'], 0],
          ['c', [], 0],
        ])
      ).at(-1),
    ).toBe('a ends')
  })

  it('never wait for each other, and go on after a failure', async () => {
    const log = await order([
      ['fails', ['x', 'y'], 5],
      ['b', ['y', 'x'], 0],
      ['c', ['x', 'x'], 0],
    ])
    expect(log).toEqual(['fails begins', 'fails ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  })
})

it('rows are fresh once', () => {
  const additions = new Additions()
  expect(additions.fresh('q', [{ id: 1 }])).toEqual([{ id: 1 }])
  expect(additions.fresh('q', [{ id: 1 }, { id: 2 }])).toEqual([{ id: 2 }])
  additions.remember('q', [])
  expect(additions.fresh('q', [{ id: 1 }])).toEqual([{ id: 1 }])
  expect(additionQuery('t', { a: 1, b: 2 })).toBe(additionQuery('t', { b: 2, a: 1 }))
})
