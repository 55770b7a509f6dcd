import { expect, test } from 'vitest'
import { bodyOf, reasonOf } from './answer-body.ts'

/** An answer without end, which counts what is taken of it. */
function endless(): { readonly response: Response; taken(): number; cancelled(): boolean } {
  let taken = 0
  let cancelled = false
  const body = new ReadableStream({
    pull(controller) {
      taken += 1024
      controller.enqueue(new Uint8Array(1024))
    },
    cancel() {
      cancelled = true
    },
  })
  return { response: new Response(body), taken: () => taken, cancelled: () => cancelled }
}

test('a body is read whole up to its limit', async () => {
  expect(Buffer.from((await bodyOf(new Response('hello'), 5)) ?? []).toString()).toBe('hello')
  expect(await bodyOf(new Response('hello'), 4)).toBeNull()
  expect(await bodyOf(new Response(null))).toHaveLength(0)
})

test('of a body that goes on, no more is taken than the limit', async () => {
  const { response, taken, cancelled } = endless()
  expect(await bodyOf(response, 10 * 1024)).toBeNull()
  expect(taken()).toBeLessThan(20 * 1024)
  expect(cancelled()).toBe(true)
})

test('the reason is the code at any depth of the causes, and never the message', () => {
  const refused = Object.assign(new Error('connect 10.0.0.7:5432'), { code: 'ECONNREFUSED' })
  expect(reasonOf(new TypeError('fetch failed', { cause: refused }))).toBe('ECONNREFUSED')
  expect(reasonOf(new DOMException('too long', 'TimeoutError'))).toBe('timeout')
  expect(reasonOf(new TypeError('fetch failed'))).toBe('no connection')
  expect(reasonOf('thrown')).toBe('no connection')
})
