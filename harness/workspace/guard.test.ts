import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sampleKeys } from '../../test/support/sample-keys.ts'
import type { TargetSettings } from './environment.ts'
import { refuse, refuseAnsweringTarget, refuseMoved, refuseUnverified, refuseWrites } from './guard.ts'
import { identifyingValues, publishedKeyDigests, targetDigest } from './target-values.ts'

const { jwt } = sampleKeys
const pooler = (user: string) => `postgresql://${user}:pass@aws-0-eu-west-1.pooler.supabase.com:5432/postgres`
const direct = (ref: string) => `postgresql://postgres:pass@db.${ref}.supabase.co:5432/postgres`
const here = 'postgresql://postgres:postgres@127.0.0.1:54322/postgres'
const worker = (url: string) => ({ workers: { TRESPASS_WORKER_URL_TASK_WORKER: url } })
const config = { targets: { prod: { protected: true }, dev: { kind: 'local' as const } }, protected_refs: ['red'] }
const signing = { kty: 'EC', crv: 'P-256', kid: 'one', x: 'public-x', y: 'public-y', d: 'private' }
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
  ['a path behind the backend', { httpUrl: 'http://127.0.0.1:3000/api' }, 'bad-http-url'],
  ['no address of a backend', { httpUrl: 'backend' }, 'bad-http-url'],
  ['http to a backend elsewhere', { httpUrl: 'http://app.example.com' }, 'target-not-encrypted'],
  ['the backend of a protected project', { httpUrl: 'https://red-app.example.com' }, 'project-protected'],
  ['a secret key as publishable', { publishableKey: sampleKeys.secret }, 'wrong-key-kind'],
  ['a service_role JWT as publishable', { publishableKey: jwt({ role: 'service_role' }) }, 'wrong-key-kind'],
  ['a user token as publishable', { publishableKey: jwt({ role: 'authenticated' }) }, 'wrong-key-kind'],
  ['a publishable key as secret', { secretKey: sampleKeys.publishable }, 'wrong-key-kind'],
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
    expect(refuse(sampleKeys.settings(changed), config)?.code).toBe(code)
  })

  test.each(allowed)('allows %s', (_, changed) => {
    expect(refuse(sampleKeys.settings(changed), config)).toBeNull()
  })

  test('reads nothing into an alias that objects have by nature', () => {
    expect(refuse(sampleKeys.settings({ alias: 'constructor' }), config)).toBeNull()
  })

  test.each(refused)('shows no key, ref or host: %s', (_, changed) => {
    const settings = sampleKeys.settings(changed)
    const refusal = refuse(settings, config)
    const said = `${refusal?.message} ${refusal?.hint}`
    for (const secret of [settings.publishableKey, settings.secretKey, settings.databaseUrl, 'pass@']) {
      expect(said).not.toContain(secret ?? 'pass@')
    }
    expect(said).not.toMatch(/\b(?:red|blue|green)\b|example\.com|pooler\.supabase/i)
  })

  test('names the variables that do not fit together', () => {
    expect(refuse(sampleKeys.settings({ databaseUrl: direct('green') }), config)?.message).toBe(
      'TRESPASS_URL and TRESPASS_DATABASE_URL of the target staging belong to different projects',
    )
  })
})

describe('writing', () => {
  const code = (changed: Partial<TargetSettings>, targets = {}) =>
    refuseWrites(sampleKeys.settings(changed), { targets })?.code

  test('to a hosted target has to be allowed, in the configuration or by name', () => {
    expect(code({})).toBe('writes-not-allowed')
    expect(code({}, { production: {} })).toBe('writes-not-allowed')
    expect(code({}, { staging: {} })).toBeUndefined()
    expect(code({ allowWrites: 'staging' })).toBeUndefined()
  })

  test('is refused when another target is allowed, under every configuration', () => {
    expect(code({ allowWrites: 'production' }, { staging: {} })).toBe('writes-not-allowed')
    expect(code({ allowWrites: '1' }, { staging: {} })).toBe('writes-not-allowed')
  })

  test('on this machine needs no word', () => {
    expect(code({ ...local, alias: 'local' })).toBeUndefined()
    expect(code({ ...local, allowWrites: 'staging' })).toBeUndefined()
  })
})

/** Everything that decides before a request is sent. */
const decide = (changed: Partial<TargetSettings>, protectedValues?: ReadonlySet<string>) => {
  const both = { ...config, targets: { ...config.targets, staging: {} } }
  const settings = sampleKeys.settings(changed)
  return refuse(settings, both, protectedValues) ?? refuseWrites(settings, both)
}

