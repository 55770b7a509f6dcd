import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sampleKeys } from '../../test/support/sample-keys.ts'
import { leftOutNote, loadEnvironment, targetSettings } from './environment.ts'
import { allVariables, targetVariables, workerVariable } from './variables.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trespass-environment-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const write = (name: string, values: Readonly<Record<string, string>>) =>
  writeFileSync(
    join(root, name),
    Object.entries(values)
      .map(([key, value]) => `${key}='${value}'\n`)
      .join(''),
  )

const complete = {
  TRESPASS_URL: 'https://blue.supabase.co',
  TRESPASS_PUBLISHABLE_KEY: sampleKeys.publishable,
  TRESPASS_SECRET_KEY: sampleKeys.secret,
  TRESPASS_DATABASE_URL: 'postgresql://postgres:pass@db.blue.supabase.co/postgres',
}

const thrown = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return error
  }
}

test('the sandbox is the default target', () => {
  expect(loadEnvironment(root, null, {})).toMatchObject({ alias: 'sandbox', concurrency: null, values: {} })
})

test('the command line wins over the environment, and that over .env, for the alias', () => {
  write('.env', { TRESPASS_TARGET: 'filed' })
  expect(loadEnvironment(root, null, {}).alias).toBe('filed')
  expect(loadEnvironment(root, null, { TRESPASS_TARGET: 'set' }).alias).toBe('set')
  expect(loadEnvironment(root, 'asked', { TRESPASS_TARGET: 'set' }).alias).toBe('asked')
})

test('.env.<alias> wins over .env, and the environment over both', () => {
  write('.env', { ...complete, TRESPASS_TARGET: 'staging', TRESPASS_JWT_SECRET: 'shared' })
  write('.env.staging', { TRESPASS_JWT_SECRET: 'own', TRESPASS_CONCURRENCY: '3' })
  const environment = loadEnvironment(root, 'staging', { TRESPASS_CONCURRENCY: '4' })
  expect(environment).toMatchObject({ concurrency: 4, leftOut: [], moved: [] })
  expect(targetSettings(environment)).toEqual({
    alias: 'staging',
    url: complete.TRESPASS_URL,
    publishableKey: sampleKeys.publishable,
    secretKey: sampleKeys.secret,
    databaseUrl: complete.TRESPASS_DATABASE_URL,
    databaseCa: null,
    jwtSecret: 'own',
    jwtPrivateKey: null,
    httpUrl: null,
    users: {},
    workers: {},
    allowWrites: null,
  })
})

const worker = { TRESPASS_WORKER_URL_MAILER: 'postgresql://mailer:pass@db.blue.supabase.co/postgres' }
const secrets = {
  TRESPASS_SECRET_KEY: sampleKeys.secret,
  TRESPASS_DATABASE_URL: complete.TRESPASS_DATABASE_URL,
  TRESPASS_JWT_SECRET: 'shared',
  TRESPASS_USERS: '{}',
  ...worker,
}

test.each<[string, string, Record<string, string>, Record<string, string>, string?]>([
  ['.env.<alias> sets another URL', complete.TRESPASS_URL, { TRESPASS_URL: 'https://green.supabase.co' }, {}],
  ['another URL is exported', complete.TRESPASS_URL, {}, { TRESPASS_URL: 'https://green.supabase.co' }],
  ['it sets no URL itself', complete.TRESPASS_URL, {}, {}],
  ['its file sets another variable alone', complete.TRESPASS_URL, { TRESPASS_CONCURRENCY: '3' }, {}],
  ['.env names another target', complete.TRESPASS_URL, {}, {}, 'qa'],
  ['.env sets no URL and names it', '', {}, {}, 'staging'],
  ['.env sets no URL', '', { TRESPASS_URL: 'https://green.supabase.co' }, {}],
  ['nothing sets a URL', '', {}, {}],
])('.env lends no secret to a target when %s', (_, url, filed, exported, named = '') => {
  const common = { TRESPASS_URL: url, TRESPASS_PUBLISHABLE_KEY: sampleKeys.publishable, TRESPASS_TARGET: named }
  write('.env', { ...secrets, ...common })
  write('.env.staging', filed)
  const environment = loadEnvironment(root, 'staging', exported)
  expect(environment.leftOut.toSorted()).toEqual(Object.keys(secrets).sort())
  expect(Object.keys(environment.values).filter((name) => name in secrets)).toEqual([])
  expect(leftOutNote(environment)).toMatch(/TRESPASS_SECRET_KEY.* of \.env are not used/)
})

