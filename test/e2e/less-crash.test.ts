import { beforeAll, describe, expect, test } from 'vitest'
import { CountingProxy } from './counting-proxy.ts'
import { insertForeignRows } from './foreign-rows.ts'
import { smallCells, smallTables, smallWorkspace } from './small-workspace.ts'
import { rowsOf, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { patience, start, trespass, writeFiles } from './support.ts'

const moments = 6

/** The grants with which a secret key can make and sweep the fixtures of the matrices by the Data API. */
const root = smallWorkspace({
  'supabase/migrations/3_grants.sql': `grant select, insert, delete on public.shelves to service_role;
    grant select, delete on public.profiles, public.note_audit to service_role;`,
})
let sandbox: StandingSandbox
let proxy: CountingProxy
let before: Record<string, readonly string[]>

beforeAll(async () => {
  sandbox = await standingSandbox(root)
  proxy = await CountingProxy.before(sandbox)
  writeFiles(root, { '.env.hosted': proxy.lines.replace(/^TRESPASS_DATABASE_URL=.*\n/m, '') })
  await insertForeignRows(sandbox)
  before = await rowsOf(sandbox, smallTables)
}, patience)

const run = ['run', '--target', 'hosted', '--workspace', root]

describe('a run without a database URL that is killed', { timeout: moments * patience }, () => {
  test(`at ${moments} different moments leaves nothing that cleanup does not find, and no other row is touched`, async () => {
    proxy.count(0, () => undefined)
    const whole = await trespass(run)
    expect(whole.text).toContain(`${smallCells} cells: ${smallCells} held`)
    expect(await rowsOf(sandbox, smallTables)).toEqual(before)
    const { sent } = proxy
    let killed = 0
    for (let moment = 0; moment < moments; moment += 1) {
      const { child, ended } = start(run)
      proxy.count(Math.ceil(((moment + 0.5) / moments) * sent), () => child.kill('SIGKILL'))
      const { text } = await ended
      if (child.signalCode === 'SIGKILL') killed += 1
      proxy.count(0, () => undefined)
      const swept = await trespass(['cleanup', '--workspace', root])
      const about = `moment ${moment}, after:\n${text}\n${swept.text}`
      expect(swept.code, about).toBe(0)
      expect(await rowsOf(sandbox, smallTables), about).toEqual(before)
    }
    // Two runs never send exactly the same messages, so the last one may have ended before its moment.
    expect(killed).toBeGreaterThanOrEqual(moments - 1)
  })
})