const plain = 'postgresql://postgres:pass@'
const custom = 'https://api.example.com'

/** Ways to name the protected project `red`, or to reach it by a name that shows nothing. */
const ways: readonly (readonly [string, Partial<TargetSettings>])[] = [
  ['its URL', { url: 'https://red.supabase.co' }],
  ['its URL in capitals', { url: 'https://RED.SUPABASE.CO' }],
  ['its URL with a port', { url: 'https://red.supabase.co:443' }],
  ['a final dot', { url: 'https://red.supabase.co./' }],
  ['two final dots', { url: 'https://red.supabase.co../' }],
  ['many final dots', { url: 'https://red.supabase.co...../' }],
  ['an escaped host', { url: 'https://r%65d.supabase.co' }],
  ['full-width letters', { url: 'https://\uff32\uff25\uff24.supabase.co' }],
  ['an ideographic dot', { url: 'https://red\u3002supabase.co' }],
  ['its Storage host', { url: 'https://red.storage.supabase.co' }],
  ['its functions host', { url: 'https://red.functions.supabase.co' }],
  ['its realtime host', { url: 'https://red.realtime.supabase.co' }],
  ['www', { url: 'https://www.red.supabase.co' }],
  ['its database host as the URL', { url: 'https://db.red.supabase.co' }],
  ['supabase.in', { url: 'https://red.supabase.in' }],
  ['supabase.red', { url: 'https://red.supabase.red' }],
  ['supabase.net', { url: 'https://red.supabase.net' }],
  ['a proxy whose host holds the ref', { url: 'https://red.proxy.example.com' }],
  ['a proxy whose path holds the ref', { url: 'https://proxy.example.com/red' }],
  ['a custom domain with opaque keys', { url: custom }],
  ['a custom domain without a database', { url: custom, databaseUrl: null }],
  ['an IPv4 address', { url: 'https://203.0.113.7' }],
  ['an IPv6 address', { url: 'https://[2001:db8::7]' }],
  ['an anon key', { publishableKey: jwt({ role: 'anon', ref: 'red' }) }],
  ['a key with the ref in capitals', { publishableKey: jwt({ role: 'anon', ref: ' RED ' }) }],
  ['a key that names its issuer', { secretKey: jwt({ role: 'service_role', iss: 'https://red.supabase.co/auth/v1' }) }],
  ['its database', { databaseUrl: direct('red') }],
  ['its database with final dots', { databaseUrl: direct('red').replace('.co:', '.co..:') }],
  ['its database without db', { databaseUrl: `${plain}red.supabase.co/postgres` }],
  ['a pooler', { databaseUrl: pooler('postgres.red') }],
  ['a pooler, the user in capitals', { databaseUrl: pooler('POSTGRES.RED') }],
  ['a pooler, a blank behind the user', { databaseUrl: pooler('postgres.red%20') }],
  ['a pooler, a blank before the ref', { databaseUrl: pooler('postgres.%20red') }],
  ['a pooler, an escaped dot', { databaseUrl: pooler('postgres%2Ered') }],
  ['a pooler, a final dot', { databaseUrl: pooler('postgres.red.') }],
  ['a pooler, the project in its options', { databaseUrl: `${pooler('postgres')}?options=-c%20Reference%3Dred` }],
  ['a pooler that is told no project', { databaseUrl: pooler('postgres') }],
  ['a database by IPv4', { databaseUrl: `${plain}203.0.113.7:5432/postgres` }],
  ['a database by a number', { databaseUrl: `${plain}3405803783:5432/postgres` }],
  ['a database by IPv6', { databaseUrl: `${plain}[2001:db8::7]:5432/postgres` }],
  ['a load balancer', { databaseUrl: `${plain}lb-1.elb.eu-west-1.amazonaws.com:5432/postgres` }],
  ['several hosts', { databaseUrl: `${plain}db.blue.supabase.co,db.red.supabase.co/postgres` }],
  ['several hosts with ports', { databaseUrl: `${plain}db.blue.supabase.co:5432,203.0.113.7:5432/postgres` }],
  ['host=', { databaseUrl: `${direct('blue')}?host=203.0.113.7` }],
  ['hostaddr=', { databaseUrl: `${direct('blue')}?hostaddr=203.0.113.7` }],
  ['HOST=', { databaseUrl: `${direct('blue')}?HOST=203.0.113.7` }],
  ['port=', { databaseUrl: `${direct('blue')}?port=6543` }],
  ['service=', { databaseUrl: `${direct('blue')}?service=red` }],
  ['a socket', { databaseUrl: 'postgresql://postgres:pass@%2Fvar%2Frun/postgres' }],
  ['a tunnel beside a hosted URL', { databaseUrl: here }],
  ['a hosted database beside a local URL', { ...local, databaseUrl: `${plain}203.0.113.7/postgres` }],
  ['a worker by IPv4', worker('postgresql://task_worker:pass@203.0.113.7/postgres')],
  ['a worker by a tunnel', worker('postgresql://task_worker:pass@127.0.0.1:6000/postgres')],
  ['a worker at the pooler, in capitals', worker(pooler('task_worker.RED'))],
  ['a worker at the pooler, with a blank', worker(pooler('task_worker.red%20'))],
  ['a worker at several hosts', worker('postgresql://task_worker:p@db.blue.supabase.co,db.red.supabase.co/postgres')],
  ['the alias in capitals', { alias: 'PROD' }],
  ['the alias in mixed case', { alias: 'pRod' }],
]

