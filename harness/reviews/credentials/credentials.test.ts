import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { TrespassError } from '../../errors.ts'
import { type Ability, parseDeclaration } from './declaration.ts'
import { credentialsIn } from './held.ts'
import { credentialsJsonSchemas } from './json-schema.ts'
import { type CredentialTrial, judgeTiers, type TierParts, tierChanges } from './judge-tiers.ts'
import { tierSections } from './sections.ts'

const yaml = `rotation_days: 90
environments:
  staging: { url: https://staging.example.com }
  production: { url: https://production.example.com }
tiers:
  junior:
    holds: [junior.env]
    may: { staging: [client] }
  admin:
    holds: [admin.env]
    may:
      staging: [client, read-data, write-data]
      production: dashboard-only
recorded:
  - { file: admin.env, variable: SECRET, issued: 2026-01-01 }
`

const declared = parseDeclaration(yaml, 'credentials.yaml').declared
const token = (claims: object) => `eyJh.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`

function refusal(change: (text: string) => string): string {
  try {
    parseDeclaration(change(yaml), 'credentials.yaml')
  } catch (error) {
    if (error instanceof TrespassError && error.code === 'credentials-broken') return error.message
    throw error
  }
  return 'accepted'
}

describe('the declaration of tiers', () => {
  test.each([
    [
      'an environment that is not declared',
      'production: dashboard-only',
      'prodction: [client]',
      /^credentials\.yaml:13:\d+: found the environment prodction/,
    ],
    ['an unknown ability', '[client] }', '[own] }', /^credentials\.yaml:8:\d+: /],
    ['an unknown key', 'rotation_days', 'rotation', /found the key `rotation`/],
    ['a file twice', '[junior.env]', '[junior.env, junior.env]', /credentials\.yaml:7:\d+: found junior\.env twice/],
    [
      'a recorded file that no tier holds',
      'file: admin.env',
      'file: other.env',
      /found other\.env, expected a file that a tier holds/,
    ],
    [
      'one URL for two environments',
      'production.example.com',
      'staging.example.com',
      /found the URL of another environment/,
    ],
    ['a URL without a scheme', 'https://staging.example.com', 'staging.example.com', /expected the project URL/],
    ['YAML that is broken', 'tiers:', 'tiers: [', /^credentials\.yaml:\d+:\d+: /],
  ])('%s is refused with its place', (_, written, instead, message) => {
    expect(refusal((text) => text.replace(written, instead))).toMatch(message)
  })

  test('two days for one credential are refused', () => {
    const line = '  - { file: admin.env, variable: SECRET, issued: 2026-02-01 }\n'
    expect(refusal((text) => text + line)).toMatch(/:16:\d+: found a second day for SECRET of admin\.env/)
  })
})

describe('credentials are recognised by their form', () => {
  test.each([
    ['ANY', 'sb_publishable_abc', 'publishable key'],
    ['ANY', 'sb_secret_abc', 'secret key'],
    ['ANY', token({ role: 'anon', iat: 1_700_000_000 }), 'publishable key'],
    ['ANY', token({ role: 'service_role', iat: 1_700_000_000 }), 'secret key'],
    ['ANY', token({ role: 'authenticated' }), 'user token'],
    ['ANY', 'sbp_0123456789abcdef', 'access token'],
    ['ANY', 'postgresql://app:secret@db.example.com/postgres', 'database login'],
    ['SUPABASE_JWT_SECRET', 'a-long-secret', 'JWT secret'],
    ['ANY', 'https://staging.example.com', undefined],
    ['ANY', 'a.b.c', undefined],
    ['ANY', '', undefined],
  ])('%s=%s', (variable, value, kind) => {
    expect(credentialsIn('a.env', { [variable]: value })[0]?.kind).toBe(kind)
  })

  test('a legacy key holds the day on which it was issued', () => {
    expect(credentialsIn('a.env', { KEY: token({ role: 'anon', iat: 1_700_000_000 }) })[0]).toMatchObject({
      issued: '2023-11-14',
    })
  })
})

const trial = (
  file: string,
  environment: string,
  gives: readonly Ability[],
  more: Partial<CredentialTrial> = {},
): CredentialTrial => ({
  ...{ file, variable: 'SECRET', kind: 'secret key', environment, gives },
  ...{ state: gives.length > 0 ? 'accepted' : 'refused', evidence: 'GET answered 200', ...more },
})

const parts = (changes: Partial<TierParts>): TierParts => ({
  ...{
    declared,
    credentials: [],
    trials: [],
    homes: new Map([
      ['junior.env', 'staging'],
      ['admin.env', 'staging'],
    ]),
  },
  ...{ today: '2026-02-01', ...changes },
})