test.each<[string, Record<string, string>, Record<string, string>, string]>([
  ['the environment sets its URL', {}, { TRESPASS_URL: complete.TRESPASS_URL }, ''],
  ['.env.<alias> sets its URL', { TRESPASS_URL: complete.TRESPASS_URL }, {}, ''],
  ['.env names it', {}, {}, 'Staging'],
])('.env lends its secrets to a target when %s', (_, filed, exported, named) => {
  write('.env', { ...complete, ...secrets, TRESPASS_TARGET: named })
  write('.env.staging', filed)
  const environment = loadEnvironment(root, 'staging', exported)
  expect(environment.leftOut).toEqual([])
  expect(leftOutNote(environment)).toBeNull()
  expect(environment.values).toMatchObject({ TRESPASS_SECRET_KEY: { from: '.env' } })
})

const legacy = (ref: string) => sampleKeys.jwt({ role: 'service_role', ref })

test.each<[string, Record<string, string>, string[]]>([
  ['another URL', { TRESPASS_URL: 'https://red.supabase.co' }, ['TRESPASS_URL']],
  [
    'another database',
    { TRESPASS_DATABASE_URL: 'postgresql://postgres:p@10.0.0.1/postgres' },
    ['TRESPASS_DATABASE_URL'],
  ],
  [
    'another worker',
    { TRESPASS_WORKER_URL_MAILER: 'postgresql://mailer:p@db.red.supabase.co/postgres' },
    Object.keys(worker),
  ],
  ['the key of another project', { TRESPASS_SECRET_KEY: legacy('red') }, ['TRESPASS_SECRET_KEY']],
  ['the same URL in another form', { TRESPASS_URL: 'https://BLUE.supabase.co./' }, []],
  [
    'the same database at the pooler',
    { TRESPASS_DATABASE_URL: 'postgresql://postgres.blue:p@aws-0-eu-west-1.pooler.supabase.com:5432/postgres' },
    [],
  ],
  ['a new key', { TRESPASS_SECRET_KEY: legacy('blue') }, []],
  ['what no file sets', { TRESPASS_JWT_SECRET: 'exported' }, []],
  ['a project for the pooler', { PGOPTIONS: '-c reference=red' }, ['PGOPTIONS']],
  ['options that name no project', { PGOPTIONS: '-c work_mem=64MB' }, []],
])('an exported variable that holds %s is recognised', (_, exported, moved) => {
  write('.env.staging', { ...complete, ...worker, TRESPASS_SECRET_KEY: legacy('blue') })
  expect(loadEnvironment(root, 'staging', exported).moved).toEqual(moved)
})

test('a variable that is set to nothing does not hide one that is written down', () => {
  write('.env', complete)
  expect(targetSettings(loadEnvironment(root, 'staging', { TRESPASS_URL: '' })).url).toBe(complete.TRESPASS_URL)
})

test('the environment of the process stays as it is', () => {
  write('.env', complete)
  const before = { ...process.env }
  loadEnvironment(root, 'staging', process.env)
  expect(process.env).toEqual(before)
})

test('a private key is read as JSON', () => {
  const jwk = { kty: 'EC', crv: 'P-256', kid: 'one', d: 'private', x: 'x', y: 'y' }
  write('.env.staging', { ...complete, TRESPASS_JWT_PRIVATE_KEY: JSON.stringify(jwk) })
  expect(targetSettings(loadEnvironment(root, 'staging', {})).jwtPrivateKey).toEqual(jwk)
})

test('a list of keys gives the key that signs', () => {
  const old = { kty: 'EC', kid: 'old', key_ops: ['verify'], x: 'x', y: 'y' }
  const used = { kty: 'EC', kid: 'used', key_ops: ['sign', 'verify'], d: 'private', x: 'x', y: 'y' }
  write('.env.staging', { ...complete, TRESPASS_JWT_PRIVATE_KEY: JSON.stringify([old, used]) })
  expect(targetSettings(loadEnvironment(root, 'staging', {})).jwtPrivateKey).toEqual(used)
})

test('every missing variable is named, with the files and the place in the dashboard', () => {
  write('.env', { TRESPASS_SECRET_KEY: sampleKeys.secret })
  const error = thrown(() => targetSettings(loadEnvironment(root, 'staging', {})))
  expect(error).toMatchObject({
    code: 'missing-variables',
    message:
      `TRESPASS_URL is missing: ${targetVariables.TRESPASS_URL}\n` +
      `TRESPASS_PUBLISHABLE_KEY is missing: ${targetVariables.TRESPASS_PUBLISHABLE_KEY}`,
    hint: 'Write them into .env.staging or .env in the workspace, or set the environment.',
  })
})

test('an alias that is misspelt is answered with the one that has a file', () => {
  write('.env.staging', complete)
  const error = thrown(() => targetSettings(loadEnvironment(root, 'stagign', {})))
  expect(error).toMatchObject({
    code: 'missing-variables',
    hint: expect.stringMatching(
      /^did you mean `staging`\? Its \.env file is there\. Write them into \.env\.stagign or/,
    ),
  })
})

