import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { CountingProxy } from './counting-proxy.ts'
import { insertForeignRows } from './foreign-rows.ts'
import { filesBelow } from './report.ts'
import { smallCells, smallTables, smallWorkspace } from './small-workspace.ts'
import { asStaging, rowsOf, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { patience, start, trespass, writeFiles } from './support.ts'

const moments = 20
/** The number of moments before the run sends anything. */
const early = 2

let sandbox: StandingSandbox
let proxy: CountingProxy
let before: Record<string, readonly string[]>
const root = smallWorkspace()

beforeAll(async () => {
  sandbox = await standingSandbox(root)
  proxy = await CountingProxy.before(sandbox)
  asStaging(root, proxy)
  await insertForeignRows(sandbox)
  before = await rowsOf(sandbox, smallTables)
}, patience)

const cleanup = () => trespass(['cleanup', '--workspace', root])

/** @returns the files that a run left in addition to its report: journals, locks, an unfinished report. */
function litter(): string[] {
  const folders = ['.trespass', 'reports'].map((name) => join(root, name)).filter((folder) => existsSync(folder))
  return folders.flatMap((folder) => Object.keys(filesBelow(folder))).filter((name) => !isWanted(name))
}

/** The sandbox's own file, the stored schemas, and the files of this workspace's reports. */
function isWanted(name: string): boolean {
  return name === 'sandbox.json' || name.startsWith('schemas/') || /^staging\/\w[^/]*\//.test(name)
}

describe('a run that is killed', { timeout: 10 * patience }, () => {
  test(`at ${moments} different moments leaves nothing that cleanup does not find`, async () => {
    const whole = await sentByWholeRun()
    const ends: string[] = []
    for (let moment = 0; moment < moments; moment += 1) {
      const { child, ended } = start(['run', '--target', 'staging', '--workspace', root])
      // Moments are counted in messages of the run and not in time, so they are the same on a slow machine.
      const share = (moment - early + 0.5) / (moments - early)
      proxy.count(Math.ceil(share * whole), () => child.kill('SIGKILL'))
      if (moment < early) await wait(200 * moment).then(() => child.kill('SIGKILL'))
      const { text } = await ended
      ends.push(child.signalCode ?? 'ended')
      proxy.count(0, () => undefined)
      const about = `moment ${moment}, after:\n${text}`
      const swept = await cleanup()
      expect(swept.code, `${about}\n${swept.text}`).toBe(0)
      expect(await rowsOf(sandbox, smallTables), `${about}\n${swept.text}`).toEqual(before)
      expect(litter(), about).toEqual([])
    }
    writeFiles(root, { 'reports/staging/.killed-while-writing.partial/cells.jsonl': '{' })
    const again = await cleanup()
    expect([again.code, again.out]).toEqual([0, 'Nothing to sweep: no run left a journal.\n'])
    expect(litter()).toEqual([])
    // Two runs never send exactly the same messages, so the last one may have ended before its moment.
    expect(ends.filter((end) => end === 'SIGKILL').length).toBeGreaterThanOrEqual(moments - 1)
  })
})

async function sentByWholeRun(): Promise<number> {
  proxy.count(0, () => undefined)
  const { code, text } = await trespass(['run', '--target', 'staging', '--workspace', root])
  expect(code, text).toBe(0)
  expect(text).toContain(`${smallCells} cells: ${smallCells} held`)
  expect(await rowsOf(sandbox, smallTables)).toEqual(before)
  return proxy.sent
}
