import { expect, test } from 'vitest'
import { contentsOf, type Notice } from './notices.ts'

const change = { type: 'UPDATE', committed: null, record: { a: 1 }, old: {}, errors: null } as const

test('everything that came in on a channel has a place, but for changes that the actor did not subscribe to', () => {
  const notices: readonly Notice[] = [
    { kind: 'broadcast', event: 'a', payload: { t: 1 }, id: null },
    { kind: 'change', subscription: 1, change: { ...change, record: { id: 'told to end the wait' } } },
    { kind: 'change', subscription: 0, change },
    { kind: 'present', payload: { who: 'x' } },
    { kind: 'system', extension: '', ok: false, message: 'a word' },
    { kind: 'broadcast', event: 'b', payload: null, id: null },
  ]
  expect(contentsOf(notices).map(({ at, text }) => [at, JSON.parse(text)])).toEqual([
    ['broadcasts[0]', { event: 'a', payload: { t: 1 } }],
    ['broadcasts[1]', { event: 'b', payload: null }],
    ['presences[0]', { who: 'x' }],
    ['changes[0]', { record: { a: 1 }, old: {}, errors: [] }],
    ['messages[0]', 'a word'],
  ])
})
