import { describe, expect, test } from 'vitest'
import { sampleKeys } from '../../test/support/sample-keys.ts'
import type { Target } from '../model/target.ts'
import { openDatabaseProof, withTiedConnections } from './prove-database.ts'

const direct = (ref: string, user = 'postgres') => `postgresql://${user}:pass@db.${ref}.supabase.co:5432/postgres`
const pooler = (user: string) => `postgresql://${user}:pass@aws-0-eu-west-1.pooler.supabase.com:5432/postgres`
const hidden = (user = 'postgres') => `postgresql://${user}:pass@db.example.com:5432/postgres`
const here = 'postgresql://postgres:pass@127.0.0.1:54322/postgres'

const privileged = { kind: 'privileged', url: 'https://blue.supabase.co', secretKey: sampleKeys.secret } as const
const users = { alice: { email: 'alice@example.com', password: 'pass' } }

/** A target without a secret key and without users. */
const bare: Target = {
  alias: 'staging',
  kind: 'hosted',
  endpoint: { url: 'https://blue.supabase.co', publishableKey: sampleKeys.publishable },
  privileged: null,
  databaseUrl: null,
  databaseCa: null,
  minting: null,
  users: {},
  versions: {},
}
const custom = { ...bare.endpoint, url: 'https://api.example.com' }
const local: Partial<Target> = { kind: 'local', endpoint: { ...bare.endpoint, url: 'http://127.0.0.1:54321' } }

const tied: readonly (readonly [string, Partial<Target>])[] = [
  ['its own name', { databaseUrl: direct('blue') }],
  ['its user at the pooler', { databaseUrl: pooler('postgres.blue') }],
  ['a user that a secret key makes', { endpoint: custom, databaseUrl: hidden(), privileged }],
  ['a session of a user that exists', { endpoint: custom, databaseUrl: hidden(), users }],
  ['a user that a secret key makes, on this machine', { ...local, databaseUrl: here, privileged }],
  ['the run that has started the sandbox', { ...local, kind: 'sandbox', databaseUrl: here }],
]

const untied: readonly (readonly [string, Partial<Target>])[] = [
  ['a custom domain', { endpoint: custom, databaseUrl: direct('blue') }],
  ['a host that names no project', { databaseUrl: hidden() }],
  ['a pooler without a project', { databaseUrl: pooler('postgres') }],
  ['the name of another project', { databaseUrl: direct('green') }],
  ['this machine', { ...local, databaseUrl: here }],
]

describe('a database of a target', () => {
  test.each(tied)('is used when it is tied by %s', (_, changed) => {
    const target = { ...bare, ...changed }
    expect(withTiedConnections(target)).toBe(target)
  })

  test.each(untied)('is not used without a secret key and users beside %s', (_, changed) => {
    expect(withTiedConnections({ ...bare, ...changed })).toMatchObject({ databaseUrl: null, isDatabaseUntied: true })
  })

  test.each(untied)('that proves nothing else is refused before a row is made: %s', async (_, changed) => {
    const proof = openDatabaseProof({ ...bare, ...changed }, { protected_refs: [] })
    const hands = { journal: { append: () => undefined }, run: 'run', emailDomain: 'example.com', actors: [] }
    await expect(proof?.complete([], hands)).rejects.toMatchObject({ code: 'database-not-proven' })
    await proof?.close()
  })
})

test('a worker is used without a database when its name ties it, and is left out with the reason otherwise', () => {
  const workers = {
    task_worker: direct('blue', 'task_worker'),
    mailer: hidden('mailer'),
    other: direct('green', 'other'),
  }
  const target = withTiedConnections({ ...bare, workers })
  expect(target.workers).toEqual({ task_worker: workers.task_worker })
  expect(target.unusableWorkers).toEqual({
    mailer: expect.stringContaining('cannot be tied to the project'),
    other: expect.stringContaining('cannot be tied to the project'),
  })
  expect(target.isDatabaseUntied).toBe(false)
})
