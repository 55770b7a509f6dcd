import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { verifyRecord } from '../deployments/verify-record.ts'
import { TrespassError } from '../errors.ts'
import { findReport } from '../evidence/find-report.ts'
import { thumbprintOf } from '../evidence/signature.ts'
import { verifyReport } from '../evidence/verify.ts'
import { type Flag, readArguments } from './arguments.ts'
import { type Command, workspaceFlag } from './command.ts'
import { print } from './print.ts'
import { plain } from './terminal/text.ts'

const flags = {
  ...workspaceFlag,
  'public-key': { type: 'string', value: 'FILE', help: 'a public JWK: reports have to be signed by this key' },
} as const satisfies Readonly<Record<string, Flag>>

/**
 * Verifies that reports and deployment records are unchanged, and that everything in them follows from the recorded evidence.
 */
export const verify: Command = {
  summary: 'says whether a report or a deployment record is as it was written',
  words: 'REPORT|RECORD…',
  flags,
  exits: {
    0: 'everything is as it was written',
    1: 'something does not fit',
    2: 'bad usage, or nothing to verify',
  },
  examples: [
    'npx trespass verify reports/staging/20260301-020000-ab12',
    'npx trespass verify deployments/*.md --public-key report-key.pem',
  ],
  async run(args) {
    const given = readArguments(args, flags)
    if (given.words.length === 0) {
      throw new TrespassError('usage', 'found no report and no record, expected at least one', {
        hint: 'trespass verify reports/staging/<run id>',
      })
    }
    const root = resolve(given.text('workspace') ?? '.')
    const key = await keyIn(given.text('public-key'))
    let sound = true
    for (const named of given.words) {
      if (named.endsWith('.md')) {
        sound = (await printRecordVerification(root, named, key)) && sound
        continue
      }
      const { evidence, digest, problems, notes, signedBy } = await verifyReport(await findReport(root, named), key)
      const { run, target } = evidence.run
      if (problems.length === 0) {
        print(
          `${run} on ${target.alias}: sound, ${evidence.cells.length} cells judged again; manifest ${digest}${by(signedBy)}`,
        )
        for (const note of notes) print(`  ${plain(note)}`)
        continue
      }
      sound = false
      print(`${run} on ${target.alias}: not as it was written`)
      for (const line of [...problems, ...notes]) print(`  ${plain(line)}`)
    }
    return sound ? 0 : 1
  },
}

/** @returns the thumbprint of the required key; null if none is required. */
async function keyIn(file: string | undefined): Promise<string | null> {
  if (file === undefined) return null
  const text = await readFile(resolve(file), 'utf8').catch((cause: unknown) => {
    throw new TrespassError('bad-public-key', `found no file ${file}, expected a public JWK`, { cause })
  })
  return thumbprintOf(text, file)
}

function by(key: string | null): string {
  return key === null ? ', not signed' : `, signed by the key ${key}`
}

/** @returns true when the record is sound. */
async function printRecordVerification(root: string, named: string, key: string | null): Promise<boolean> {
  const file = existsSync(resolve(named)) ? resolve(named) : resolve(root, named)
  const { record, problems, notes } = await verifyRecord(root, file, key)
  const { migration, alias, entries } = record
  const sections = `${entries.length} ${entries.length === 1 ? 'section' : 'sections'}`
  print(`${migration} on ${alias}: ${problems.length === 0 ? `sound, ${sections}` : 'not as it was written'}`)
  for (const line of [...problems, ...notes]) print(`  ${plain(line)}`)
  return problems.length === 0
}
