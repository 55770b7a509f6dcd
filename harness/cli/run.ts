import { relative, resolve } from 'node:path'
import { TrespassError } from '../errors.ts'
import { reportFolder } from '../evidence/evidence.ts'
import type { CellRecord, CleanupRecord, RunRecord } from '../evidence/record.ts'
import { redactor } from '../evidence/redact.ts'
import { exitCode } from '../evidence/totals.ts'
import { writeEvidence } from '../evidence/write.ts'
import { cellId } from '../matrix/plan/plan.ts'
import { openRun, type Run } from '../run/open-run.ts'
import { runRecord } from '../run/run-record.ts'
import { Collector } from '../vitest/reporter.ts'
import { type Trial, tryCells } from '../vitest/try-cells.ts'
import { gitState } from '../workspace/git.ts'
import { shardOf } from '../workspace/shard.ts'
import { type Flag, readArguments } from './arguments.ts'
import { type Command, targetFlag, workspaceFlag } from './command.ts'
import { aside, say } from './print.ts'
import { ProgressDisplay } from './progress-display.ts'
import { closing } from './terminal/closing.ts'
import { findings } from './terminal/findings.ts'
import { lookOf } from './terminal/look.ts'
import { tables } from './terminal/table.ts'
import { version } from './usage.ts'

const flags = {
  ...targetFlag,
  ...workspaceFlag,
  matrix: { type: 'string', value: 'GLOB', help: 'only matrix files that match, such as documents or "billing/**"' },
  cell: { type: 'string', value: 'ID', help: 'only this cell: "documents › alice › rename own"' },
  'test-name': { type: 'string', short: 't', value: 'PATTERN', help: 'only cells whose name matches, as in Vitest' },
  shard: {
    type: 'string',
    value: 'I/N',
    help: 'the matrix files of one shard; `trespass merge` puts the reports together',
  },
  'with-hole': { type: 'string', multiple: true, value: 'NAME', help: 'opens holes/NAME.sql in the sandbox first' },
  concurrency: { type: 'string', value: 'N', help: 'how many cells run at once (default 8)' },
} as const satisfies Readonly<Record<string, Flag>>

/** Exit code of a run that the user broke off, as shells know it. */
const interruptedCode = 130

/** Runs matrices, prints what was found, and writes the evidence. */
export const run: Command = {
  summary: 'tries every cell of the matrices and writes the evidence',
  flags,
  async run(args) {
    const given = readArguments(args, flags)
    const [stray] = given.words
    if (stray !== undefined) {
      throw new TrespassError('usage', `found ${stray}, expected flags only`, {
        hint: 'Name files with --matrix GLOB.',
      })
    }
    const root = resolve(given.text('workspace') ?? '.')
    const holes = given.texts('with-hole')
    const shardText = given.text('shard')
    const shard = shardText === undefined ? undefined : shardOf(shardText)
    const pattern = namePattern(given.text('cell'), given.text('test-name'))
    const concurrency = concurrencyOf(given.text('concurrency'))
    const alias = given.text('target')
    const only = given.text('matrix')
    const display = new ProgressDisplay()
    const startedAt = new Date()
    const opened = await openRun({
      root,
      holes,
      onProgress: (text) => display.step(text),
      ...(alias === undefined ? {} : { alias }),
      ...(only === undefined ? {} : { only }),
      ...(shard === undefined ? {} : { shard }),
      ...(concurrency === undefined ? {} : { concurrency }),
    })
    const collector = new Collector({
      onCollected: (cells) => display.expect(cells),
      onCell: (record) => display.cell(record.verdict),
    })
    const trial = await tryUntilInterrupted({
      root,
      run: opened,
      collector,
      ...(pattern === undefined ? {} : { pattern }),
      ...(shard === undefined ? {} : { shard }),
    })
    display.step('sweeping')
    const cleanup = await opened.close()
    display.clear()
    return report({ root, startedAt, holes, shard: shardText ?? null, opened, collector, cleanup, ...trial })
  },
}

/** Runs the cells until they are done or the user breaks off. The sweep comes after it whatever happens here. */
async function tryUntilInterrupted(
  trial: Trial,
): Promise<{ readonly interrupted: boolean; readonly failure: unknown }> {
  const interruption = new AbortController()
  const interrupt = (): void => {
    if (interruption.signal.aborted) {
      aside('Broken off. `trespass cleanup` sweeps what is left.')
      process.exit(interruptedCode)
    }
    aside('\nStopping: what was made is swept first. Press Ctrl-C again to leave at once.')
    interruption.abort()
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  try {
    await tryCells({ ...trial, signal: interruption.signal })
    return { interrupted: interruption.signal.aborted, failure: null }
  } catch (failure) {
    return { interrupted: interruption.signal.aborted, failure }
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}

interface Outcome {
  readonly root: string
  readonly startedAt: Date
  readonly holes: readonly string[]
  readonly shard: string | null
  readonly opened: Run
  readonly collector: Collector
  readonly cleanup: CleanupRecord
  readonly interrupted: boolean
  readonly failure: unknown
}

async function report(outcome: Outcome): Promise<number> {
  const { root, opened, collector, cleanup, interrupted, failure } = outcome
  if (failure !== null) throw failure
  const failures = [...collector.failures]
  const cells = inDeclaredOrder(collector.records, opened)
  const record: RunRecord = redactor(opened.context.secrets)(
    runRecord({
      ...outcome,
      complete: !interrupted && failures.length === 0,
      git: await gitState(root),
      version: version(),
      cells,
    }),
  )
  const look = lookOf(process.env, process.stdout)
  const wrote = cells.length > 0
  if (wrote) {
    await writeEvidence(root, { run: record, cells })
    say(tables(cells, look))
    const found = findings(cells, record, look)
    if (found !== '') say(found)
  }
  for (const text of failures) aside(`trespass: ${text}`)
  const folder = relative(process.cwd(), resolve(root, reportFolder(record))) || '.'
  say(closing({ run: record, collected: collector.collected, report: wrote ? folder : null }, look))
  if (interrupted) return interruptedCode
  const code = exitCode(record.totals, collector.collected)
  return code !== 1 && (failures.length > 0 || cleanup.left.length > 0) ? 2 : code
}

/** Cells end in any order; people look for them where the matrix has them. */
function inDeclaredOrder(records: readonly CellRecord[], { workspace }: Run): readonly CellRecord[] {
  const places = new Map<string, number>()
  for (const { matrix } of workspace.matrices) {
    for (const { actor, operation } of matrix.cells) places.set(cellId(matrix.name, actor, operation), places.size)
  }
  const placeOf = (record: CellRecord): number => places.get(record.id) ?? places.size
  return [...records].sort((one, other) => placeOf(one) - placeOf(other))
}

/** A cell's id is the path of its test's name. */
function namePattern(cell: string | undefined, pattern: string | undefined): RegExp | undefined {
  if (cell !== undefined && pattern !== undefined) {
    throw new TrespassError('usage', 'found both --cell and --test-name, expected one of them')
  }
  if (cell !== undefined) return new RegExp(`^${escaped(cell.split(' › ').join(' '))}$`)
  if (pattern === undefined) return undefined
  try {
    return new RegExp(pattern)
  } catch (error) {
    throw new TrespassError('usage', `found --test-name ${pattern}, expected a regular expression`, { cause: error })
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

function concurrencyOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= 64) return number
  throw new TrespassError('usage', `found --concurrency ${text}, expected a whole number from 1 to 64`)
}
