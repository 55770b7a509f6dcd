import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RateLimiter } from './rate-limiter.ts'

let root = ''
const start = 1_800_000_000_000
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trespass-turnstile-'))
  vi.useFakeTimers({ toFake: ['Date'], now: start })
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(root, { recursive: true })
})

const rates = { 'sign-in': { burst: 3, perSecond: 100 }, other: { burst: 1, perSecond: 0.001 } }
const file = () => join(root, '.trespass/limits/staging.json')
const turnstile = () => new RateLimiter(file(), rates)

test('lets as many through at once as the target takes, then one after the other', async () => {
  const waits: number[] = []
  const onWait = (milliseconds: number) => void waits.push(milliseconds)
  const gate = turnstile()
  for (let n = 0; n < 3; n += 1) await gate.waitForTurn('sign-in', { onWait })
  expect(waits).toEqual([])
  await Promise.all([gate.waitForTurn('sign-in', { onWait }), gate.waitForTurn('sign-in', { onWait })])
  expect(waits).toEqual([10, 20])
})

test('knows beforehand how long the last has to wait', () => {
  expect(turnstile().waitFor('sign-in', 3)).toBe(0)
  expect(turnstile().waitFor('sign-in', 5)).toBe(20)
  expect(turnstile().waitFor('other', 2)).toBe(1_000_000)
})

test('the next run counts the calls of this one, and the time that has passed', async () => {
  await turnstile().waitForTurn('sign-in')
  await turnstile().waitForTurn('sign-in')
  expect(turnstile().waitFor('sign-in', 2)).toBe(10)
  vi.setSystemTime(start + 10)
  expect(turnstile().waitFor('sign-in', 2)).toBe(0)
  expect(readdirSync(join(root, '.trespass/limits'))).toEqual(['staging.json'])
})

test('a damaged file means that nothing was asked', async () => {
  await turnstile().waitForTurn('other')
  writeFileSync(file(), '{"other":')
  expect(turnstile().waitFor('other', 1)).toBe(0)
})

test('a waiting call ends when the run is interrupted', async () => {
  const broken = new AbortController()
  await turnstile().waitForTurn('other')
  const waiting = turnstile().waitForTurn('other', { signal: broken.signal })
  broken.abort(new Error('broken off'))
  await expect(waiting).rejects.toThrow('broken off')
})
