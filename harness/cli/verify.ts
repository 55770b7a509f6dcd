import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { verifyRecord } from '../deployments/verify-record.ts'
import { TrespassError } from '../errors.ts'
import { findReport } from '../evidence/find-report.ts'
import { verifyReport } from '../evidence/verify.ts'
import { type Flag, readArguments } from './arguments.ts'
import { type Command, workspaceFlag } from './command.ts'
import { say } from './print.ts'
import { plain } from './terminal/text.ts'

const flags = { ...workspaceFlag } satisfies Readonly<Record<string, Flag>>

/**
 * Says whether reports and deployment records are as they were written, and whether everything in them follows from what
 * was recorded.
 */
export const verify: Command = {
  summary: 'says whether a report or a deployment record is as it was written',
  words: 'REPORT|RECORD…',
  flags,
  async run(args) {
    const given = readArguments(args, flags)
    if (given.words.length === 0) {
      throw new TrespassError('usage', 'found no report and no record, expected at least one', {
        hint: 'trespass verify reports/staging/<run id>',
      })
    }
    const root = resolve(given.text('workspace') ?? '.')
    let sound = true
    for (const named of given.words) {
      if (named.endsWith('.md')) {
        sound = (await tellRecord(root, named)) && sound
        continue
      }
      const { evidence, digest, problems, notes } = await verifyReport(await findReport(root, named))
      const { run, target } = evidence.run
      if (problems.length === 0) {
        say(`${run} on ${target.alias}: sound, ${evidence.cells.length} cells judged again; manifest ${digest}`)
        for (const note of notes) say(`  ${plain(note)}`)
        continue
      }
      sound = false
      say(`${run} on ${target.alias}: not as it was written`)
      for (const line of [...problems, ...notes]) say(`  ${plain(line)}`)
    }
    return sound ? 0 : 1
  },
}

/** @returns true when the record is sound. */
async function tellRecord(root: string, named: string): Promise<boolean> {
  const file = existsSync(resolve(named)) ? resolve(named) : resolve(root, named)
  const { record, problems, notes } = await verifyRecord(root, file)
  const { migration, alias, entries } = record
  const sections = `${entries.length} ${entries.length === 1 ? 'section' : 'sections'}`
  say(`${migration} on ${alias}: ${problems.length === 0 ? `sound, ${sections}` : 'not as it was written'}`)
  for (const line of [...problems, ...notes]) say(`  ${plain(line)}`)
  return problems.length === 0
}
