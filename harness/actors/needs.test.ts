import { expect, test } from 'vitest'
import type { ActorDeclaration, ActorKind } from '../model/matrix.ts'
import type { KeptUser } from './kept-users.ts'
import { signInNeeds, withSignIns } from './needs.ts'
import type { UserPlan } from './user-plan.ts'

const at = { file: 'matrices/actors.yaml', line: 1, column: 1 }
const plan = (
  name: string,
  kind: ActorKind,
  more: Partial<ActorDeclaration> = {},
  sessions: UserPlan['sessions'] = ['aal1'],
): UserPlan => ({ owner: { name, kind, at, ...more }, sessions })

const now = 1_800_000_000_000
/** A session of an hour, received so many minutes ago. */
function session(minutes: number) {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const accessToken = [part({ alg: 'none' }), part({ iat: 0, exp: 3600 }), ''].join('.')
  return { accessToken, refreshToken: 'refresh', since: now - minutes * 60_000 }
}
const kept = (actor: string, sessions: KeptUser['sessions']): [string, KeptUser] => [
  actor,
  { id: actor, email: null, actor, declared: '', schema: null, project: '', metadata: '', sessions },
]

test('users are made and sign in once for every assurance; app_metadata of an anonymous user takes a refresh', () => {
  const plans = [
    plan('alice', 'authenticated'),
    plan('editor', 'authenticated', { appMetadata: { role: 'editor' } }),
    plan('named', 'authenticated', { userMetadata: { name: 'x' } }),
    plan('careful', 'authenticated', {}, ['aal2', 'aal1']),
    plan('guest', 'anonymous-auth'),
    plan('odd guest', 'anonymous-auth', { appMetadata: { vip: true }, userMetadata: { name: 'x' } }),
  ]
  expect(signInNeeds(plans, new Map(), now)).toEqual({
    users: 4,
    kept: 0,
    calls: { 'sign-in': 6, 'anonymous sign-in': 2, 'change of a user': 0, 'second factor': 1 },
  })
})

test('kept users need nothing while their sessions are young, and a refresh each when they are not', () => {
  const plans = [plan('alice', 'authenticated'), plan('bob', 'authenticated'), plan('guest', 'anonymous-auth')]
  const waiting = new Map([
    kept('alice', { aal1: session(29) }),
    kept('bob', { aal1: session(30), aal2: session(45) }),
    kept('guest', { aal1: session(-5) }),
  ])
  expect(signInNeeds(plans, waiting, now)).toEqual({
    users: 0,
    kept: 3,
    calls: { 'sign-in': 3, 'anonymous sign-in': 0, 'change of a user': 0, 'second factor': 0 },
  })
})

test('users that exist already sign in too', () => {
  const needs = withSignIns(signInNeeds([plan('alice', 'authenticated')], new Map(), now), 2)
  expect(needs).toMatchObject({ users: 1, calls: { 'sign-in': 3 } })
})
