import { expect, test } from 'vitest'
import { sampleKeys } from '../../test/support/sample-keys.ts'
import type { ActorSession, PrivilegedSession } from '../model/session.ts'
import type { Target } from '../model/target.ts'
import { secretsIn, secretsOf } from './secrets.ts'

const privileged: PrivilegedSession = {
  kind: 'privileged',
  url: 'https://blue.supabase.co',
  secretKey: sampleKeys.secret,
}

const hosted = {
  alias: 'staging',
  kind: 'hosted',
  endpoint: { url: 'https://blue.supabase.co', publishableKey: sampleKeys.publishable },
  privileged,
  databaseUrl: 'postgresql://postgres.blue:p%40ss@aws-0-eu-west-1.pooler.supabase.com:5432/postgres',
  databaseCa: null,
  minting: { kind: 'jwk', jwk: { kty: 'EC', kid: 'one', d: 'private', x: 'public' } },
  users: {},
  versions: {},
} satisfies Target

const session: ActorSession = {
  kind: 'actor',
  actor: 'alice',
  actorKind: 'authenticated',
  user: { id: 'an id', email: 'alice@trespass.test' },
  credential: 'intact',
  url: 'https://blue.supabase.co',
  apiKey: sampleKeys.publishable,
  token: 'the token',
}

test('a hosted target has all of its secrets listed once, the longest first', () => {
  const secrets = secretsOf(hosted, [session, { ...session, apiKey: null, token: null }])
  expect(new Set(secrets)).toEqual(
    new Set([
      sampleKeys.publishable,
      sampleKeys.secret,
      'the token',
      'alice@trespass.test',
      'private',
      hosted.databaseUrl,
      'p@ss',
      'p%40ss',
      'aws-0-eu-west-1.pooler.supabase.com',
      'blue.supabase.co',
      'blue',
    ]),
  )
  const lengths = secrets.map((secret) => String(secret).length)
  expect(lengths).toEqual(lengths.toSorted((a, b) => b - a))
  expect(new Set(secrets).size).toBe(secrets.length)
})

test('the way in which a token was broken may be printed', () => {
  const at = { file: 'matrices/actors.yaml', line: 1, column: 1 }
  const actors = [
    { name: 'alice', kind: 'authenticated', at },
    { name: 'late', kind: 'authenticated', token: 'expired', at },
  ] as const
  const late = { ...session, actor: 'late', token: 'another token' }
  expect(secretsOf(hosted, [session, late], actors)).toEqual(
    expect.arrayContaining(['the token', { text: 'another token', kind: 'token: expired' }]),
  )
})

test('the logins of workers are secrets', () => {
  const url = 'postgresql://task_worker.blue:w%40rk@db.green.supabase.co:5432/postgres'
  const secrets = secretsOf({ ...hosted, workers: { task_worker: url } }, [])
  expect(secrets).toEqual(expect.arrayContaining([url, 'w@rk', 'w%40rk', 'db.green.supabase.co', 'green']))
})

test('the shared secret and the ref of a legacy key are secrets', () => {
  const secretKey = sampleKeys.jwt({ role: 'service_role', ref: 'violet' })
  const endpoint = { ...hosted.endpoint, url: 'https://api.example.com' }
  const minting = { kind: 'secret', secret: 'shared' } as const
  const target: Target = { ...hosted, endpoint, privileged: { ...privileged, secretKey }, minting }
  expect(secretsOf(target, [])).toEqual(expect.arrayContaining(['shared', 'violet', secretKey, 'api.example.com']))
})

test('addresses of this machine and the password that every local stack has are none', () => {
  const url = 'http://127.0.0.1:54321'
  const secretKey = sampleKeys.jwt({ role: 'service_role', ref: 'sandbox' })
  const target = {
    ...hosted,
    kind: 'local',
    endpoint: { url, publishableKey: sampleKeys.publishable },
    privileged: { kind: 'privileged', url, secretKey },
    databaseUrl: 'postgresql://postgres:postgres@127.0.0.1:54322/postgres',
    minting: null,
  } satisfies Target
  const secrets = secretsOf(target, [])
  expect(new Set(secrets)).toEqual(new Set([sampleKeys.publishable, secretKey, target.databaseUrl]))
})

test('users that exist already are secrets, and a target may have no more than its address and a key', () => {
  const users = { alice: { email: 'alice@example.com', password: 'a long word' } }
  const target: Target = { ...hosted, privileged: null, databaseUrl: null, minting: null, users }
  expect(new Set(secretsOf(target, []))).toEqual(
    new Set([sampleKeys.publishable, 'alice@example.com', 'a long word', 'blue.supabase.co', 'blue']),
  )
})

test('the variables alone contain the secrets too', () => {
  const variables = {
    TRESPASS_TARGET: 'staging',
    TRESPASS_URL: 'https://blue.supabase.co',
    TRESPASS_SECRET_KEY: sampleKeys.secret,
    TRESPASS_DATABASE_URL: 'postgresql://postgres:pass-word@db.green.supabase.co:5432/postgres',
    TRESPASS_USERS: '{"alice":{"email":"alice@example.com","password":"a long word"}}',
    TRESPASS_SIGNING_JWK: '{"kty":"OKP","crv":"Ed25519","x":"shown","d":"hidden"}',
    TRESPASS_JWT_PRIVATE_KEY: 'no JSON',
  }
  const values = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, { value, from: '.env' }]))
  const secrets = secretsIn({ values })
  expect(secrets).toEqual(
    expect.arrayContaining([
      'blue',
      'blue.supabase.co',
      sampleKeys.secret,
      'pass-word',
      'green',
      'a long word',
      'hidden',
    ]),
  )
  expect(secrets).toEqual(expect.arrayContaining(['alice@example.com', 'no JSON', variables.TRESPASS_DATABASE_URL]))
  for (const shown of ['staging', 'shown', 'OKP', 'Ed25519']) expect(secrets).not.toContain(shown)
})