const all = ['client', 'read-data', 'write-data'] as const
// Put together, so that scanners for secrets do not take it for one.
const secretKey = ['sb', 'secret', '0123456789'].join('_')
const adminKeys = trial('admin.env', 'staging', all)
const juniorKey = trial('junior.env', 'staging', ['client'], { variable: 'KEY', kind: 'publishable key' })
const found = (changes: Partial<TierParts>) =>
  judgeTiers(parts(changes)).findings.map(({ code, tier, environment }) => [code, tier, environment])

describe('findings about tiers', () => {
  test('a tier that can do what it may and no more has none', () => {
    expect(found({ trials: [adminKeys, juniorKey] })).toEqual([])
  })

  test('a secret key in a tier that may not write is found, also where the project refuses it', () => {
    const credentials = credentialsIn('junior.env', { SECRET: secretKey })
    expect(found({ credentials, trials: [adminKeys, juniorKey, trial('junior.env', 'staging', [])] })).toEqual([
      ['secret-key-held', 'junior', 'staging'],
    ])
    expect(found({ credentials, trials: [adminKeys, juniorKey], homes: new Map() })).toEqual([
      ['secret-key-held', 'junior', null],
    ])
  })

  test('a key that opens another environment than its own is found, and what it opens there', () => {
    expect(found({ trials: [adminKeys, juniorKey, trial('admin.env', 'production', all)] })).toEqual([
      ['opens-other-environment', 'admin', 'production'],
      ...all.map(() => ['more-than-declared', 'admin', 'production']),
    ])
    expect(found({ trials: [adminKeys, juniorKey, trial('admin.env', 'production', [])] })).toEqual([])
  })

  test('what no credential can do is missing, unless some trial was not decided', () => {
    expect(found({ trials: [adminKeys] })).toEqual([['less-than-declared', 'junior', 'staging']])
    expect(found({ trials: [adminKeys, { ...juniorKey, state: 'not tested' }] })).toEqual([])
  })

  test.each([
    ['2026-04-01', []],
    ['2026-04-02', [['old-key', 'admin', null]]],
  ])('a key of 2026-01-01 on %s, where 90 days are allowed', (today, expected) => {
    const credentials = credentialsIn('admin.env', { SECRET: secretKey })
    expect(found({ credentials, trials: [adminKeys, juniorKey], today })).toEqual(expected)
  })

  test('an old key is the same finding on the next day', () => {
    const credentials = credentialsIn('admin.env', { SECRET: secretKey })
    const on = (today: string) => judgeTiers(parts({ credentials, trials: [adminKeys, juniorKey], today }))
    expect(tierChanges(on('2026-05-01'), on('2026-05-02'))).toEqual({ opened: [], closed: [] })
    expect(tierChanges(on('2026-02-01'), on('2026-05-02')).opened).toEqual([expect.stringContaining('old-key')])
  })

  test('one password of two users is found in each tier that holds it, and never shown', () => {
    const credentials = [
      ...credentialsIn('junior.env', { URL: 'postgres://reader:a-shared-password@db.example.com/postgres' }),
      ...credentialsIn('admin.env', { URL: 'postgres://owner:a-shared-password@db.example.com/postgres' }),
    ]
    const review = judgeTiers(parts({ credentials, trials: [adminKeys, juniorKey] }))
    expect(review.findings.map(({ code, tier }) => [code, tier])).toEqual([
      ['shared-password', 'junior'],
      ['shared-password', 'admin'],
    ])
    expect(JSON.stringify([review, tierSections(review, null)])).not.toContain('a-shared-password')
  })

  test('one login in two files shares nothing, nor do local stacks', () => {
    const login = 'postgres://owner:a-shared-password@db.example.com/postgres'
    const twice = [...credentialsIn('junior.env', { URL: login }), ...credentialsIn('admin.env', { URL: login })]
    const local = (user: string) =>
      credentialsIn('admin.env', { URL: `postgres://${user}:postgres@127.0.0.1:54322/postgres` })
    expect(
      found({ credentials: [...twice, ...local('one'), ...local('two')], trials: [adminKeys, juniorKey] }),
    ).toEqual([])
  })

  test('the dashboard is noted as not testable', () => {
    expect(judgeTiers(parts({})).notes).toContain('admin in production: the dashboard cannot be tested')
  })
})

test('schemas/credentials.schema.json is current; npm run schema writes it', () => {
  const file = new URL('../../../schemas/credentials.schema.json', import.meta.url)
  expect(readFileSync(file, 'utf8')).toBe(credentialsJsonSchemas()['credentials.schema.json'])
})
