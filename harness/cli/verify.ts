import { resolve } from 'node:path'
import { TrespassError } from '../errors.ts'
import { findReport } from '../evidence/find-report.ts'
import { verifyReport } from '../evidence/verify.ts'
import { type Flag, readArguments } from './arguments.ts'
import { type Command, workspaceFlag } from './command.ts'
import { say } from './print.ts'

const flags = { ...workspaceFlag } satisfies Readonly<Record<string, Flag>>

/** Says whether reports are as they were written and every verdict in them follows from what was recorded. */
export const verify: Command = {
  summary: 'says whether a report is as it was written, and judges it again',
  words: 'REPORT…',
  flags,
  async run(args) {
    const given = readArguments(args, flags)
    if (given.words.length === 0) {
      throw new TrespassError('usage', 'found no report, expected at least one', {
        hint: 'trespass verify reports/staging/<run id>',
      })
    }
    const root = resolve(given.text('workspace') ?? '.')
    let sound = true
    for (const named of given.words) {
      const { evidence, digest, problems } = await verifyReport(await findReport(root, named))
      const { run, target } = evidence.run
      if (problems.length === 0) {
        say(`${run} on ${target.alias}: sound, ${evidence.cells.length} cells judged again; manifest ${digest}`)
        continue
      }
      sound = false
      say(`${run} on ${target.alias}: not as it was written`)
      for (const problem of problems) say(`  ${problem}`)
    }
    return sound ? 0 : 1
  },
}
