import { WorkspaceProblems } from '../errors.ts'
import { checkAgainstCatalog, checkWorldAgainstCatalog } from '../matrix/check-catalog.ts'
import type { LoadedWorkspace } from '../matrix/load.ts'
import { cellId } from '../matrix/plan/plan.ts'
import type { LoadedMatrix, OperationDeclaration } from '../model/matrix.ts'
import type { Target } from '../model/target.ts'
import { paths } from '../paths/registry.ts'
import type { Catalog } from '../witness/catalog.ts'
import { refuseAbsent } from './refuse-absent.ts'

/** A cell that lacks a relation or function on a target. */
export interface MissingCell {
  readonly id: string
  /** A description of the missing part. */
  readonly why: string
}

/** The part of a workspace that can be tried on a target, such as one from before a migration, and the rest. */
export interface PresentPart {
  readonly workspace: LoadedWorkspace
  readonly missing: readonly MissingCell[]
  /** Rows of the world that cannot be made, by name, each with why. */
  readonly unmade: Readonly<Record<string, string>>
}

/** Checks a workspace against a target's catalog, operation by operation, and leaves out what does not fit. */
export async function presentPart(
  workspace: LoadedWorkspace,
  catalog: Catalog,
  target: Pick<Target, 'privileged'>,
): Promise<PresentPart> {
  const { roster } = workspace
  const unmade = Object.fromEntries(
    roster.world.flatMap((row) => {
      const [problem] = checkWorldAgainstCatalog({ ...roster, world: [row] }, catalog)
      return problem === undefined ? [] : [[row.name, missingParts(problem.found)]]
    }),
  )
  const parts = await Promise.all(
    workspace.matrices.map(async (loaded) => {
      const absence = await whyAbsent(loaded, target)
      return divided(loaded, (operation) => absence ?? whyMissing(loaded, operation, workspace, catalog))
    }),
  )
  const matrices = parts.map(({ loaded }) => loaded).filter(({ matrix }) => matrix.cells.length > 0)
  return { workspace: { ...workspace, matrices }, missing: parts.flatMap(({ missing }) => missing), unmade }
}

function divided(
  loaded: LoadedMatrix,
  whyNot: (operation: OperationDeclaration) => string | null,
): { readonly loaded: LoadedMatrix; readonly missing: readonly MissingCell[] } {
  const { matrix } = loaded
  const whys = new Map(matrix.operations.map((operation) => [operation.name, whyNot(operation)]))
  // Two answers are compared only where both can be had.
  for (const { name, pair = [] } of matrix.operations) {
    for (const half of pair) whys.set(name, whys.get(name) ?? whys.get(half) ?? null)
  }
  const operations = matrix.operations.filter(({ name }) => whys.get(name) === null)
  const cells = matrix.cells.filter(({ operation }) => whys.get(operation) === null)
  const missing = matrix.cells.flatMap(({ actor, operation }) => {
    const why = whys.get(operation)
    return why === null || why === undefined ? [] : [{ id: cellId(matrix.name, actor, operation), why }]
  })
  return { loaded: { ...loaded, matrix: { ...matrix, operations, cells } }, missing }
}

function whyMissing(
  { matrix, locate }: LoadedMatrix,
  operation: OperationDeclaration,
  { roster }: LoadedWorkspace,
  catalog: Catalog,
): string | null {
  const alone = { locate, matrix: { ...matrix, operations: [operation] } }
  const [problem] = checkAgainstCatalog(alone, roster, catalog, paths)
  return problem === undefined ? null : missingParts(problem.found)
}

async function whyAbsent(loaded: LoadedMatrix, target: Pick<Target, 'privileged'>): Promise<string | null> {
  try {
    await refuseAbsent([loaded], target)
    return null
  } catch (error) {
    if (error instanceof WorkspaceProblems) return missingParts(error.problems[0]?.found ?? 'its resource')
    throw error
  }
}

function missingParts(found: string): string {
  return `${found} does not fit this database`
}
