import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { untilAborted } from './until-aborted.ts'

const endless = new Promise<void>(() => {})

test('the wait for a reset that never ends stops when the command is interrupted', async () => {
  const interrupted = new AbortController()
  const waiting = untilAborted(endless, interrupted.signal)
  interrupted.abort()
  await expect(waiting).resolves.toBeUndefined()
})

test('a command that is interrupted already waits for nothing, whether the work ends, fails or does neither', async () => {
  const signal = AbortSignal.abort()
  for (const work of [endless, Promise.resolve(), Promise.reject(new Error('refused'))]) {
    await expect(untilAborted(work, signal)).resolves.toBeUndefined()
  }
})

test('the work ends the wait, with its error, and no listener is left', async () => {
  const { signal } = new AbortController()
  await expect(untilAborted(Promise.resolve(), signal)).resolves.toBeUndefined()
  await expect(untilAborted(Promise.reject(new Error('refused')), signal)).rejects.toThrow('refused')
  expect(getEventListeners(signal, 'abort')).toEqual([])
})
