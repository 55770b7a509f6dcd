import { TrespassError } from '../errors.ts'
import { attemptsDigest } from '../evidence/attempts-digest.ts'
import { findReport, reportsOf } from '../evidence/find-report.ts'
import { readEvidence, readRun } from '../evidence/read.ts'
import { cellId } from '../matrix/plan/plan.ts'
import type { WorkspaceFile } from '../matrix/workspace-files.ts'
import type { Matrix } from '../model/matrix.ts'
import type { CellRecord, RunRecord } from '../model/record.ts'
import { isUndecided } from '../model/verdict.ts'
import { isObserved } from './choices.ts'

/** The criteria of a report. */
export interface ReportCriteria {
  readonly root: string
  readonly alias: string
  /** The report that the user named; left out for the newest that fits. */
  readonly report?: string
  readonly matrix: Matrix
  /** The files of the workspace as they are now. */
  readonly files: readonly WorkspaceFile[]
}

/** The observations of a run for the undecided cells of a matrix. */
export interface Observations {
  readonly run: RunRecord
  /** By the cell's id. */
  readonly cells: ReadonlyMap<string, CellRecord>
}

/**
 * Finds the report that shows the undecided cells of a matrix: the newest one of the target whose run made the same attempts,
 * with the same actors and the same files beside it, and without holes opened on purpose. The expectations may have changed
 * since. A report that shows all of the cells goes before one that shows some.
 *
 * @throws TrespassError `no-observations` where none fits, and the errors of reading a report.
 */
export async function observationsOf(wanted: ReportCriteria): Promise<Observations> {
  const { root, alias, report, matrix } = wanted
  if (report !== undefined) {
    const folder = await findReport(root, report)
    const why = whyUnfit(await readRun(folder), wanted)
    if (why !== null) throw noObservations(`found the report ${report}, which ${why}`, wanted)
    const found = await readObservations(folder, matrix)
    if (found.cells.size > 0) return found
    throw noObservations(`found the report ${report}, which tried no undecided cell of ${matrix.name}`, wanted)
  }
  let partial: Observations | null = null
  for (const { folder } of await reportsOf(root, [alias])) {
    if (whyUnfit(await readRun(folder), wanted) !== null) continue
    const found = await readObservations(folder, matrix)
    if (found.cells.size === openCells(matrix).size) return found
    if (found.cells.size > 0) partial ??= found
  }
  if (partial !== null) return partial
  throw noObservations(
    `found no report of ${alias} that shows the undecided cells of ${matrix.file} as it is now`,
    wanted,
  )
}

/** @returns why a report does not apply to the workspace as it is; null where it does. */
function whyUnfit(
  { holes, oldDefaultGrants, files, target }: RunRecord,
  { alias, matrix, files: now }: ReportCriteria,
): string | null {
  if (target.alias !== alias) return `is about ${target.alias} and not about ${alias}`
  if (holes.length > 0) return `was made with holes opened on purpose: ${holes.join(', ')}`
  if (oldDefaultGrants === true) return 'was made with --old-default-grants'
  const tried = files.find(({ file }) => file === matrix.file)
  if (tried === undefined) return `did not try ${matrix.file}`
  if (tried.attempts !== attemptsDigest(matrix)) return `was made before ${matrix.file} was changed`
  const before = new Map(files.map(({ file, sha256 }) => [file, sha256]))
  const changed = now.find(({ file, sha256 }) => {
    return !isMatrix.test(file) && before.has(file) && before.get(file) !== sha256
  })
  return changed === undefined ? null : `was made before ${changed.file} was changed`
}

const isMatrix = /\.matrix\.(?:ya?ml|ts)$/

async function readObservations(folder: string, matrix: Matrix): Promise<Observations> {
  const { run, cells } = await readEvidence(folder)
  const open = openCells(matrix)
  const observed = cells.filter((cell) => open.has(cell.id) && isObserved(cell))
  return { run, cells: new Map(observed.map((cell) => [cell.id, cell])) }
}

/** @returns the ids of the cells without a decision. */
function openCells({ name, cells }: Matrix): ReadonlySet<string> {
  const open = cells.filter(({ expected }) => isUndecided(expected))
  return new Set(open.map(({ actor, operation }) => cellId(name, actor, operation)))
}

function noObservations(found: string, { alias, matrix }: ReportCriteria): TrespassError {
  const target = alias === 'sandbox' ? '' : ` --target ${alias}`
  return new TrespassError('no-observations', `${found}, expected one that tried them`, {
    hint: `Run \`trespass run${target} --matrix ${JSON.stringify(globOf(matrix.file))}\` first.`,
  })
}

function globOf(file: string): string {
  return file.replace(/^matrices\//, '')
}