describe('a protected project', () => {
  test.each(ways)('is not reached by %s', (_, changed) => {
    const refusal = decide(changed)
    expect(refusal?.code).toBeDefined()
    const said = `${refusal?.message} ${refusal?.hint}`
    expect(said).not.toMatch(/\bred\b|203\.0|example\.com|amazonaws/i)
  })

  const caseOf = (text: string) =>
    fc
      .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
      .map((upper) => [...text].map((letter, at) => (upper[at] ? letter.toUpperCase() : letter)).join(''))
  const escapedOf = (text: string) =>
    fc
      .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
      .map((isEscaped) =>
        [...text].map((letter, at) => (isEscaped[at] ? `%${letter.charCodeAt(0).toString(16)}` : letter)).join(''),
      )
  const ref = caseOf('abcdefghijklmnopqrst').chain(escapedOf)
  const dots = fc.nat(5).map((count) => '.'.repeat(count))
  const domain = fc.constantFrom('supabase.co', 'supabase.in', 'supabase.net', 'supabase.red').chain(caseOf)
  const label = fc.constantFrom('', 'www.', 'db.', 'api.', 'storage.', 'functions.', 'anything.')
  const infix = fc.constantFrom('', 'storage.', 'functions.', 'realtime.', 'anything.')
  const host = fc
    .tuple(label, ref, infix, domain, dots)
    .map(([before, name, between, at, end]) => `${before}${name}.${between}${at}${end}`)
  const blank = fc.constantFrom('', '%20', '%09', '.', '%2e', '%00')
  const poolerUrl = fc
    .tuple(fc.constantFrom('postgres', 'task_worker', 'POSTGRES'), blank, ref, blank, dots)
    .map(([user, before, name, after, end]) =>
      pooler(`${user}.${before}${name}${after}`).replace('.com:', `.com${end}:`),
    )
  const fuzzed = fc.oneof(
    host.map((name) => ({ url: `https://${name}` })),
    host.map((name) => ({ databaseUrl: `${plain}${name}:5432/postgres` })),
    fc.tuple(host, host).map(([one, other]) => ({ databaseUrl: `${plain}${one},${other}/postgres` })),
    fc
      .tuple(host, caseOf('hostaddr'), caseOf('host'))
      .map(([name, one, other]) => ({ databaseUrl: `${direct('blue')}?${name.length % 2 ? one : other}=${name}` })),
    poolerUrl.map((databaseUrl) => ({ databaseUrl })),
    poolerUrl.map((url) => worker(url)),
    fc.ipV4().map((name) => ({ databaseUrl: `${plain}${name}/postgres` })),
    fc.ipV6().map((name) => ({ databaseUrl: `${plain}[${name}]/postgres` })),
    fc.domain().map((name) => ({ url: `https://${name}` })),
    fc.domain().map((name) => ({ databaseUrl: `${plain}${name}/postgres` })),
    caseOf('prod').map((alias) => ({ alias })),
  )

  test('is not reached by any mixture of these ways', () => {
    fc.assert(
      fc.property(fuzzed, (changed) => {
        const protects = {
          ...config,
          protected_refs: ['abcdefghijklmnopqrst'],
          targets: { ...config.targets, staging: {} },
        }
        const settings = sampleKeys.settings(changed)
        expect(refuse(settings, protects) ?? refuseWrites(settings, protects)).not.toBeNull()
      }),
      { numRuns: 500 },
    )
  })

  test.each<[string, Record<string, string>, Partial<TargetSettings>]>([
    ['host', { TRESPASS_URL: 'https://API.example.com./' }, { url: 'https://api.example.com' }],
    ['ref', { TRESPASS_DATABASE_URL: direct('blue') }, { databaseUrl: pooler('postgres.blue') }],
    ['publishable key', { TRESPASS_PUBLISHABLE_KEY: sampleKeys.publishable }, local],
    ['secret key', { TRESPASS_SECRET_KEY: sampleKeys.secret }, local],
    [
      'database password',
      { TRESPASS_DATABASE_URL: 'postgresql://postgres:a%20long%20password@db.red.supabase.co/postgres' },
      { ...local, databaseUrl: 'postgresql://postgres:a%20long%20password@127.0.0.1:6000/postgres' },
    ],
    ['JWT secret', { TRESPASS_JWT_SECRET: 'a shared secret' }, { ...local, jwtSecret: 'a shared secret' }],
    ['signing key', { TRESPASS_JWT_PRIVATE_KEY: JSON.stringify(signing) }, { ...local, jwtPrivateKey: signing }],
    ['list of signing keys', { TRESPASS_JWT_PRIVATE_KEY: JSON.stringify([signing]) }, { jwtPrivateKey: signing }],
    [
      'JWT secret as a key',
      { TRESPASS_JWT_PRIVATE_KEY: JSON.stringify({ kty: 'oct', k: 'YSBzaGFyZWQgc2VjcmV0' }) },
      { ...local, jwtSecret: 'a shared secret' },
    ],
    [
      'address of a worker',
      { TRESPASS_WORKER_URL_MAILER: 'postgresql://mailer:p@10.0.0.7/postgres' },
      { databaseUrl: `${plain}10.0.0.7/postgres` },
    ],
  ])('is recognised by the %s in its file', (_, filed, changed) => {
    const values = new Set(identifyingValues(filed).map(({ digest }) => digest))
    expect(decide(changed, values)?.code).toBe('project-protected')
  })

  const published = (key: object) => publishedKeyDigests(JSON.stringify({ keys: [{ kid: 'x', alg: 'ES256', ...key }] }))

  test.each([
    ['EC', signing],
    ['RSA', { kty: 'RSA', n: 'modulus', e: 'AQAB', d: 'private' }],
    ['OKP', { kty: 'OKP', crv: 'Ed25519', x: 'public', d: 'private' }],
  ])('is recognised by the %s key that it publishes', (_, key) => {
    const { d: _private, ...publicKey } = key
    const filed = { TRESPASS_JWT_PRIVATE_KEY: JSON.stringify(key) }
    const values = new Set(identifyingValues(filed).map(({ digest }) => digest))
    const seen = { auth: 'sandbox', ref: null, isCliStack: false }
    const code = (keys: string[]) =>
      refuseAnsweringTarget(sampleKeys.settings(local), config, { ...seen, keys }, values)?.code
    expect(code(published(publicKey))).toBe('project-protected')
    expect(code(published({ ...publicKey, x: 'another', n: 'another' }))).toBeUndefined()
    expect(code([])).toBeUndefined()
  })

  test.each(['', '{', 'null', '[]', '{"keys":{}}', '{"keys":[1,null,{"kty":"EC"}]}'])(
    'is not recognised by keys in the form %j',
    (text) => {
      expect(publishedKeyDigests(text)).toEqual([])
    },
  )

  test('shares the values of every local stack with no project', () => {
    const cli = jwt({ role: 'anon', iss: 'supabase-demo' })
    const values = identifyingValues({
      TRESPASS_URL: 'http://127.0.0.1:54321',
      TRESPASS_PUBLISHABLE_KEY: cli,
      TRESPASS_DATABASE_URL: here,
      TRESPASS_JWT_PRIVATE_KEY: JSON.stringify({
        ...signing,
        x: 'M5Sjqn5zwC9Kl1zVfUUGvv9boQjCGd45G8sdopBExB4',
      }),
    })
    expect(values).toEqual([])
  })
})

