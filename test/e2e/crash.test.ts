import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { filesBelow } from './report.ts'
import { smallCells, smallTables, smallWorkspace } from './small-workspace.ts'
import { asStaging, rowsOf, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { plantStrangers } from './strangers.ts'
import { patience, start, trespass, writeFiles } from './support.ts'

const moments = 20
/** So many of the moments come before the run has reached its target. */
const early = 3

let sandbox: StandingSandbox
let before: Record<string, readonly string[]>
const root = smallWorkspace()

beforeAll(async () => {
  sandbox = await standingSandbox(root)
  asStaging(root, sandbox)
  await plantStrangers(sandbox)
  before = await rowsOf(sandbox, smallTables)
}, patience)

const cleanup = () => trespass(['cleanup', '--workspace', root])

/** @returns what a run has left on disk but for its report: journals, locks, half a report. */
function litter(): string[] {
  const folders = ['.trespass', 'reports'].map((name) => join(root, name)).filter((folder) => existsSync(folder))
  return folders.flatMap((folder) => Object.keys(filesBelow(folder))).filter((name) => !isWanted(name))
}

/** Of this workspace, the sandbox says on disk that it is there. */
function isWanted(name: string): boolean {
  return name === 'sandbox.json' || /^staging\/\w[^/]*\//.test(name)
}

describe('a run that is killed', { timeout: 10 * patience }, () => {
  test(`at ${moments} different moments leaves nothing that cleanup does not find`, async () => {
    const { reached, took } = await measured()
    const ends: string[] = []
    for (let moment = 0; moment < moments; moment += 1) {
      const { child, ended, says } = start(['run', '--target', 'staging', '--workspace', root])
      if (moment < early) {
        await wait((reached * (moment + 0.5)) / early)
      } else {
        await says(/reaching staging/)
        await wait(((took - reached) * (moment - early + 0.5)) / (moments - early))
      }
      child.kill('SIGKILL')
      const { text } = await ended
      ends.push(child.signalCode ?? 'ended')
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
    // The last ones may have come too late on a machine that is faster now than it was when it was measured.
    expect(ends.filter((end) => end === 'SIGKILL').length).toBeGreaterThan(moments / 2)
  })
})

/** Milliseconds that a whole run takes to reach its target, and to its end. */
async function measured(): Promise<{ reached: number; took: number }> {
  const from = performance.now()
  const { ended, says } = start(['run', '--target', 'staging', '--workspace', root])
  await says(/reaching staging/)
  const reached = performance.now() - from
  const { code, text } = await ended
  expect(code, text).toBe(0)
  expect(text).toContain(`${smallCells} cells: ${smallCells} held`)
  expect(await rowsOf(sandbox, smallTables)).toEqual(before)
  return { reached, took: performance.now() - from }
}
