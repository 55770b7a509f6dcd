import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { FaultProxy } from '../e2e/fault-proxy.ts'
import { inProcess } from '../e2e/in-process.ts'
import { type StandingSandbox, standingSandbox } from '../e2e/standing-sandbox.ts'
import { atEnd, patience, temporaryFolder, writeFiles } from '../e2e/support.ts'
import { reviewedFiles } from './workspace.ts'

const root = temporaryFolder()
let sandbox: StandingSandbox
/** The production database's connection string, through a proxy that hears every statement. */
let catalogUrl: string
let proxy: FaultProxy

const later = {
  'supabase/migrations/2_places.sql': `create table public.places (id int primary key);
alter table public.places enable row level security;
create policy "all places" on public.places for select to authenticated using (true);
grant select on public.places to authenticated;
`,
  'supabase/migrations/3_reports.sql': 'create view public.reports as select id from public.plans;\n',
  'supabase/seed.sql': 'insert into public.places values (1);\n',
  'trespass.config.ts':
    "export default { targets: { production: { protected: true } }, protected_refs: ['abcdefghijklmnopqrst'] }\n",
} as const

const drift = (...flags: string[]) => inProcess(['drift', '--workspace', root, ...flags])

beforeAll(async () => {
  writeFiles(root, reviewedFiles)
  sandbox = await standingSandbox(root)
  writeFiles(root, later)
  proxy = await FaultProxy.before(sandbox)
  await sandbox.query(`create role catalog_reader login password 'a-long-catalog-password'`)
  const address = /TRESPASS_DATABASE_URL=(.*)/.exec(proxy.lines)?.[1] ?? ''
  catalogUrl = address.replace(/\/\/[^@]*@/, '//catalog_reader:a-long-catalog-password@')
  // The second migration was broken off, and a policy was made by hand.
  await sandbox.query(`create table public.places (id int primary key); alter table public.places enable row level security;
    create policy "by hand" on public.plans for select to anon using (true)`)
  writeFiles(root, { '.env.production': `TRESPASS_DATABASE_URL=${catalogUrl}\n`, '.env.staging': sandbox.lines })
}, patience)

