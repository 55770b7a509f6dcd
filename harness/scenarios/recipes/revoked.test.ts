import { expect, test } from 'vitest'
import type { Names } from '../names.ts'
import { revoked } from './revoked.ts'

const body = {
  member: 'eve',
  control: 'ann',
  revoke: { remove: 'membership' },
  ends_within: { read: '0s', 'new token': '1min' },
  write: { operation: 'rename', gate: 'project', during: 'deny' },
}

/** @returns the codes of the refusals, and the names that were checked. */
function checked(changes: object) {
  const codes: string[] = []
  const asked: string[] = []
  const ask = (name: string) => asked.push(name)
  const names: Names = {
    operation: ask,
    actor: ask,
    row: ask,
    fixture: ask,
    references: () => undefined,
    path: () => undefined,
    refuse: (_, code) => codes.push(code),
  }
  revoked.check({ ...body, ...changes }, names)
  return { codes, asked }
}

test('a sound scenario has no problems, and its actors, operations and fixtures are looked up', () => {
  expect(checked({})).toEqual({ codes: [], asked: ['eve', 'ann', 'read', 'membership', 'rename', 'project'] })
})

test.each([
  ['same-actor', { control: 'eve' }],
  ['no-probe', { ends_within: {} }],
  ['gate-in-the-way', { write: { ...body.write, gate: ['project', 'membership'] } }],
  ['no-renewal', { revoke: { ban: 'member' }, renews_after: '1s' }],
])('%s is refused', (code, changes) => {
  expect(checked(changes).codes).toEqual([code])
})

test('a user to whom something is done is one of the round', () => {
  expect(revoked.doubles(body)).toEqual([])
  expect(revoked.doubles({ ...body, revoke: { delete_user: 'member' } })).toEqual(['eve'])
})

test('the recipe states its needs of a target', () => {
  expect(revoked.needs(body)).toEqual(['new sessions', 'database'])
  const { write: _, ...unwritten } = body
  expect(revoked.needs({ ...unwritten, token_lasts: '3s', revoke: { ban: 'member' } })).toEqual([
    'new sessions',
    'secret key',
    'signing key',
  ])
})
