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

test('a user has a chosen id and an address that names run and actor', () => {
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
    const local = entry.email?.replace('@x.test', '') ?? ''
    expect(local).toMatch(/^[a-z0-9]+(?:[.-][a-z0-9]+)*$/)
    expect(local.length).toBeLessThanOrEqual(64)
  },
)

test('an anonymous user has a mark that no other shard has', () => {
  const [one, other] = [entryFor('guest', 'anonymous-auth'), entryFor('guest', 'anonymous-auth')]
  expect(one).toEqual({ made: 'anonymous-user', mark: expect.stringMatching(/^20261121-084512-k3f9\/[0-9a-f-]{36}$/) })
  expect(one).not.toEqual(other)
})

test.each([
  ['$actor@corp.test', /^[a-z0-9.-]+@corp\.test$/],
  ['admin+$actor@corp.test', /^admin\+[a-z0-9.-]+@corp\.test$/],
  ['abcdefghijkl$actorabcdefghijkl@Corp.test', /^abcdefghijkl[a-z0-9.-]+abcdefghijkl@Corp\.test$/],
])('the address %s is of a user of this run alone', (email, form) => {
  const owner = { ...actor('a'.repeat(40)), email }
  const entries = [1, 2].map(() => newUserEntry(owner, '20261121-084512-k3f9', 'x.test'))
  const addresses = entries.map((entry) => (entry.made === 'user' ? (entry.email ?? '') : ''))
  for (const address of addresses) {
    expect(address).toMatch(form)
    expect(address).toContain('20261121-084512-k3f9')
    expect(address.lastIndexOf('@')).toBeLessThanOrEqual(64)
  }
  expect(addresses[0]).not.toBe(addresses[1])
})

test('a phone number is one of no country', () => {
  const entry = newUserEntry({ ...actor('ann'), phone: true }, '20261121-084512-k3f9', 'x.test')
  expect(entry).toMatchObject({ made: 'user', phone: expect.stringMatching(/^999\d{12}$/) })
})

test('a user with a phone number alone has no address', () => {
  const entry = newUserEntry({ ...actor('ann'), phone: 'only' }, '20261121-084512-k3f9', 'x.test')
  expect(entry).toEqual({ made: 'user', id: expect.any(String), phone: expect.stringMatching(/^999\d{12}$/) })
})
