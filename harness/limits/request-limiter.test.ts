import { expect, test } from 'vitest'
import { RequestLimiter } from './request-limiter.ts'

/** Work that ends on a call, with a count of what is under way. */
function works() {
  const ends: (() => void)[] = []
  const work = () => new Promise<void>((resolve) => ends.push(resolve))
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  return {
    work,
    begun: () => ends.length,
    async end(...which: number[]): Promise<void> {
      for (const n of which) ends[n]?.()
      await settled()
    },
    settled,
  }
}

test('no more are under way than are allowed; the others come in their order', async () => {
  const limiter = new RequestLimiter({ start: 2, most: 2 })
  const { work, begun, end, settled } = works()
  const order: number[] = []
  const all = [0, 1, 2, 3].map((n) =>
    limiter.run(() => {
      order.push(n)
      return work()
    }),
  )
  await settled()
  expect(begun()).toBe(2)
  await end(1)
  expect(begun()).toBe(3)
  await end(0, 2)
  expect(begun()).toBe(4)
  await end(3)
  await Promise.all(all)
  expect(order).toEqual([0, 1, 2, 3])
})

test('work that fails makes room', async () => {
  const limiter = new RequestLimiter({ start: 1, most: 1 })
  await expect(limiter.run(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  await expect(limiter.run(() => Promise.resolve('next'))).resolves.toBe('next')
})

test('a target that pushes back gets fewer at once', async () => {
  const limiter = new RequestLimiter({ start: 4, most: 8 })
  const { work, begun, end, settled } = works()
  const all = Array.from({ length: 12 }, () => limiter.run(() => limiter.measure(work, () => true)))
  await settled()
  expect(begun()).toBe(4)
  await end(0, 1, 2, 3)
  // The first refusal halves the pace; those of the others, which were under way, say nothing new.
  expect(begun()).toBe(6)
  for (let n = 4; n < 12; n += 1) await end(n)
  await Promise.all(all)
})
