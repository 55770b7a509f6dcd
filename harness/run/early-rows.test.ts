import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../json.ts'
import type { ActorDeclaration, RowDeclaration } from '../model/matrix.ts'
import { earlyRows, rowsBeforeUsers } from './early-rows.ts'

const at = { file: 'matrices/actors.yaml', line: 1, column: 1 }
const row = (name: string, values: JsonObject, found?: true): RowDeclaration => ({
  ...{ name, table: 'public.invites', values, at },
  ...(found === undefined ? {} : { found }),
})
const actor = (name: string, more: Partial<ActorDeclaration> = {}): ActorDeclaration => ({
  ...{ name, kind: 'authenticated', at },
  ...more,
})
const names = (rows: readonly RowDeclaration[]) => rows.map(({ name }) => name)
const hasContacts = (name: string) => ['alice', 'ben'].includes(name)

describe('the rows that a sign-up may ask for', () => {
  it.each<[string, RowDeclaration]>([
    ['names an address', row('invite', { email: '$alice.email' })],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference of a matrix
    ['names an address inside a text', row('invite', { note: 'for ${ben.email}, once' })],
    ['names a number', row('invite', { phone: '$ben.phone' })],
    ['names addresses inside a list', row('invite', { emails: ['$alice.email', '$ben.email'] })],
    ['names no user', row('domain', { domain: 'corp.test', code: '$unique', run: '$run', day: '$date' })],
  ])('hold a row that %s', (_, one) => {
    expect(names(rowsBeforeUsers([one], hasContacts))).toEqual([one.name])
  })

  it.each<[string, RowDeclaration]>([
    ['names the id of a user', row('invite', { email: '$alice.email', by: '$ben.id' })],
    ['names the id of a user inside JSON', row('invite', { data: { by: ['$ben.id'] } })],
    ['is found, since a sign-up may make it', row('profile', { email: '$alice.email' }, true)],
    ['names a user without an address', row('invite', { email: '$visitor.email' })],
  ])('hold no row that %s', (_, one) => {
    expect(rowsBeforeUsers([one], hasContacts)).toEqual([])
  })

  it('hold what they refer to, and no row that refers to another one', () => {
    const world = [
      row('acme', { name: 'Acme' }),
      row('owned', { owner: '$alice.id' }),
      row('invite', { org: '$acme.id', email: '$ben.email' }),
      row('second', { org: '$owned.id', email: '$ben.email' }),
      row('third', { above: '$invite.id' }),
    ]
    expect(names(rowsBeforeUsers(world, hasContacts))).toEqual(['acme', 'invite', 'third'])
  })
})

describe('making them', () => {
  const roster = {
    actors: [actor('alice'), actor('twin', { as: 'alice' }), actor('old'), actor('visitor', { kind: 'anon' })],
    world: [
      row('invite', { email: '$twin.email' }),
      row('for old', { email: '$old.email' }),
      row('sent', { email: '$alice.email' }),
    ],
  }
  const target = { users: { old: { email: 'old@x.test', password: 'p' } } }
  const contacts = new Map([['alice', { email: 'alice@x.test', phone: null }]])

  it('gives each the address of the user that its actor has, made or to be made', async () => {
    const seen: (JsonObject | undefined)[] = []
    const early = earlyRows({ roster, target, unmade: { sent: 'no table' } }, async (rows, scope) => {
      expect(names(rows)).toEqual(['invite', 'for old'])
      seen.push(...['alice', 'twin', 'old', 'visitor'].map(scope))
      return rows.map(({ name, table, values }) => ({ name, table, key: { id: name }, values, row: values }))
    })
    await early.beforeRefused?.(contacts)
    const alice = { email: 'alice@x.test', phone: null }
    expect(seen).toEqual([alice, alice, { email: 'old@x.test', phone: null }, undefined])

    const changed = { id: 'invite', used: true }
    const after = await early.afterSignUps({
      read: async ({ key }) => (key.id === 'invite' ? changed : null),
    })
    expect(after.rows.map(({ name, row: now }) => [name, now])).toEqual([['invite', changed]])
    expect(after.gone).toEqual({ 'for old': 'a sign-up has removed it' })
  })

  it('is not offered where no row can be made before the users', () => {
    const world = [row('invite', { email: '$alice.email', by: '$alice.id' })]
    const early = earlyRows({ roster: { ...roster, world }, target, unmade: undefined }, () => Promise.resolve([]))
    expect(early.beforeRefused).toBeNull()
  })
})
