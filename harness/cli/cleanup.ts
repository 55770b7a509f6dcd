import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { createAuthAdmin } from '../actors/admin.ts'
import { aliasesWithKeptUsers, forgetKeptUsers } from '../actors/kept-users.ts'
import { TrespassError } from '../errors.ts'
import { expiringInWords } from '../evidence/cell-facts.ts'
import { dropPartialReports } from '../evidence/partial.ts'
import { dropJournal, openJournal } from '../fixtures/journal.ts'
import { dropUnbegunJournals, readEachJournal } from '../fixtures/read-journals.ts'
import type { OpenTarget } from '../model/target.ts'
import { redactor } from '../redaction/redact.ts'
import { redactedError } from '../redaction/redact-error.ts'
import { importModule } from '../run/import-module.ts'
import { requireMarker } from '../run/marker.ts'
import { openWitness } from '../run/open-witness.ts'
import { withTiedConnections } from '../run/prove-database.ts'
import { proveForSweep } from '../run/prove-for-sweep.ts'
import { sweepRun } from '../run/sweep-run.ts'
import { type Config, loadConfig } from '../workspace/config.ts'
import { loadEnvironment, targetSettings } from '../workspace/environment.ts'
import { lockWholeWorkspace } from '../workspace/lock.ts'
import { openTarget } from '../workspace/open-target.ts'
import { newRunId } from '../workspace/run-id.ts'
import { secretsOf } from '../workspace/secrets.ts'
import { type Flag, type Given, readArguments } from './arguments.ts'
import { type Command, workspaceFlag } from './command.ts'
import { forget } from './forget.ts'
import { explain, print, printError } from './print.ts'
import { plain } from './terminal/text.ts'

const flags = {
  ...workspaceFlag,
  run: { type: 'string', value: 'ID', help: 'only what this run left (default: all runs)' },
  target: { type: 'string', value: 'ALIAS', help: 'only what runs left on this target (default: all targets)' },
  users: { type: 'boolean', help: 'the users too that targets keep for the next run' },
  forget: { type: 'string', value: 'ID', help: 'lists what this run left and gives its journal up; sweeps nothing' },
} as const satisfies Readonly<Record<string, Flag>>

/**
 * Sweeps the objects of crashed runs: those that their journals name, and no others; on demand the kept users, too. If a target
 * cannot be reached, its journals stay, and the other targets are still swept.
 */
export const cleanup: Command = {
  summary: 'sweeps what crashed runs left behind',
  flags,
  exits: {
    0: 'nothing is left, or the journal was given up',
    2: 'something is left, or could not be reached; bad usage or configuration',
  },
  examples: ['npx trespass cleanup', 'npx trespass cleanup --target staging --users'],
  async run(args) {
    const given = readArguments(args, flags)
    refuseContradictions(given)
    const root = resolve(given.text('workspace') ?? '.')
    const config = await loadConfig(root, importModule)
    const lock = await lockWholeWorkspace(root)
    try {
      const forgotten = given.text('forget')
      if (forgotten !== undefined) return await forget(root, forgotten)
      return await sweepAll(root, config, given)
    } finally {
      lock.release()
    }
  },
}

function refuseContradictions(given: Given): void {
  const [word] = given.words
  if (word !== undefined) throw new TrespassError('usage', `found ${plain(word)}, expected flags only`)
  const chosen = (['forget', 'run', 'target', 'users'] as const).filter((flag) =>
    flag === 'users' ? given.on(flag) : given.text(flag) !== undefined,
  )
  const refuse = (hint: string) => {
    const found = chosen.map((flag) => `--${flag}`).join(' and ')
    throw new TrespassError('usage', `found ${found}, expected one of them`, { hint })
  }
  if (chosen.includes('forget') && chosen.length > 1) refuse('A journal is given up alone.')
  if (chosen.includes('run') && chosen.length > 1) refuse('A run has one target, and kept users belong to no run.')
}

