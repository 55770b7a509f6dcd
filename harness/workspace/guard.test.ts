import { describe, expect, test } from 'vitest'
import type { TargetSettings } from './environment.ts'
import { refuse, refuseWrites } from './guard.ts'
import { madeUp } from './made-up.ts'

const { jwt } = madeUp
const pooler = (user: string) => `postgresql://${user}:pass@aws-0-eu-west-1.pooler.supabase.com:5432/postgres`
const direct = (ref: string) => `postgresql://postgres:pass@db.${ref}.supabase.co:5432/postgres`
const here = 'postgresql://postgres:postgres@127.0.0.1:54322/postgres'
const worker = (url: string) => ({ workers: { TRESPASS_WORKER_URL_TASK_WORKER: url } })
const config = { targets: { prod: { protected: true }, dev: { kind: 'local' as const } }, protected_refs: ['red'] }
const local = { url: 'http://127.0.0.1:54321', databaseUrl: here }

const refused: readonly (readonly [string, Partial<TargetSettings>, string])[] = [
  ['a protected alias', { alias: 'prod' }, 'target-protected'],
  ['no URL', { url: 'blue' }, 'bad-target-url'],
  ['another protocol', { url: 'ftp://blue.supabase.co' }, 'bad-target-url'],
  ['a database as the URL', { url: direct('blue') }, 'bad-target-url'],
  ['a password in the URL', { url: 'https://me:pass@blue.supabase.co' }, 'bad-target-url'],
  ['http to another host', { url: 'http://blue.supabase.co' }, 'target-not-encrypted'],
  ['http to a name that begins like this machine', { url: 'http://127.0.0.1.example.com' }, 'target-not-encrypted'],
  ['http to every interface', { url: 'http://0.0.0.0:54321' }, 'target-not-encrypted'],
  ['`local` that is not', { alias: 'local' }, 'target-kind-differs'],
  ['kind local that is not', { alias: 'dev' }, 'target-kind-differs'],
  ['a web address as the database', { databaseUrl: 'https://db.blue.supabase.co' }, 'bad-database-url'],
  ['a database without a user', { databaseUrl: 'postgresql://db.blue.supabase.co/postgres' }, 'bad-database-url'],
  ['a database with a broken escape', { databaseUrl: 'postgresql://a:%zz@db.blue.supabase.co' }, 'bad-database-url'],
  ['another host behind ?', { databaseUrl: `${direct('blue')}?host=db.red.supabase.co` }, 'bad-database-url'],
  ['another user behind ?', { databaseUrl: `${pooler('postgres.blue')}?user=postgres.red` }, 'bad-database-url'],
  ['another project behind ?', { databaseUrl: `${direct('blue')}?options=reference%3Dred` }, 'bad-database-url'],
  ['the transaction pooler', { databaseUrl: pooler('postgres.blue').replace(':5432', ':6543') }, 'transaction-pooler'],
  ['a database without TLS', { databaseUrl: `${direct('blue')}?sslmode=disable` }, 'database-not-encrypted'],
  ['a database that nobody verifies', { databaseUrl: `${direct('blue')}?ssl=no-verify` }, 'database-not-encrypted'],
  ['a secret key as publishable', { publishableKey: madeUp.secret }, 'wrong-key-kind'],
  ['a service_role JWT as publishable', { publishableKey: jwt({ role: 'service_role' }) }, 'wrong-key-kind'],
  ['a user token as publishable', { publishableKey: jwt({ role: 'authenticated' }) }, 'wrong-key-kind'],
  ['a publishable key as secret', { secretKey: madeUp.publishable }, 'wrong-key-kind'],
  ['an anon JWT as secret', { secretKey: jwt({ role: 'anon' }) }, 'wrong-key-kind'],
  ['no key as secret', { secretKey: 'letmein' }, 'wrong-key-kind'],
  ['a JWT that is no object', { secretKey: ['e30', 'bnVsbA', 'e30'].join('.') }, 'wrong-key-kind'],
  ['a protected project by URL', { url: 'https://red.supabase.co' }, 'project-protected'],
  ['a protected project by URL with a dot', { url: 'https://RED.supabase.co./' }, 'project-protected'],
  ['a protected project by anon key', { publishableKey: jwt({ role: 'anon', ref: 'red' }) }, 'project-protected'],
  ['a protected project by service key', { secretKey: jwt({ role: 'service_role', ref: 'red' }) }, 'project-protected'],
  ['a protected project by database', { databaseUrl: direct('red') }, 'project-protected'],
  ['a protected project by database in capitals', { databaseUrl: direct('RED') }, 'project-protected'],
  ['a protected project by pooler', { databaseUrl: pooler('postgres.red') }, 'project-protected'],
  ['a protected project by an escaped user', { databaseUrl: pooler('postgres%2Ered') }, 'project-protected'],
  ['a protected project behind a local URL', { ...local, databaseUrl: direct('red') }, 'project-protected'],
  ['an anon key of another project', { publishableKey: jwt({ role: 'anon', ref: 'green' }) }, 'projects-differ'],
  ['a service key of another project', { secretKey: jwt({ role: 'service_role', ref: 'green' }) }, 'projects-differ'],
  ['a database of another project', { databaseUrl: direct('green') }, 'projects-differ'],
  ['a pooler of another project', { databaseUrl: pooler('tester.green') }, 'projects-differ'],
  [
    'two keys that differ behind a custom domain',
    {
      url: 'https://api.example.com',
      publishableKey: jwt({ role: 'anon', ref: 'blue' }),
      secretKey: jwt({ role: 'service_role', ref: 'green' }),
    },
    'projects-differ',
  ],
  ['a worker of another project', worker(pooler('task_worker.green')), 'projects-differ'],
  ['a worker of a protected project', worker(pooler('task_worker.red')), 'project-protected'],
  ['a worker by its name as another role', worker(pooler('postgres.blue')), 'worker-role-differs'],
  ['a worker by its name as the owner', worker(direct('blue')), 'worker-role-differs'],
  [
    'a worker at the transaction pooler',
    worker(pooler('task_worker.blue').replace(':5432', ':6543')),
    'transaction-pooler',
  ],
  ['a worker without TLS', worker(`${pooler('task_worker.blue')}?sslmode=disable`), 'database-not-encrypted'],
  ['a worker without a database', worker('task_worker'), 'bad-database-url'],
  ['a local URL and a hosted worker', { ...local, ...worker(pooler('task_worker.blue')) }, 'projects-differ'],
  ['a local URL and a hosted database', { ...local, databaseUrl: direct('blue') }, 'projects-differ'],
  [
    'a local URL and a hosted key',
    { ...local, secretKey: jwt({ role: 'service_role', ref: 'blue' }) },
    'projects-differ',
  ],
]

