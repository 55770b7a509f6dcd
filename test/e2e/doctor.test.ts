import { beforeAll, describe, expect, test } from 'vitest'
import { sampleKeys } from '../support/sample-keys.ts'
import { countingServer } from './counting-server.ts'
import { expectNoSecret } from './secrets.ts'
import { smallTables, smallWorkspace } from './small-workspace.ts'
import { rowsOf, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { patience, trespass } from './support.ts'

let sandbox: StandingSandbox

beforeAll(async () => {
  sandbox = await standingSandbox(smallWorkspace())
}, patience)

/** A workspace whose `.env.hosted` leads to the sandbox, with some lines left out or changed. */
function workspace(changed: Readonly<Record<string, string | null>> = {}): string {
  const lines = Object.entries({ ...sandbox.variables, ...changed })
  const kept = lines.flatMap(([name, value]) => (value === null ? [] : [`${name}='${value}'`]))
  return smallWorkspace({ '.env.hosted': `${kept.join('\n')}\n` })
}

const doctor = (root: string, ...flags: string[]) =>
  trespass(['doctor', '--target', 'hosted', '--workspace', root, ...flags])

/** The counters that a write would have changed, and the existing rows. */
async function footprint() {
  const [counted] = await sandbox.query(`
    select pg_stat_force_next_flush(), sum(tup_inserted) || ' ' || sum(tup_updated) || ' ' || sum(tup_deleted) as rows
    from pg_stat_database where datname = current_database()`)
  return { rows: counted?.rows, tables: await rowsOf(sandbox, smallTables) }
}

describe('the doctor', { timeout: patience }, () => {
  test('finds everything on the sandbox that it starts itself', async () => {
    const { code, out, err } = await trespass(['doctor', '--workspace', smallWorkspace()])
    expect(code, out + err).toBe(0)
    expect(out).toMatch(/^sandbox \(sandbox\)/)
    expect(out).toMatch(/ok +minting +a token that TRESPASS_JWT_PRIVATE_KEY signs is accepted/)
    expect(out).toMatch(/ok +Realtime +answers/)
    expectNoSecret({ out, err })
  })

  test('describes a target, writes nothing and shows no secret', async () => {
    const before = await footprint()
    const { code, out, err } = await doctor(workspace())
    expect(code, out + err).toBe(0)
    for (const line of [
      /^hosted \(local\)/,
      /ok +Auth +answers, version sandbox/,
      /ok +Data API +answers, version 1\d\./,
      /exposed schemas +public/,
      /ok +anonymous sign-ins +are allowed/,
      /e-mail +needs no confirmation/,
      /ok +clock +the same as this machine’s/,
      /ok +publishable key +a publishable key for the role anon, accepted/,
      /ok +secret key +a secret key for the role service_role, accepted/,
      /signing keys +published: ES256/,
      /ok +database +PostgreSQL 17\S*, as the role postgres/,
      /ok +row security +does not apply/,
      /ok +sessions/,
      /grants +service_role may not read public\./,
      /role timeouts +anon 3s, authenticated 8s, service_role none/,
      /Realtime settings +0 tables published/,
    ]) {
      expect(out).toMatch(new RegExp(line, 'm'))
    }
    expect(await footprint()).toEqual(before)
    expectNoSecret({ out, err }, Object.values(sandbox.variables))
  })

  test('lists untestable cells and the change that would help, and a run works all the same', async () => {
    const less = { TRESPASS_SECRET_KEY: null, TRESPASS_DATABASE_URL: null, TRESPASS_JWT_PRIVATE_KEY: null }
    const { code, out, err } = await doctor(workspace(less))
    expect(code, out + err).toBe(0)
    expect(out).toMatch(/less +secret key[\s\S]*Set TRESPASS_SECRET_KEY/)
    expect(out).toMatch(/less +minting[\s\S]*Set TRESPASS_JWT_SECRET/)
    expect(out).toMatch(/less +database[\s\S]*Set TRESPASS_DATABASE_URL/)
    expect(out).toContain('A run works. 3 things cannot be tested')
  })

  test('sees how many rows come at once where a table has more', async () => {
    await sandbox.query(`create table public.many as select n as id from generate_series(1, 1500) n;
      alter table public.many add primary key (id); grant select on public.many to service_role; analyze public.many;
      notify pgrst, 'reload schema'`)
    await expect.poll(async () => (await doctor(workspace())).out, { timeout: patience }).toContain('1000 at once')
  })

  test.each<[string, Record<string, string>, RegExp]>([
    [
      'a wrong publishable key',
      { TRESPASS_PUBLISHABLE_KEY: sampleKeys.publishable },
      /BAD +publishable key[\s\S]*Invalid API key/,
    ],
    ['a wrong secret key', { TRESPASS_SECRET_KEY: sampleKeys.secret }, /BAD +secret key[\s\S]*Invalid API key/],
    ['a wrong signing key', { TRESPASS_JWT_PRIVATE_KEY: '', TRESPASS_JWT_SECRET: 'x'.repeat(40) }, /BAD +minting/],
    [
      'a database that is away',
      { TRESPASS_DATABASE_URL: 'postgresql://postgres:guessed@127.0.0.1:1/postgres' },
      /BAD +database +the target's database cannot be reached/,
    ],
    ['a project that is away', { TRESPASS_URL: 'http://127.0.0.1:1' }, /BAD +Auth +did not answer/],
  ])('names %s, and ends with 2', async (_, changed, says) => {
    const { code, out, err } = await doctor(workspace(changed))
    expect(code, out + err).toBe(2)
    expect(out).toMatch(says)
    expect(out).toContain('A run would not work')
    expectNoSecret(
      { out, err },
      Object.values({ ...sandbox.variables, ...changed }).filter((text) => text.length > 8),
    )
  })

  test('does not send the secret key to a server that does not answer as Auth does', async () => {
    const server = await countingServer()
    const root = smallWorkspace({
      '.env.hosted': server.lines,
      'trespass.config.ts': 'export default { targets: { hosted: { protected: true } } }\n',
    })
    const { code, err } = await doctor(root)
    expect([code, server.requests]).toEqual([2, []])
    expect(err).toContain('marked as protected')
  })
})
