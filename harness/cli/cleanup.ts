import { resolve } from 'node:path'
import { createAuthAdmin } from '../actors/admin.ts'
import { dropPartialReports } from '../evidence/partial.ts'
import type { CleanupRecord } from '../evidence/record.ts'
import { redactor } from '../evidence/redact.ts'
import { redactedError } from '../evidence/redact-error.ts'
import { dropJournal } from '../fixtures/journal.ts'
import { dropUnbegunJournals, type RunJournal, readJournals } from '../fixtures/read-journals.ts'
import { importModule } from '../run/import-module.ts'
import { requireMarker } from '../run/marker.ts'
import { openWitness } from '../run/open-witness.ts'
import { sweepRun } from '../run/sweep-run.ts'
import { type Config, loadConfig } from '../workspace/config.ts'
import { loadEnvironment } from '../workspace/environment.ts'
import { lockWholeWorkspace } from '../workspace/lock.ts'
import { openTarget } from '../workspace/open-target.ts'
import { secretsOf } from '../workspace/secrets.ts'
import type { Target } from '../workspace/target.ts'
import { type Flag, readArguments } from './arguments.ts'
import { type Command, workspaceFlag } from './command.ts'
import { aside, say } from './print.ts'

const flags = {
  ...workspaceFlag,
  run: { type: 'string', value: 'ID', help: 'only what this run left (default: all runs)' },
} as const satisfies Readonly<Record<string, Flag>>

/** Sweeps what crashed runs left: what their journals name, and nothing else. */
export const cleanup: Command = {
  summary: 'sweeps what crashed runs left behind',
  flags,
  async run(args) {
    const given = readArguments(args, flags)
    const root = resolve(given.text('workspace') ?? '.')
    const config = await loadConfig(root, importModule)
    const lock = await lockWholeWorkspace(root)
    try {
      await dropUnbegunJournals(root)
      await dropPartialReports(root)
      const journals = await readJournals(root, given.text('run'))
      if (journals.length === 0) {
        say('Nothing to sweep: no run left a journal.')
        return 0
      }
      let left = 0
      for (const journal of journals) left += await sweepOne(root, config, journal)
      return left === 0 ? 0 : 2
    } finally {
      lock.release()
    }
  },
}

/** @returns how many things are still there. */
async function sweepOne(root: string, config: Config, journal: RunJournal): Promise<number> {
  if (journal.alias === 'sandbox') {
    await dropJournal(root, journal.run)
    say(`${journal.run}: its sandbox is gone, and everything that it made with it`)
    return 0
  }
  const environment = loadEnvironment(root, journal.alias, process.env)
  const opened = await openTarget({ root, config, environment, sandbox: { holes: [] }, onProgress: aside })
  const redact = redactor(secretsOf(opened.target, []))
  try {
    const { made, swept, left } = redact(await sweepTarget(root, config, journal, opened.target))
    say(`${journal.run}: ${swept} of ${made} swept on ${journal.alias}`)
    for (const text of left) say(`  left: ${text}`)
    return left.length
  } catch (error) {
    throw redactedError(error, redact)
  } finally {
    await opened.close()
  }
}

async function sweepTarget(root: string, config: Config, journal: RunJournal, target: Target): Promise<CleanupRecord> {
  const witness = await openWitness(target)
  try {
    await requireMarker(journal.alias, config, witness)
    return await sweepRun({ root, run: journal.run, witness, admin: createAuthAdmin(target) })
  } finally {
    await witness.close()
  }
}
