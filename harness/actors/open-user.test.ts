import { expect, test } from 'vitest'
import type { ActorDeclaration, ActorKind } from '../model/matrix.ts'
import { newUserEntry } from './open-user.ts'

const actor = (name: string, kind: ActorKind = 'authenticated'): ActorDeclaration => ({
  name,
  kind,
  at: { file: 'matrices/actors.yaml', line: 1, column: 1 },
})
const entryFor = (name: string, kind?: ActorKind) => newUserEntry(actor(name, kind), '20261121-084512-k3f9', 'x.test')
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('a user has a chosen id and an address that tells run and actor', () => {
  const entry = entryFor('Alice in Acme!')
  if (entry.made !== 'user') throw new Error('not a user')
  expect(entry.id).toMatch(uuid)
  expect(entry.email).toBe(`20261121-084512-k3f9.alice-in-acme.${entry.id.slice(0, 8)}@x.test`)
})

test.each(['Ünïcödé', '日本', 'a'.repeat(200), '-', 'end of a very long name - here'])(
  '%s gives a valid address',
  (name) => {
    const entry = entryFor(name)
    if (entry.made !== 'user') throw new Error('not a user')
    const local = entry.email.replace('@x.test', '')
    expect(local).toMatch(/^[a-z0-9]+(?:[.-][a-z0-9]+)*$/)
    expect(local.length).toBeLessThanOrEqual(64)
  },
)

test('an anonymous user has a mark that no other shard has', () => {
  const [one, other] = [entryFor('guest', 'anonymous-auth'), entryFor('guest', 'anonymous-auth')]
  expect(one).toEqual({ made: 'anonymous-user', mark: expect.stringMatching(/^20261121-084512-k3f9\/[0-9a-f-]{36}$/) })
  expect(one).not.toEqual(other)
})
