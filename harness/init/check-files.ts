import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Problem, WorkspaceProblems } from '../errors.ts'
import { checkAgainstCatalog, checkWorldAgainstCatalog } from '../matrix/check-catalog.ts'
import { type LoadedWorkspace, loadWorkspace } from '../matrix/load.ts'
import type { AccessPath } from '../paths/path.ts'
import type { Catalog } from '../witness/catalog.ts'
import { withStoreRelations } from '../witness/stores.ts'
import { filesOf, type NewFile, pathOf } from './files.ts'
import type { Plan } from './model.ts'

/**
 * Reads the files of a plan as a run reads them. A matrix with a mistake is removed from the plan and named in it, so that the
 * next run loads every file.
 *
 * @returns the plan without such matrices, and its files.
 * @throws WorkspaceProblems for a mistake in the actors file.
 */
export async function checkedFiles(
  plan: Plan,
  catalog: Catalog,
  paths: readonly AccessPath[],
): Promise<{ readonly plan: Plan; readonly files: readonly NewFile[] }> {
  const files = filesOf(plan)
  const stores = paths.flatMap((path) => path.stores ?? [])
  const problems = await problemsOf(files, withStoreRelations(catalog, stores), paths)
  if (problems.length === 0) return { plan, files }
  const inMatrices = new Map(problems.map((problem) => [problem.at.file, problem]))
  const matrices = plan.matrices.filter((matrix) => !inMatrices.has(pathOf(matrix)))
  if (matrices.length === plan.matrices.length) throw new WorkspaceProblems(problems)
  const left = plan.matrices.flatMap((matrix) => {
    const problem = inMatrices.get(pathOf(matrix))
    return problem === undefined
      ? []
      : [{ title: matrix.title, reason: `found ${problem.found}, expected ${problem.expected}` }]
  })
  return checkedFiles({ ...plan, matrices, left: [...plan.left, ...left] }, catalog, paths)
}

async function problemsOf(
  files: readonly NewFile[],
  catalog: Catalog,
  paths: readonly AccessPath[],
): Promise<readonly Problem[]> {
  const root = mkdtempSync(join(tmpdir(), 'trespass-init-'))
  try {
    for (const { path, text } of files) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    const loaded = await loadWorkspace({ root, paths, importModule: noModule }).catch((error: unknown) => {
      if (error instanceof WorkspaceProblems) return error.problems
      throw error
    })
    return 'roster' in loaded ? catalogProblems(loaded, catalog, paths) : loaded
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function catalogProblems(
  { roster, matrices }: LoadedWorkspace,
  catalog: Catalog,
  paths: readonly AccessPath[],
): Problem[] {
  return [
    ...checkWorldAgainstCatalog(roster, catalog),
    ...matrices.flatMap((matrix) => checkAgainstCatalog(matrix, roster, catalog, paths)),
  ]
}

function noModule(file: string): Promise<never> {
  return Promise.reject(new Error(`${file} is no file of a plan`))
}