describe('a target that names no project', () => {
  const staging = (writes?: { allowed: string }) => ({ targets: { staging: writes === undefined ? {} : { writes } } })
  const changed = { url: custom, databaseUrl: `${plain}203.0.113.7:5432/postgres` }

  test('is allowed by its digest, which the refusal names', () => {
    const settings = sampleKeys.settings(changed)
    const refusal = refuseWrites(settings, staging())
    expect(refusal?.code).toBe('target-not-tied')
    expect(refusal?.hint).toContain(`staging: { writes: { allowed: '${targetDigest(settings)}' } },`)
    expect(refuseWrites(settings, staging({ allowed: targetDigest(settings) }))).toBeNull()
  })

  test('is refused where the backend may be that of any project', () => {
    const httpUrl = 'https://app.example.com'
    const settings = sampleKeys.settings({ httpUrl })
    expect(refuseWrites(settings, staging())?.message).toContain('TRESPASS_HTTP_URL')
    expect(refuseWrites(sampleKeys.settings({ httpUrl: 'http://127.0.0.1:3000' }), staging())?.code).toBe(
      'target-not-tied',
    )
    expect(refuseWrites(settings, staging({ allowed: targetDigest(settings) }))).toBeNull()
    expect(refuseWrites(sampleKeys.settings({ ...local, httpUrl: 'http://127.0.0.1:3000' }), staging())).toBeNull()
    const pinned = staging({ allowed: targetDigest(settings) })
    expect(refuseWrites(sampleKeys.settings({ httpUrl: 'https://www.example.com' }), pinned)?.code).toBe(
      'target-not-tied',
    )
  })

  test('is refused again when one of its addresses or its publishable key has changed', () => {
    const allowed = staging({ allowed: targetDigest(sampleKeys.settings(changed)) })
    for (const other of [
      { url: 'https://other.example.com' },
      { publishableKey: `${sampleKeys.publishable}_new` },
      { databaseUrl: `${plain}203.0.113.8:5432/postgres` },
      { databaseUrl: `${plain}203.0.113.7:5432/other` },
      worker('postgresql://task_worker:p@203.0.113.9/postgres'),
    ]) {
      expect(refuseWrites(sampleKeys.settings({ ...changed, ...other }), allowed)?.code).toBe('target-not-tied')
    }
  })

  test('is named by a legacy key on a custom domain', () => {
    expect(
      refuseWrites(sampleKeys.settings({ url: custom, publishableKey: jwt({ role: 'anon', ref: 'blue' }) }), staging()),
    ).toBeNull()
  })

  const answered = (seen: Partial<Parameters<typeof refuseAnsweringTarget>[2]>, more: Partial<TargetSettings> = {}) =>
    refuseAnsweringTarget(
      sampleKeys.settings({ ...local, ...more }),
      { ...staging(), protected_refs: ['red'] },
      { auth: 'v2.196.0', ref: null, isCliStack: false, keys: [], ...seen },
    )?.code

  test('on this machine is a sandbox, a stack of the CLI, or not known', () => {
    expect(answered({})).toBe('target-not-tied')
    expect(answered({ auth: null })).toBe('target-not-tied')
    expect(answered({ auth: 'sandbox' })).toBeUndefined()
    expect(answered({ isCliStack: true })).toBeUndefined()
    expect(answered({}, { publishableKey: jwt({ role: 'anon', iss: 'supabase-demo' }) })).toBeUndefined()
  })

  test('is named by the headers of its answers', () => {
    expect(answered({ auth: 'sandbox', ref: 'red' })).toBe('project-protected')
    expect(answered({ auth: 'sandbox', ref: 'blue' })).toBe('target-not-tied')
    expect(answered({ ref: 'red' }, { url: custom, databaseUrl: null })).toBe('project-protected')
    expect(answered({ ref: 'green' }, { url: 'https://blue.supabase.co', databaseUrl: null })).toBe('projects-differ')
    expect(answered({ ref: 'blue' }, { url: 'https://blue.supabase.co', databaseUrl: null })).toBeUndefined()
  })
})

test('a target on another machine is refused where Node.js verifies no certificate', () => {
  const code = (changed: Partial<TargetSettings>, value?: string) =>
    refuseUnverified(sampleKeys.settings(changed), value === undefined ? {} : { NODE_TLS_REJECT_UNAUTHORIZED: value })
      ?.code
  expect(code({}, '0')).toBe('target-not-verified')
  expect(code({ url: custom }, '0')).toBe('target-not-verified')
  expect(code(local, '0')).toBeUndefined()
  expect(code({}, '1')).toBeUndefined()
  expect(code({})).toBeUndefined()
})

test('exported variables move a target only where the configuration allows it', () => {
  const moved = { alias: 'staging', moved: ['TRESPASS_URL'] }
  expect(refuseMoved(moved, { targets: {} })?.code).toBe('target-moved')
  expect(refuseMoved(moved, { targets: { staging: {} } })?.hint).toContain(`staging: { exported: 'allowed' }`)
  expect(refuseMoved(moved, { targets: { staging: { exported: 'allowed' } } })).toBeNull()
  expect(refuseMoved({ ...moved, moved: [] }, { targets: {} })).toBeNull()
})