describe('drift', { timeout: patience }, () => {
  test('a protected target is compared by its catalog, and nothing else is sent to it', async () => {
    const statements: string[] = []
    const requests: string[] = []
    proxy.onDatabase((text) => statements.push(text))
    proxy.misbehave((_, { path }) => requests.push(path) < 0)
    const { code, out, err } = await drift('--to', 'production', '--json', '--gate')
    proxy.behave()
    expect({ code, err: err.includes('Error') }).toEqual({ code: 1, err: false })
    const found = JSON.parse(out)
    expect(found.differences.map((one: Record<string, unknown>) => [one.object, one.class, one.migration])).toEqual([
      ['table public.places', 'interrupted-application', 'supabase/migrations/2_places.sql'],
      ['table public.plans', 'unrecorded-edit', null],
      ['view public.reports', 'unapplied-migration', 'supabase/migrations/3_reports.sql'],
    ])
    expect(found.differences[0].missingFrom).toMatchObject({ line: 3 })
    expect(found.environment).toContainEqual(
      expect.objectContaining({ setting: 'Auth: sign-ups', to: 'not known', isEqual: false }),
    )
    expect(out).not.toContain('a-long-catalog-password')
    expect(requests).toEqual([])
    const heard = statements.join('\n')
    expect(heard).toContain('set default_transaction_read_only = on')
    expect(heard).not.toMatch(
      /\b(?:insert|update|delete|truncate|create|alter|drop|copy|call)\s+(?:into|from|table|policy|on)\b/i,
    )
    expect(heard).not.toMatch(/\bfrom\s+(?:only\s+)?"?(?:public|auth|storage)"?\./i)
  })

  test('a login that may do more is refused, before anything else is read', async () => {
    await sandbox.query('grant select on public.notes to catalog_reader')
    const { code, err } = await drift('--to', 'production')
    await sandbox.query('revoke select on public.notes from catalog_reader')
    expect(code).toBe(2)
    expect(err).toContain('catalog-role-too-strong')
    expect(err).toContain('read rows of public.notes')
  })

  test('the owner of the database is refused for a protected target', async () => {
    const owner = `TRESPASS_DATABASE_URL=${sandbox.variables.TRESPASS_DATABASE_URL}\n`
    writeFiles(root, { '.env.production': owner })
    expect(await drift('--to', 'production')).toMatchObject({ code: 2 })
    writeFiles(root, { '.env.production': `TRESPASS_DATABASE_URL=${catalogUrl}\n` })
  })

  test('two targets with one schema agree, and the target of the report has no silent cell', async () => {
    const { code, out } = await drift('--from', 'staging', '--to', 'production', '--markdown', '--gate')
    expect(out).toContain('# Drift from staging to production: nothing differs')
    expect(out).toContain('there is no report about staging')
    expect(code).toBe(0)
  })

  test('the sandbox is no target to compare with', async () => {
    expect(await drift('--to', 'sandbox')).toMatchObject({ code: 2 })
  })
})

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** A project that refuses every key, and a Management API that knows one token. */
async function otherProject(): Promise<{ readonly url: string; readonly requests: string[] }> {
  const requests: string[] = []
  const server = createServer(({ method, url = '', headers }, response) => {
    requests.push(`${method} ${url.replace(/\?.*/, '')}`)
    const isKnown = url.startsWith('/v1/') && headers.authorization === 'Bearer sbp_0123456789abcdef'
    const status = !isKnown ? 401 : url.endsWith('/api-keys') ? 403 : 200
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"message":"Invalid API key"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd(() => server.close())
  return { url: `http://127.0.0.1:${portOf(server.address())}`, requests }
}

describe('credentials', { timeout: patience }, () => {
  test('each credential is tried by requests that write nothing, and shown by its name alone', async () => {
    const { TRESPASS_URL: url, TRESPASS_SECRET_KEY: secret, TRESPASS_PUBLISHABLE_KEY: key } = sandbox.variables
    const other = await otherProject()
    const database = new URL(sandbox.variables.TRESPASS_DATABASE_URL ?? '').host
    writeFiles(root, {
      'junior.env': `SUPABASE_URL=${url}\nSUPABASE_ANON_KEY=${key}\nSERVICE=${secret}\n`,
      'ci.env': `SUPABASE_URL=${url}\nCATALOG_URL=${catalogUrl.replace(/@[^/]*/, `@${database}`)}\nSUPABASE_ACCESS_TOKEN=sbp_0123456789abcdef\n`,
      'credentials.yaml': `environments:
  staging: { url: ${url}, ref: aaaaaaaaaaaaaaaaaaaa, database: "${database}" }
  production: { url: ${other.url} }
tiers:
  junior: { holds: [junior.env], may: { staging: [client] } }
  ci: { holds: [ci.env], may: { staging: [connect, read-schema, manage] } }
`,
    })
    const run = () => inProcess(['credentials', '--workspace', root, '--management-url', other.url, '--gate', '--json'])
    const statements = await sandbox.query('select count(*)::int as rows from auth.users')
    const first = await run()
    expect(first.code).toBe(1)
    const { findings, access, trials, changes, stored } = JSON.parse(first.out)
    expect(findings.map((one: Record<string, unknown>) => [one.code, one.tier, one.environment])).toEqual([
      ['secret-key-held', 'junior', 'staging'],
      ['more-than-declared', 'junior', 'staging'],
      ['more-than-declared', 'junior', 'staging'],
    ])
    expect(access.map((one: Record<string, unknown>) => [one.tier, one.environment, one.found])).toEqual([
      ['junior', 'staging', ['client', 'read-data', 'write-data']],
      ['junior', 'production', []],
      ['ci', 'staging', ['connect', 'read-schema', 'manage']],
      ['ci', 'production', []],
    ])
    expect(trials).toContainEqual(
      expect.objectContaining({ variable: 'SERVICE', environment: 'production', state: 'refused' }),
    )
    expect(changes).toBe(null)
    expect(other.requests.filter((request) => !request.startsWith('GET '))).toEqual([])
    expect(await sandbox.query('select count(*)::int as rows from auth.users')).toEqual(statements)

    writeFiles(root, { 'junior.env': `SUPABASE_URL=${url}\nSUPABASE_ANON_KEY=${key}\n` })
    const second = await run()
    expect(second.code).toBe(0)
    expect(JSON.parse(second.out).changes).toMatchObject({
      opened: [],
      closed: expect.arrayContaining(['junior can write data whatever the policies say in staging']),
    })
    const shown = [first.text, second.text, readFileSync(join(root, stored), 'utf8')].join('\n')
    for (const text of [secret, key, 'a-long-catalog-password', 'sbp_0123456789abcdef', 'aaaaaaaaaaaaaaaaaaaa']) {
      expect(shown).not.toContain(text)
    }
  })

  test('a file that is not there is an error with its place', async () => {
    writeFiles(root, {
      'credentials.yaml':
        'environments: { a: { url: "https://a.example.com" } }\ntiers:\n  x: { holds: [gone.env], may: {} }\n',
    })
    const { code, err } = await inProcess(['credentials', '--workspace', root])
    expect(code).toBe(2)
    expect(err).toContain('credentials.yaml:3:16: found gone.env, which cannot be read (ENOENT)')
  })
})
