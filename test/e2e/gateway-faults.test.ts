import { beforeAll, describe, expect, test } from 'vitest'
import type { CellRecord } from '../../harness/model/record.ts'
import { settingsLines } from './counting-server.ts'
import { FaultProxy, type Passing } from './fault-proxy.ts'
import { countedServer, type Fault, faults, withoutTls } from './faults.ts'
import { insertForeignRows } from './foreign-rows.ts'
import { evidenceOf, filesBelow } from './report.ts'
import { smallCells, smallTables, smallWorkspace } from './small-workspace.ts'
import { asStaging, rowsOf, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { type Ended, patience, temporaryFolder, trespass, writeFiles } from './support.ts'

/** A short timeout, because the faults include answers that never come. */
const config = 'export default { patience: 1 }\n'

let sandbox: StandingSandbox
let proxy: FaultProxy
let root: string
let before: Record<string, readonly string[]>

beforeAll(async () => {
  root = smallWorkspace({ 'trespass.config.ts': config })
  sandbox = await standingSandbox(root)
  proxy = await FaultProxy.before(sandbox)
  asStaging(root, proxy)
  await insertForeignRows(sandbox)
  before = await rowsOf(sandbox, smallTables)
}, patience)

const run = (...flags: string[]) => trespass(['run', '--workspace', root, '--target', 'staging', ...flags])

/** Expects that no row, no user and no journal is left. */
async function expectSwept(): Promise<void> {
  expect(await rowsOf(sandbox, smallTables)).toEqual(before)
  expect(Object.keys(filesBelow(`${root}/.trespass`)).filter((name) => name.includes('journal'))).toEqual([])
}

/** The actor of a request; in this workspace a request without a token is the visitor's. */
function actorOf({ claims }: Passing): string {
  if (claims.is_anonymous === true) return 'guest'
  return /\.(alice|bob)\./.exec(String(claims.email))?.[1] ?? 'visitor'
}

const isData = ({ path }: Passing): boolean => path.startsWith('/rest/')

describe('among the cells', { timeout: 2 * patience }, () => {
  /** By fault, the cells that met it, in their own request or in that of their control. */
  const met = new Map<string, CellRecord[]>()
  let ended: Ended
  let cells: readonly CellRecord[]

  // One run meets all of them: bob, whose requests are the controls, gets real answers; the other actors do not.
  beforeAll(async () => {
    const names = Object.keys(faults)
    const faultsOf = new Map<string, string[]>()
    let next = 0
    const keyOf = (actor: string, method: string, path: string) => `${actor} ${method} ${path}`
    proxy.misbehave((response, passing) => {
      const actor = actorOf(passing)
      if (!isData(passing) || actor === 'bob' || passing.claims.role === 'service_role') return false
      const name = names[next % names.length] ?? ''
      next += 1
      const key = keyOf(actor, passing.method, passing.path)
      faultsOf.set(key, [...(faultsOf.get(key) ?? []), name])
      faults[name]?.(response)
      return true
    })
    ended = await run()
    proxy.behave()
    cells = (await evidenceOf(ended)).cells
    for (const cell of cells) {
      const sent = [{ by: cell.actor, outcome: cell.outcome }, cell.control]
      const names = sent.flatMap((one) =>
        one?.outcome == null ? [] : (faultsOf.get(keyOf(one.by, one.outcome.method, one.outcome.request)) ?? []),
      )
      for (const name of names) met.set(name, [...(met.get(name) ?? []), cell])
    }
  }, 2 * patience)

  test.each(Object.keys(faults))('%s proves nothing', (name) => {
    const touched = met.get(name) ?? []
    expect(touched.length, ended.text).toBeGreaterThan(0)
    for (const { id, verdict, because } of touched) expect([verdict, id], because).toEqual(['inconclusive', id])
  })

  test('actors with real answers are judged as ever, and the exit code states that not all is proven', async () => {
    expect(ended.code, ended.text).toBe(3)
    expect(cells.length).toBe(smallCells)
    const held = cells.filter(({ verdict }) => verdict === 'held')
    expect([...new Set(held.map(({ actor }) => actor))]).toEqual(['bob'])
    expect(held.length).toBe(9)
    await expectSwept()
  })
})

describe('at other times', { timeout: patience }, () => {
  const unavailable: Fault = (response) => {
    response.writeHead(503, { 'content-type': 'text/html' }).end('<p>Service unavailable')
  }

  test('a Data API that is down for all actors leaves nothing held', async () => {
    proxy.misbehave((response, passing) => {
      if (!isData(passing)) return false
      unavailable(response)
      return true
    })
    const ended = await run('--matrix', 'notes')
    proxy.behave()
    expect(ended.code, ended.text).toBe(3)
    const { cells } = await evidenceOf(ended)
    expect(new Set(cells.map(({ verdict }) => verdict))).toEqual(new Set(['inconclusive']))
    await expectSwept()
  })

  test('a Data API that is down for a moment affects only the requests of that moment', async () => {
    let asked = 0
    proxy.misbehave((response, passing) => {
      if (!isData(passing)) return false
      asked += 1
      if (asked < 6 || asked > 9) return false
      unavailable(response)
      return true
    })
    const ended = await run('--matrix', 'notes')
    proxy.behave()
    expect(ended.code, ended.text).toBe(3)
    const { cells } = await evidenceOf(ended)
    for (const { verdict, outcome, control } of cells) {
      if (outcome?.status === 503 || control?.outcome.status === 503) expect(verdict).toBe('inconclusive')
      else expect(verdict).toBe('held')
    }
    await expectSwept()
  })

  test('an Auth that is away while users are made ends the run, and those that were made are swept', async () => {
    let made = 0
    proxy.misbehave((response, { method, path }) => {
      if (method !== 'POST' || !path.startsWith('/auth/')) return false
      made += 1
      if (made < 3) return false
      unavailable(response)
      return true
    })
    const { code, out, err } = await run()
    proxy.behave()
    expect([code, out], err).toEqual([2, ''])
    expect(err).toMatch(/Auth is not available \(status 503\)|did not answer/)
    expect(err).not.toContain('<p>')
    await expectSwept()
  })

  test('a redirect is not followed, neither by the Data API nor by Auth', async () => {
    const elsewhere = await countedServer()
    const away: Fault = (response) => {
      response.writeHead(308, { location: `http://127.0.0.1:${elsewhere.port}/` }).end()
    }
    proxy.misbehave((response, passing) => {
      if (!isData(passing)) return false
      away(response)
      return true
    })
    const data = await run('--matrix', 'notes')
    expect(data.code, data.text).toBe(3)
    proxy.misbehave((response, { path }) => {
      if (!path.startsWith('/auth/v1/token')) return false
      away(response)
      return true
    })
    const auth = await run('--matrix', 'notes')
    proxy.behave()
    expect([auth.code, elsewhere.asked()], auth.text).toEqual([2, 0])
    expect(auth.err).toContain('redirects to another address')
    await expectSwept()
  })

  test('a gateway that is lost in the middle of the sweep leaves users, and cleanup finds them', async () => {
    let deleted = 0
    proxy.misbehave((response, { method, path }) => {
      if (method !== 'DELETE' || !path.startsWith('/auth/')) return false
      deleted += 1
      if (deleted === 1) return false
      response.destroy()
      return true
    })
    const ended = await run()
    expect(ended.code, ended.text).toBe(2)
    expect(ended.out).toMatch(/left 2: run `trespass cleanup`/)
    const meanwhile = await trespass(['cleanup', '--workspace', root])
    expect(meanwhile.code, meanwhile.text).toBe(2)
    proxy.behave()
    const cleanup = await trespass(['cleanup', '--workspace', root])
    expect(cleanup.code, cleanup.text).toBe(0)
    await expectSwept()
    const again = await trespass(['cleanup', '--workspace', root])
    expect([again.code, again.out]).toEqual([0, 'Nothing to sweep: no run left a journal.\n'])
  })
})

describe('a target that cannot be reached', { timeout: patience }, () => {
  const nowhere = 'postgresql://postgres:guessed-word@127.0.0.1:1/postgres'

  const refusalOf = async (url: string, database = nowhere) => {
    const folder = temporaryFolder()
    writeFiles(folder, { ...filesBelow(root), '.env.away': settingsLines(url, database) })
    const env = { TRESPASS_ALLOW_WRITES: 'away' }
    const { code, out, err } = await trespass(['run', '--workspace', folder, '--target', 'away'], { env })
    expect([code, out], err).toEqual([2, ''])
    return err
  }

  test('because its name is not known', async () => {
    const host = 'nosuchprojectnosuchp.supabase.co'
    const err = await refusalOf(`https://${host}`, `postgresql://postgres:guessed-word@db.${host}:5432/postgres`)
    expect(err).toMatch(/the target away did not answer \((?:ENOTFOUND|EAI_AGAIN)\)/)
    expect(err).not.toContain(host)
  })

  test('because it refuses TLS', async () => {
    const err = await refusalOf(`https://127.0.0.1:${await withoutTls()}`)
    expect(err).toMatch(/the target away did not answer \((?:ERR_SSL_\w+|EPROTO)\)/)
    expect(err).not.toContain('127.0.0.1')
  })
})