async function sweepAll(root: string, config: Config, given: Given): Promise<0 | 2> {
  const run = given.text('run')
  const only = given.text('target')
  await dropUnbegunJournals(root)
  await dropPartialReports(root)
  let left = 0
  if (given.on('users')) {
    const aliases = aliasesWithKeptUsers(root).filter((alias) => only === undefined || alias === only)
    for (const alias of aliases) left += await reached(alias, () => giveUp(root, config, alias))
  }
  const journals = (await readEachJournal(root, run)).filter(
    (journal) => only === undefined || 'why' in journal || journal.alias === only,
  )
  if (journals.length === 0) {
    // An alias without a file and variables is a mistake of the user.
    if (only !== undefined && only !== 'sandbox') targetSettings(loadEnvironment(root, only, process.env))
    print(`Nothing to sweep: no run left a journal${only === undefined ? '' : ` for ${only}`}.`)
    return left === 0 ? 0 : 2
  }
  for (const journal of journals) {
    if (!('why' in journal)) continue
    print(`${journal.run}: not swept; its journal cannot be read`)
    explain(journal.why)
    left += 1
  }
  const readable = journals.flatMap((journal) => ('why' in journal ? [] : [journal]))
  for (const alias of new Set(readable.map((journal) => journal.alias))) {
    const runs = readable.filter((journal) => journal.alias === alias).map((journal) => journal.run)
    left += alias === 'sandbox' ? await dropSandboxes(root, runs) : await sweepTarget(root, config, alias, runs)
  }
  return left === 0 ? 0 : 2
}

async function dropSandboxes(root: string, runs: readonly string[]): Promise<0> {
  for (const run of runs) {
    await dropJournal(root, run)
    print(`${run}: its sandbox is gone, and everything that it made with it`)
  }
  return 0
}

/** @returns the result of the work; 1 if the target cannot be reached, which is printed with the reason. */
async function reached(alias: string, work: () => Promise<number>, runs: readonly string[] = []): Promise<number> {
  try {
    return await work()
  } catch (error) {
    print(`${alias}: could not be reached${runs.length === 0 ? '' : `; its journals stay: ${runs.join(', ')}`}`)
    explain(error)
    return 1
  }
}

/**
 * Moves the kept users of a target to a journal, which is swept with the others.
 *
 * @returns the number of users that cannot be reached because they are users of another project.
 */
async function giveUp(root: string, config: Config, alias: string): Promise<number> {
  return await onTarget(root, config, alias, async ({ target }) => {
    const journal = openJournal({ workspace: root, run: newRunId(new Date(), randomBytes(4)), alias })
    try {
      const { url } = target.endpoint
      const foreign = forgetKeptUsers({ root, alias, url }, (ids) =>
        journal.append(ids.map((id) => ({ made: 'kept-user', id }))),
      )
      if (foreign > 0) print(`${alias}: ${foreign} kept users are of another project than ${alias} is now`)
      return foreign
    } finally {
      journal.close()
    }
  })
}

/** Sweeps every run of one target. @returns the number of leftover objects; 1 if the target cannot be reached. */
async function sweepTarget(root: string, config: Config, alias: string, runs: readonly string[]): Promise<number> {
  const sweep = () =>
    onTarget(root, config, alias, async (opened) => {
      const redact = redactor(secretsOf(opened.target, []))
      const target = withTiedConnections(opened.target)
      const witness = await openWitness(target)
      try {
        await requireMarker(alias, config, witness)
        await proveForSweep(root, target, config, witness)
        let left = 0
        for (const run of runs) {
          const swept = redact(await sweepRun({ root, run, witness, admin: createAuthAdmin(target) }))
          print(`${run}: ${swept.swept} of ${swept.made} swept on ${alias}${expiringInWords(swept.expiring)}`)
          for (const text of swept.left) print(`  left: ${plain(text)}`)
          left += swept.left.length
        }
        return left
      } finally {
        await witness.close()
      }
    })
  return await reached(alias, sweep, runs)
}

/** Runs work on an open target and closes it. Errors are thrown without the target's secrets. */
async function onTarget<T>(
  root: string,
  config: Config,
  alias: string,
  work: (opened: OpenTarget) => Promise<T>,
): Promise<T> {
  const environment = loadEnvironment(root, alias, process.env)
  const opened = await openTarget({ root, config, environment, sandbox: { holes: [] }, onProgress: printError })
  try {
    return await work(opened)
  } catch (error) {
    throw redactedError(error, redactor(secretsOf(opened.target, [])))
  } finally {
    await opened.close()
  }
}
