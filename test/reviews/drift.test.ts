import { beforeAll, describe, expect, test } from 'vitest'
import { FaultProxy } from '../e2e/fault-proxy.ts'
import { inProcess } from '../e2e/in-process.ts'
import { type StandingSandbox, standingSandbox } from '../e2e/standing-sandbox.ts'
import { patience, temporaryFolder, writeFiles } from '../e2e/support.ts'
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
