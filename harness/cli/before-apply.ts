import { relative, resolve } from 'node:path'
import { TrespassError } from '../errors.ts'
import { reportFolder } from '../evidence/evidence.ts'
import { notHeldIn } from '../evidence/not-held.ts'
import { writeEvidence } from '../evidence/write.ts'
import { loadWorkspace } from '../matrix/load.ts'
import { type Rehearsal, rehearse } from '../migrations/rehearse.ts'
import type { RunRecord } from '../model/record.ts'
import { paths } from '../paths/registry.ts'
import { redactor } from '../redaction/redact.ts'
import { redactedError } from '../redaction/redact-error.ts'
import { importModule } from '../run/import-module.ts'
import { runRecord } from '../run/run-record.ts'
import { loadConfig } from '../workspace/config.ts'
import { gitState } from '../workspace/git.ts'
import { lockWorkspace } from '../workspace/lock.ts'
import { applierOf } from './applier.ts'
import type { Given } from './arguments.ts'
import { inDeclaredOrder } from './declared.ts'
import { reportCode } from './exit-code.ts'
import { reportToGitHub } from './github/step.ts'
import { Interruption } from './interruption.ts'
import { withLikelyCauses } from './likely.ts'
import type { Output } from './output.ts'
import { explain, print, printCommand, printError, printErrorCommand } from './print.ts'
import { ProgressDisplay, silentScreen } from './progress-display.ts'
import { runResult } from './run-result.ts'
import { closing } from './terminal/closing.ts'
import { rehearsalInWords } from './terminal/rehearsal.ts'
import { resultText } from './terminal/results.ts'
import { version } from './usage.ts'

/** Flags of a run that have no meaning for a rehearsal. */
const foreign: readonly string[] = [
  'target',
  'scenario',
  'round',
  'rounds',
  'cell',
  'test-name',
  'shard',
  'concurrency',
]

/**
 * Rehearses a migration on a sandbox: runs the matrices before and after it, and reports the access that it grants and revokes.
 * The results after the migration are written as a report.
 *
 * @param root absolute path of the workspace.
 * @returns the exit code: that of a run after the migration.
 */
export async function beforeApply(root: string, given: Given, output: Output): Promise<number> {
  const file = migrationOf(given)
  const matrices = given.texts('matrix')
  const startedAt = new Date()
  const display = new ProgressDisplay(output.detail === 'quiet' ? silentScreen : process.stderr)
  const interruption = new Interruption()
  const config = await loadConfig(root, importModule)
  const workspace = await loadWorkspace({
    root,
    paths,
    importModule,
    ...(matrices.length === 0 ? {} : { only: matrices }),
  })
  const lock = await lockWorkspace(root, null)
  let rehearsal: Rehearsal
  try {
    const { signal } = interruption
    const onProgress = (text: string) => display.step(text)
    rehearsal = await rehearse({ root, config, file, workspace, applier: applierOf(given), signal, onProgress })
  } catch (error) {
    if (interruption.code === null) throw error
    printError('broken off before the migration was tried')
    return interruption.code
  } finally {
    display.clear()
    lock.release()
  }
  const by = given.text('applied-by') === undefined ? '' : ` --applied-by ${rehearsal.applier}`
  const rehearsed = `--before-apply --migration ${rehearsal.migration.file}${by}`
  const chosen = [rehearsed, ...matrices.map((glob) => `--matrix ${glob}`)]
  return report({ root, rehearsal, startedAt, chosen, output })
}

function migrationOf(given: Given): string {
  const file = given.text('migration')
  if (file === undefined) {
    throw new TrespassError('usage', 'found --before-apply without a migration, expected --migration FILE', {
      hint: 'It names the file that is going to be applied: supabase/migrations/….sql',
    })
  }
  const stray = foreign.find((flag) => given.text(flag) !== undefined || given.texts(flag).length > 0)
  if (stray === undefined && given.texts('with-hole').length === 0) return file
  throw new TrespassError('usage', `found --${stray ?? 'with-hole'} beside --before-apply, expected --matrix alone`, {
    hint: 'A rehearsal makes a sandbox of its own and tries matrices before the migration and after it.',
  })
}

interface Rehearsed {
  readonly root: string
  readonly rehearsal: Rehearsal
  readonly startedAt: Date
  readonly chosen: readonly string[]
  readonly output: Output
}

async function report({ root, rehearsal, startedAt, chosen, output }: Rehearsed): Promise<number> {
  const { before, after, migration } = rehearsal
  const { run } = after
  const redact = redactor([...before.run.context.secrets, ...run.context.secrets])
  const schema = run.schema === null ? null : redact(run.schema.facts)
  const cells = await withLikelyCauses(inDeclaredOrder(after.cells, run), schema ?? [], { root, holes: [] })
  const ended = { opened: run, startedAt, complete: true, git: await gitState(root), version: version(), chosen, cells }
  const record: RunRecord = redact(
    runRecord({ ...ended, scenarios: [], shard: null, holes: [], cleanup: after.cleanup }),
  )
  const written = await writeEvidence(root, { run: record, cells, schema, scenarios: [] }).then(
    () => null,
    (error: unknown) => error,
  )
  const { detail, style } = output
  output.say(resultText({ cells, scenarios: [], run: record, detail }, style))
  for (const line of redact([...rehearsalInWords(rehearsal)])) output.say(line)
  const misfits = migration.later.length === 0 ? after.missing : []
  for (const { id, why } of misfits) printError(`trespass: ${id} cannot be tried after the migration either: ${why}`)
  const failed = written === null ? null : explain(redactedError(written, redact))
  const folder = relative(process.cwd(), resolve(root, reportFolder(record))) || '.'
  const tried = reportCode(record, cells.length)
  const code = failed ?? (misfits.length > 0 && tried !== 1 ? 2 : tried)
  const told = failed === null ? resolve(root, reportFolder(record)) : null
  const notHeld = notHeldIn({ cells, scenarios: [] })
  const command = output.json ? printErrorCommand : printCommand
  await reportToGitHub({ root, notHeld, report: told, environment: process.env, command })
  const about = { run: record, collected: cells.length, code, report: failed === null ? folder : null }
  output.say(closing({ ...about, detail }, style))
  if (output.json) print(JSON.stringify(redact(runResult({ ...about, notHeld, failures: [] })), null, 2))
  return code
}
