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
import type { Given } from './arguments.ts'
import { inDeclaredOrder } from './declared.ts'
import { reportCode } from './exit-code.ts'
import { tellGitHub } from './github/step.ts'
import { Interruption } from './interruption.ts'
import { aside, explain, say } from './print.ts'
import { ProgressDisplay } from './progress-display.ts'
import { closing } from './terminal/closing.ts'
import { findings } from './terminal/findings.ts'
import { lookOf } from './terminal/look.ts'
import { rehearsalInWords } from './terminal/rehearsal.ts'
import { tables } from './terminal/table.ts'
import { version } from './usage.ts'

/** Flags of a run that mean nothing for a rehearsal. */
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
 * Rehearses a migration on a sandbox: the matrices before it and after it, and the doors that it opens and closes. What
 * was tried after it is written as a report.
 *
 * @param root absolute path of the workspace.
 * @returns the exit code: that of a run after the migration.
 */
export async function beforeApply(root: string, given: Given): Promise<number> {
  const file = migrationOf(given)
  const matrix = given.text('matrix')
  const startedAt = new Date()
  const display = new ProgressDisplay()
  const interruption = new Interruption()
  const config = await loadConfig(root, importModule)
  const workspace = await loadWorkspace({
    root,
    paths,
    importModule,
    ...(matrix === undefined ? {} : { only: matrix }),
  })
  const lock = await lockWorkspace(root, null)
  let rehearsal: Rehearsal
  try {
    const { signal } = interruption
    const onProgress = (text: string) => display.step(text)
    rehearsal = await rehearse({ root, config, file, workspace, applier: 'supabase-cli', signal, onProgress })
  } catch (error) {
    if (interruption.code === null) throw error
    aside('broken off before the migration was tried')
    return interruption.code
  } finally {
    display.clear()
    lock.release()
  }
  const chosen = [`--before-apply --migration ${rehearsal.migration.file}`]
  return report(root, rehearsal, startedAt, matrix === undefined ? chosen : [...chosen, `--matrix ${matrix}`])
}

function migrationOf(given: Given): string {
  const file = given.text('migration')
  if (file === undefined) {
    throw new TrespassError('usage', 'found --before-apply without a migration, expected --migration FILE', {
      hint: 'It names the file that is going to be applied: supabase/migrations/….sql',
    })
  }
  const stray = foreign.find((flag) => given.text(flag) !== undefined)
  if (stray === undefined && given.texts('with-hole').length === 0) return file
  throw new TrespassError('usage', `found --${stray ?? 'with-hole'} beside --before-apply, expected --matrix alone`, {
    hint: 'A rehearsal makes a sandbox of its own and tries matrices before the migration and after it.',
  })
}

async function report(root: string, rehearsal: Rehearsal, startedAt: Date, chosen: readonly string[]): Promise<number> {
  const { before, after, migration } = rehearsal
  const { run } = after
  const redact = redactor([...before.run.context.secrets, ...run.context.secrets])
  const cells = inDeclaredOrder(after.cells, run)
  const ended = { opened: run, startedAt, complete: true, git: await gitState(root), version: version(), chosen, cells }
  const record: RunRecord = redact(
    runRecord({ ...ended, scenarios: [], shard: null, holes: [], cleanup: after.cleanup }),
  )
  const schema = run.schema === null ? null : redact(run.schema.facts)
  const look = lookOf(process.env, process.stdout)
  const written = await writeEvidence(root, { run: record, cells, schema, scenarios: [] }).then(
    () => null,
    (error: unknown) => error,
  )
  say(tables(cells, look))
  const found = findings(cells, record, look)
  if (found !== '') say(found)
  for (const line of redact([...rehearsalInWords(rehearsal)])) say(line)
  const misfits = migration.later.length === 0 ? after.missing : []
  for (const { id, why } of misfits) aside(`trespass: ${id} cannot be tried after the migration either: ${why}`)
  const failed = written === null ? null : explain(redactedError(written, redact))
  const folder = relative(process.cwd(), resolve(root, reportFolder(record))) || '.'
  const tried = reportCode(record, cells.length)
  const code = failed ?? (misfits.length > 0 && tried !== 1 ? 2 : tried)
  const told = failed === null ? resolve(root, reportFolder(record)) : null
  await tellGitHub({ root, notHeld: notHeldIn({ cells, scenarios: [] }), report: told, environment: process.env })
  say(closing({ run: record, collected: cells.length, code, report: failed === null ? folder : null }, look))
  return code
}
