import { expect, test } from 'vitest'
import type { ActorDeclaration, Roster } from '../model/matrix.ts'
import { planSessions, victimOf } from './user-plan.ts'

const at = { file: 'matrices/actors.yaml', line: 1, column: 1 }
const actor = (name: string, more: Partial<ActorDeclaration> = {}): ActorDeclaration => ({
  name,
  kind: 'authenticated',
  at,
  ...more,
})
const rosterOf = (...actors: ActorDeclaration[]): Roster => ({ actors, world: [] })

const roster = rosterOf(
  actor('visitor', { kind: 'anon' }),
  actor('alice'),
  actor('bob'),
  actor('careful', { assurance: 'aal2' }),
  actor('careless', { as: 'careful', assurance: 'aal1' }),
  actor('twin', { as: 'careful' }),
  actor('tampered', { as: 'alice', token: 'tampered' }),
)

const summary = (needed?: string[]) => {
  const { users, actors } = planSessions(roster, needed)
  return {
    users: users.map(({ owner, sessions }) => [owner.name, ...sessions]),
    actors: actors.map((plan) => [plan.actor.name, plan.owner, plan.assurance]),
  }
}

test('every user is made once, with the sessions that its borrowers need', () => {
  expect(summary()).toEqual({
    users: [
      ['alice', 'aal1'],
      ['bob', 'aal1'],
      ['careful', 'aal2', 'aal1'],
    ],
    actors: [
      ['visitor', null, 'aal1'],
      ['alice', 'alice', 'aal1'],
      ['bob', 'bob', 'aal1'],
      ['careful', 'careful', 'aal2'],
      ['careless', 'careful', 'aal1'],
      ['twin', 'careful', 'aal2'],
      ['tampered', 'alice', 'aal1'],
    ],
  })
})

test('an actor without a user needs none', () => {
  expect(summary(['visitor'])).toEqual({ users: [], actors: [['visitor', null, 'aal1']] })
})

test('a needed actor brings along the users that it borrows and that its token names', () => {
  const { users, actors } = summary(['tampered'])
  expect(new Set(users.map(([name]) => name))).toEqual(new Set(['alice', 'bob']))
  expect(actors.map(([name]) => name)).toEqual(['alice', 'bob', 'tampered'])
})

test('the victim of a tampered token is never its own user, nor one without a user', () => {
  const tampered = actor('tampered', { as: 'alice', token: 'tampered' })
  const other = rosterOf(actor('visitor', { kind: 'anon' }), tampered, actor('alice'), actor('bob'))
  expect(victimOf(tampered, other)?.name).toBe('bob')
  expect(victimOf(tampered, rosterOf(tampered, actor('alice')))).toBeUndefined()
})
