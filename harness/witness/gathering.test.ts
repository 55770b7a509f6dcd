import { expect, test } from 'vitest'
import { CallBatch } from './call-batch.ts'

test('calls of one moment go together, and those that come afterwards wait for the next', async () => {
  const gathering = new CallBatch()
  const asked: number[] = []
  let sent: readonly number[] = []
  const over = gathering.over().then(() => {
    sent = asked.splice(0)
  })
  asked.push(1)
  queueMicrotask(() => asked.push(2))
  await over
  expect(sent).toEqual([1, 2])
  const start = performance.now()
  asked.push(3)
  const next = gathering.over()
  setImmediate(() => asked.push(4))
  await next
  expect(asked).toEqual([3, 4])
  // A timer of Node.js may fire a fraction of a millisecond early.
  expect(performance.now() - start).toBeGreaterThan(3)
})
