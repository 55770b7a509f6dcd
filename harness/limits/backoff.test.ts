import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { withBackoff } from './backoff.ts'

interface Answer {
  readonly status: number
  readonly retryAfter?: string
}

const turnedAway = ({ status, retryAfter }: Answer) => (status === 429 ? (retryAfter ?? null) : undefined)

/** Sends and gets these answers one after the other. */
function sender(...answers: readonly Answer[]) {
  const left = [...answers]
  const sent: number[] = []
  return {
    sent,
    send: async () => {
      sent.push(Date.now())
      const answer = left.shift()
      if (answer === undefined) throw new Error('sent once too often')
      return answer
    },
  }
}

beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0)
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('a request', () => {
  test('that receives an answer is sent once, for every status', async () => {
    for (const status of [200, 403, 500, 503, 0]) {
      const { send, sent } = sender({ status })
      expect(await withBackoff(send, { retryAfterOf: turnedAway, longestMs: 60_000 })).toEqual({
        answer: { status },
        waits: 0,
      })
      expect(sent).toHaveLength(1)
    }
  })

  test('that is refused for its rate waits for Retry-After, and is sent again', async () => {
    const waits: number[] = []
    const { send, sent } = sender({ status: 429, retryAfter: '1' }, { status: 200 })
    const onWait = (milliseconds: number) => void waits.push(milliseconds)
    const start = performance.now()
    const { answer, waits: count } = await withBackoff(send, { retryAfterOf: turnedAway, longestMs: 60_000, onWait })
    expect([answer.status, count, sent.length]).toEqual([200, 1, 2])
    expect(waits).toEqual([1000])
    expect(performance.now() - start).toBeGreaterThanOrEqual(990)
  })

  test('gives up when it would have to wait too long: the refusal is its answer', async () => {
    const { send, sent } = sender({ status: 429, retryAfter: '61' })
    const result = await withBackoff(send, { retryAfterOf: turnedAway, longestMs: 60_000 })
    expect(result).toEqual({ answer: { status: 429, retryAfter: '61' }, waits: 0 })
    expect(sent).toHaveLength(1)
  })

  test('is not sent again when the run is broken off while it waits', async () => {
    const broken = new AbortController()
    const { send, sent } = sender({ status: 429, retryAfter: '30' })
    const onWait = () => void setTimeout(() => broken.abort(new Error('broken off')), 5)
    const polite = withBackoff(send, { retryAfterOf: turnedAway, longestMs: 60_000, onWait, signal: broken.signal })
    await expect(polite).rejects.toThrow('broken off')
    expect(sent).toHaveLength(1)
  })
})
