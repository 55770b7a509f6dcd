import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { createAuthAdmin } from '../actors/admin.ts'
import { aliasesWithKeptUsers, giveUpKeptUsers } from '../actors/kept-users.ts'
import { TrespassError } from '../errors.ts'
import { dropPartialReports } from '../evidence/partial.ts'
import type { CleanupRecord } from '../evidence/record.ts'
import { redactor } from '../evidence/redact.ts'
import { redactedError } from '../evidence/redact-error.ts'
import { dropJournal, openJournal } from '../fixtures/journal.ts'
import { dropUnbegunJournals, type RunJournal, readJournals } from '../fixtures/read-journals.ts'
import { importModule } from '../run/import-module.ts'
import { requireMarker } from '../run/marker.ts'
import { openWitness } from '../run/open-witness.ts'
import { sweepRun } from '../run/sweep-run.ts'
import { type Config, loadConfig } from '../workspace/config.ts'
import { loadEnvironment } from '../workspace/environment.ts'
import { lockWholeWorkspace } from '../workspace/lock.ts'
import { openTarget } from '../workspace/open-target.ts'
import { newRunId } from '../workspace/run-id.ts'
import { secretsOf } from '../workspace/secrets.ts'
import type { Target } from '../workspace/target.ts'
import { type Flag, readArguments } from './arguments.ts'
import { type Command, workspaceFlag } from './command.ts'
import { aside, say } from './print.ts'

const flags = {
  ...workspaceFlag,
  run: { type: 'string', value: 'ID', help: 'only what this run left (default: all runs)' },
  users: { type: 'boolean', help: 'the users too that targets keep for the next run' },
} as const satisfies Readonly<Record<string, Flag>>

/** Sweeps what crashed runs left: what their journals name, and nothing else; on demand the users that are kept, too. */
export const cleanup: Command = {
  summary: 'sweeps what crashed runs left behind',
  flags,
  async run(args) {
    const given = readArguments(args, flags)
    const root = resolve(given.text('workspace') ?? '.')
    const run = given.text('run')
    if (run !== undefined && given.on('users')) {
      throw new TrespassError('usage', 'found --run and --users, expected one of them', {
        hint: 'Kept users belong to no run.',
      })
    }
    const config = await loadConfig(root, importModule)
    const lock = await lockWholeWorkspace(root)
    try {
      await dropUnbegunJournals(root)
      await dropPartialReports(root)
      let left = 0
      if (given.on('users')) for (const alias of aliasesWithKeptUsers(root)) left += await giveUp(root, config, alias)
      const journals = await readJournals(root, run)
      if (journals.length === 0) {
        say('Nothing to sweep: no run left a journal.')
        return left === 0 ? 0 : 2
      }
      for (const journal of journals) left += await sweepOne(root, config, journal)
      return left === 0 ? 0 : 2
    } finally {
      lock.release()
    }
  },
}

/**
 * Hands the kept users of a target over to a journal, which is swept with the others.
 *
 * @returns how many cannot be reached, since they are users of another project.
 */
async function giveUp(root: string, config: Config, alias: string): Promise<number> {
  const environment = loadEnvironment(root, alias, process.env)
  const opened = await openTarget({ root, config, environment, sandbox: { holes: [] }, onProgress: aside })
  const journal = openJournal({ workspace: root, run: newRunId(new Date(), randomBytes(4)), alias })
  try {
    const { url } = opened.target.endpoint
    const foreign = giveUpKeptUsers({ root, alias, url }, (ids) =>
      journal.append(ids.map((id) => ({ made: 'kept-user', id }))),
    )
    if (foreign > 0) say(`${alias}: ${foreign} kept users are of another project than ${alias} is now`)
    return foreign
  } finally {
    journal.close()
    await opened.close()
  }
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
