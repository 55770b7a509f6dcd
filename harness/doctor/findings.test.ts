import { describe, expect, it } from 'vitest'
import { findingsOf, isUsable } from './findings.ts'
import type { DatabaseReport, Facts, Finding } from './model.ts'

const database: DatabaseReport = {
  version: '17.6',
  role: 'postgres',
  seesAllRows: true,
  seesSessions: true,
  writableTables: 2,
  tables: ['public.notes', 'public.teams'],
  withheld: [],
  timeouts: { anon: '3s', authenticated: '8s', service_role: null },
  maxRows: null,
  published: 1,
  channelPolicies: 2,
}

/** A hosted target of which everything is known and nothing is wrong. */
const whole: Facts = {
  changes: { marked: ['data-api', 'rpc'], why: null },
  alias: 'staging',
  kind: 'hosted',
  writesRefused: null,
  auth: { state: 'answers', version: 'v2.196.0' },
  dataApi: { state: 'answers', version: '14.1' },
  storage: { state: 'answers', version: '1.70.0' },
  realtime: { state: 'answers', version: null },
  publishableKey: { form: 'publishable', accepted: true, why: null },
  secretKey: { form: 'secret', accepted: true, why: null },
  projectNamedBy: ['URL', 'database'],
  authSettings: { anonymousSignIns: true, signUps: true, passwords: true, confirmsMail: true },
  signingKeys: ['ES256'],
  minting: 'accepted',
  mintingVariable: 'TRESPASS_JWT_PRIVATE_KEY',
  schemas: ['public'],
  described: ['public.notes', 'public.teams'],
  maxRows: 1000,
  clockAhead: 0,
  database,
  marker: null,
  workers: [{ role: 'task_worker', variable: 'TRESPASS_WORKER_URL_TASK_WORKER', known: true }],
  premade: [],
}

const about = (facts: Facts, what: string): Finding | undefined =>
  findingsOf(facts).find((finding) => finding.about === what)

describe('a target that has everything', () => {
  it('lacks nothing', () => {
    const findings = findingsOf(whole)
    expect(findings.filter(({ state }) => state === 'less' || state === 'bad')).toEqual([])
    expect(isUsable(findings)).toBe(true)
  })

  it('lets every worker of the workspace log in', () => {
    expect(about(whole, 'worker task_worker')).toMatchObject({ state: 'good' })
    const workers = whole.workers.map((worker) => ({ ...worker, known: false }))
    expect(about({ ...whole, workers }, 'worker task_worker')).toMatchObject({
      state: 'less',
      change: 'Set TRESPASS_WORKER_URL_TASK_WORKER.',
    })
    expect(about({ ...whole, kind: 'sandbox', workers }, 'worker task_worker')).toMatchObject({
      change: 'A migration makes the role.',
    })
  })

  it('reports a login that fails as less, and one to another database as the end of a run', () => {
    const trouble = 'its login fails: the database cannot be reached (28P01)'
    const [worker] = whole.workers
    if (worker === undefined) throw new Error('no worker')
    const found = (more: object) =>
      about({ ...whole, workers: [{ ...worker, trouble, ...more }] }, 'worker task_worker')
    expect(found({})).toMatchObject({ state: 'less', says: expect.stringContaining('28P01') })
    expect(found({ stopsRun: true })?.state).toBe('bad')
  })

  it('reports the limit of rows from config.toml where no table shows it', () => {
    expect(about({ ...whole, maxRows: null, configuredMaxRows: 500 }, 'max rows')?.says).toContain(
      'config.toml says 500',
    )
    expect(about({ ...whole, maxRows: null }, 'max rows')?.says).toContain('default is 1000')
  })

  it('does not call a key refused that was never sent', () => {
    expect(about({ ...whole, minting: 'unusable' }, 'minting')?.says).not.toContain('refused')
  })

  it('describes the target in the order in which a person needs it', () => {
    expect(about(whole, 'exposed schemas')?.says).toBe('public')
    expect(about(whole, 'signing keys')?.says).toBe('published: ES256')
    expect(about(whole, 'max rows')?.says).toBe('1000 at once')
    expect(about(whole, 'role timeouts')?.says).toBe('anon 3s, authenticated 8s, service_role none')
    expect(about(whole, 'project')?.says).toBe('URL, database name the same one')
    expect(about(whole, 'Realtime settings')?.says).toMatch(/^1 table published, 2 policies on private channels/)
  })
})

const refused = { form: 'legacy', accepted: false, why: 'Legacy API keys are disabled' } as const