const allowed: readonly (readonly [string, Partial<TargetSettings>])[] = [
  ['a hosted project', {}],
  ['a worker through the pooler', worker(pooler('task_worker.blue'))],
  ['a worker at the database', worker(direct('blue').replace('postgres:', 'task_worker:'))],
  ['a hosted project through the pooler', { databaseUrl: pooler('postgres.blue') }],
  [
    'a hosted project by its legacy keys',
    {
      publishableKey: jwt({ role: 'anon', ref: 'blue' }),
      secretKey: jwt({ role: 'service_role', ref: 'blue' }),
    },
  ],
  ['a hosted project without a secret key and a database', { secretKey: null, databaseUrl: null }],
  ['a database that asks for TLS', { databaseUrl: `${direct('blue')}?sslmode=require` }],
  ['a local database without TLS', { ...local, databaseUrl: `${here}?sslmode=disable` }],
  ['a custom domain', { url: 'https://api.example.com' }],
  ['a local stack', { ...local, alias: 'local' }],
  ['a local stack by its name', { ...local, url: 'http://localhost:54321' }],
  ['a local stack over IPv6', { ...local, url: 'http://[::1]:54321' }],
  ['the demo keys of the CLI', { ...local, publishableKey: jwt({ role: 'anon', iss: 'supabase-demo' }) }],
]

describe('refuse', () => {
  test.each(refused)('refuses %s', (_, changed, code) => {
    expect(refuse(madeUp.settings(changed), config)?.code).toBe(code)
  })

  test.each(allowed)('allows %s', (_, changed) => {
    expect(refuse(madeUp.settings(changed), config)).toBeNull()
  })

  test('reads nothing into an alias that objects have by nature', () => {
    expect(refuse(madeUp.settings({ alias: 'constructor' }), config)).toBeNull()
  })

  test.each(refused)('shows no key, ref or host: %s', (_, changed) => {
    const settings = madeUp.settings(changed)
    const refusal = refuse(settings, config)
    const said = `${refusal?.message} ${refusal?.hint}`
    for (const secret of [settings.publishableKey, settings.secretKey, settings.databaseUrl, 'pass@']) {
      expect(said).not.toContain(secret ?? 'pass@')
    }
    expect(said).not.toMatch(/\b(?:red|blue|green)\b|example\.com|pooler\.supabase/i)
  })

  test('says which variables do not fit together', () => {
    expect(refuse(madeUp.settings({ databaseUrl: direct('green') }), config)?.message).toBe(
      'TRESPASS_URL and TRESPASS_DATABASE_URL of the target staging belong to different projects',
    )
  })
})

describe('writing', () => {
  const code = (changed: Partial<TargetSettings>, targets = {}) =>
    refuseWrites(madeUp.settings(changed), { targets })?.code

  test('to a hosted target has to be allowed, in the configuration or by name', () => {
    expect(code({})).toBe('writes-not-allowed')
    expect(code({}, { production: {} })).toBe('writes-not-allowed')
    expect(code({}, { staging: {} })).toBeUndefined()
    expect(code({ allowWrites: 'staging' })).toBeUndefined()
  })

  test('is refused when another target is allowed, whatever the configuration says', () => {
    expect(code({ allowWrites: 'production' }, { staging: {} })).toBe('writes-not-allowed')
    expect(code({ allowWrites: '1' }, { staging: {} })).toBe('writes-not-allowed')
  })

  test('on this machine needs no word', () => {
    expect(code({ ...local, alias: 'local' })).toBeUndefined()
    expect(code({ ...local, allowWrites: 'staging' })).toBeUndefined()
  })
})