test.each(['not json', '{}', '{"kty":"EC","x":"public"}', '{"kty":"oct"}', '[]', 'null'])(
  'a private key that is %s is refused without being shown',
  (text) => {
    const set = { ...complete, TRESPASS_JWT_PRIVATE_KEY: text }
    const error = thrown(() => targetSettings(loadEnvironment(root, 'staging', set)))
    expect(error).toMatchObject({
      code: 'bad-variable',
      message: expect.stringContaining('TRESPASS_JWT_PRIVATE_KEY in the environment'),
    })
    expect(String(error)).not.toContain(text)
  },
)

test('users that exist already are read as JSON', () => {
  const users = { alice: { email: 'alice@example.com', password: 'pass' } }
  write('.env.staging', { ...complete, TRESPASS_USERS: JSON.stringify(users) })
  expect(targetSettings(loadEnvironment(root, 'staging', {})).users).toEqual(users)
})

test.each(['not json', '[]', '{"alice":{}}', '{"alice":{"email":"a@b","password":""}}', '{"alice":"a@b:pass"}'])(
  'users in the form %s are refused without being shown',
  (text) => {
    const error = thrown(() => targetSettings(loadEnvironment(root, 'staging', { ...complete, TRESPASS_USERS: text })))
    expect(error).toMatchObject({ code: 'bad-variable', message: expect.stringContaining('TRESPASS_USERS in the') })
    expect(String(error)).not.toContain(text)
  },
)

test('every worker has a variable of its own', () => {
  const url = 'postgresql://task_worker:pass@db.blue.supabase.co:5432/postgres'
  write('.env.staging', { ...complete, TRESPASS_WORKER_URL_TASK_WORKER: url, TRESPASS_WORKER_URL_MAILER: '' })
  expect(targetSettings(loadEnvironment(root, 'staging', {})).workers).toEqual({ TRESPASS_WORKER_URL_TASK_WORKER: url })
  expect(workerVariable('task-worker.2')).toBe('TRESPASS_WORKER_URL_TASK_WORKER_2')
})

test('less than everything will do', () => {
  const { TRESPASS_URL, TRESPASS_PUBLISHABLE_KEY } = complete
  const settings = targetSettings(loadEnvironment(root, 'staging', { TRESPASS_URL, TRESPASS_PUBLISHABLE_KEY }))
  expect(settings).toMatchObject({ secretKey: null, databaseUrl: null, jwtSecret: null, jwtPrivateKey: null })
})

test.each([
  ['TRESPASS_DATABSE_URL', 'did you mean `TRESPASS_DATABASE_URL`?'],
  ['TRESPASS_SECRT_KEY', 'did you mean `TRESPASS_SECRET_KEY`?'],
])('the misspelt %s is named, wherever it stands', (name, hint) => {
  const found = (place: string) => ({
    code: 'unknown-variable',
    message: `found ${name} in ${place}, expected a variable that Trespass knows`,
    hint,
  })
  expect(thrown(() => loadEnvironment(root, 'staging', { [name]: 'x' }))).toMatchObject(found('the environment'))
  write('.env.staging', { [name]: 'x' })
  expect(thrown(() => loadEnvironment(root, 'staging', {}))).toMatchObject(found('.env.staging'))
})

test('an unknown variable is a mistake in a file, and another program’s in the environment', () => {
  loadEnvironment(root, 'staging', { TRESPASS_OF_SOMEBODY_ELSE_ALTOGETHER: 'x', OTHER: 'y' })
  write('.env', { OTHER: 'y', TRESPASS_OF_SOMEBODY_ELSE_ALTOGETHER: 'x' })
  expect(thrown(() => loadEnvironment(root, 'staging', {}))).toMatchObject({ code: 'unknown-variable' })
})

test.each(['0', '65', '-1', '2.5', 'many', '1e1'])('concurrency %s is refused', (text) => {
  write('.env', { TRESPASS_CONCURRENCY: text })
  const error = thrown(() => loadEnvironment(root, null, {}))
  expect(error).toMatchObject({
    code: 'bad-variable',
    message: 'TRESPASS_CONCURRENCY in .env has another form; expected a whole number from 1 to 64',
  })
})

test.each(['../staging', 'a/b', '', '.', 'a b', '-a', 'x'.repeat(41)])('the alias %j is refused', (alias) => {
  expect(thrown(() => loadEnvironment(root, alias, {}))).toMatchObject({ code: 'bad-target-alias' })
})

test('.env.example has every variable, with one worker for all, and no other', () => {
  const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8')
  const named = [...text.matchAll(/^(\w+)=/gm)].map(([, name]) => name)
  expect(named.sort()).toEqual([...allVariables, workerVariable('task_worker')].sort())
})