describe('findings that make a run impossible', () => {
  it.each<[string, Partial<Facts>, string]>([
    ['a target that does not answer', { auth: { state: 'silent', why: 'did not answer (ENOTFOUND)' } }, 'Auth'],
    ['a Data API that is off', { dataApi: { state: 'absent' } }, 'Data API'],
    ['a publishable key that is refused', { publishableKey: refused }, 'publishable key'],
    ['a secret key that is refused', { secretKey: refused }, 'secret key'],
    ['a secret key that was not tried', { secretKey: { ...refused, accepted: null } }, 'secret key'],
    ['a signing key that is refused', { minting: 'refused' }, 'minting'],
    ['a signing key that cannot be imported', { minting: 'unusable' }, 'minting'],
    ['a database that Auth does not use', { belongs: 'differs' }, 'belonging'],
    ['a database that cannot be reached', { database: { failure: 'no answer', hint: null } }, 'database'],
    ['a role that row security applies to', { database: { ...database, seesAllRows: false } }, 'row security'],
    ['another project’s database', { database: { ...database, tables: ['public.notes'] } }, 'belonging'],
    ['a target that nobody allowed to be written to', { writesRefused: { why: 'no', hint: 'say so' } }, 'writing'],
    ['a marker that is missing', { marker: { marker: { setting: 'a', is: 'b' }, state: 'missing' } }, 'marker'],
    ['a marker that cannot be read', { marker: { marker: { setting: 'a', is: 'b' }, state: 'unreadable' } }, 'marker'],
  ])('is %s', (_, changed, what) => {
    const facts = { ...whole, ...changed }
    expect(about(facts, what)?.state).toBe('bad')
    expect(isUsable(findingsOf(facts))).toBe(false)
  })
})

describe('findings about cells that cannot be tested', () => {
  it.each<[string, Partial<Facts>, string, RegExp]>([
    ['a secret key', { secretKey: null }, 'secret key', /TRESPASS_SECRET_KEY/],
    ['a database', { database: null }, 'database', /TRESPASS_DATABASE_URL/],
    ['a signing key', { minting: 'none' }, 'minting', /TRESPASS_JWT_SECRET/],
    [
      'anonymous sign-ins',
      { authSettings: { anonymousSignIns: false, signUps: true, passwords: true, confirmsMail: true } },
      'anonymous sign-ins',
      /Allow anonymous sign-ins/,
    ],
    [
      'sign-ups, for anonymous users',
      { authSettings: { anonymousSignIns: true, signUps: false, passwords: true, confirmsMail: true } },
      'anonymous sign-ins',
      /Allow new users to sign up/,
    ],
    [
      'passwords',
      { authSettings: { anonymousSignIns: true, signUps: true, passwords: false, confirmsMail: true } },
      'passwords',
      /Email/,
    ],
    ['a right clock', { clockAhead: -600 }, 'clock', /time server/],
    ['a view of sessions', { database: { ...database, seesSessions: false } }, 'sessions', /pg_read_all_stats/],
    ['rights', { database: { ...database, writableTables: 1 } }, 'rights', /Grant/],
  ])('without %s contain the change that would help, and a run works', (_, changed, what, change) => {
    const facts = { ...whole, ...changed }
    expect(about(facts, what)).toMatchObject({ state: 'less', change: expect.stringMatching(change) })
    expect(isUsable(findingsOf(facts))).toBe(true)
  })

  it('of a target that does not answer is not guessed at', () => {
    const facts: Facts = {
      ...whole,
      auth: { state: 'silent', why: 'did not answer (timeout)' },
      secretKey: { form: 'secret', accepted: null, why: 'was not sent' },
    }
    const bad = findingsOf(facts).filter(({ state }) => state === 'bad')
    expect(bad.map(({ about: what }) => what)).toEqual(['Auth'])
    expect(about(facts, 'Storage')).toBeUndefined()
  })

  it('without Storage and Realtime exist as well', () => {
    const facts: Facts = { ...whole, storage: { state: 'absent' }, realtime: { state: 'silent', why: 'is away' } }
    expect(about(facts, 'Storage')?.says).toContain('buckets and objects cannot be tested')
    expect(about(facts, 'Realtime')?.says).toBe('is away: channels cannot be tested')
  })

  it('names the users that exist already where no others can be made', () => {
    expect(about({ ...whole, secretKey: null, premade: ['alice', 'bob'] }, 'secret key')?.says).toContain(
      'only alice, bob can be signed in',
    )
  })
})

describe('findings for information', () => {
  it('is whether legacy keys are active, where that can be seen', () => {
    const legacy = { form: 'legacy', accepted: true, why: null } as const
    expect(about(whole, 'legacy keys')?.says).toContain('not seen')
    expect(about({ ...whole, publishableKey: legacy }, 'legacy keys')?.says).toContain('still active')
    expect(about({ ...whole, secretKey: refused }, 'legacy keys')?.says).toBe('are switched off')
  })

  it('is a small difference of the clocks', () => {
    expect(about({ ...whole, clockAhead: 20 }, 'clock')).toMatchObject({
      state: 'told',
      says: '20 seconds ahead of this machine’s',
    })
  })

  it('name the tables that the secret key has no right to', () => {
    const facts: Facts = { ...whole, database: { ...database, withheld: ['public.teams'] } }
    expect(about(facts, 'grants')?.says).toContain('may not read public.teams')
  })

  it('name a shared secret, and facts that the target does not publish', () => {
    expect(about({ ...whole, signingKeys: [] }, 'signing keys')?.says).toContain('HS256')
    expect(about({ ...whole, maxRows: null }, 'max rows')?.says).toContain('not seen')
  })
})
