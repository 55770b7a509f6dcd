import { type Problem, TrespassError, WorkspaceProblems } from '../errors.ts'
import type { LoadedMatrix, Roster } from '../model/matrix.ts'
import { Loader, type LoadOptions } from './loader.ts'
import type { Groups, LoadedRoster } from './read-actors.ts'
import type { WorkspaceFile } from './workspace-files.ts'

export type { LoadOptions } from './loader.ts'

/** All actors and matrices of a workspace. */
export interface LoadedWorkspace extends LoadedRoster {
  readonly matrices: readonly LoadedMatrix[]
  /** The files that were read, those that matrices refer to among them, sorted. */
  readonly files: readonly WorkspaceFile[]
}

/** The workspace to load, and which of its matrices. */
export interface WorkspaceOptions extends LoadOptions {
  /** Patterns of `*`, `**`, `?` and `{a,b}` for the names of matrix files, with or without `matrices/` before them. */
  readonly only?: readonly string[]
  /** True where a workspace may have actors and no matrix. */
  readonly mayBeEmpty?: true
}

/** One matrix file, and the actors that it is read against. */
export interface MatrixOptions extends LoadOptions {
  /** Relative to the workspace, with forward slashes. */
  readonly file: string
  readonly roster: Roster
  readonly groups: Groups
}

/** The files of a workspace as far as they could be read. */
export interface WorkspaceReading {
  /** Without the matrices that have a mistake. */
  readonly workspace: LoadedWorkspace
  readonly problems: readonly Problem[]
  /** False when the actors file has a mistake: names of actors and of the world were not checked then. */
  readonly complete: boolean
}

/**
 * Loads every matrix of a workspace, or those that fit a pattern, with the actors file.
 *
 * @throws WorkspaceProblems with every mistake that was found in any of the files.
 */
export async function loadWorkspace(options: WorkspaceOptions): Promise<LoadedWorkspace> {
  const { workspace, problems } = await readWorkspace(options)
  if (problems.length > 0) throw new WorkspaceProblems(problems)
  return workspace
}

/** Reads a workspace as {@link loadWorkspace} does, and returns its mistakes beside the rest. */
export async function readWorkspace(options: WorkspaceOptions): Promise<WorkspaceReading> {
  const loader = new Loader(options)
  const roster = await loader.roster()
  const complete = loader.problems.length === 0
  const matrices: LoadedMatrix[] = []
  for (const file of loader.matrixFiles(options.only, options.mayBeEmpty)) {
    const matrix = await loader.matrix(file, { ...roster, complete })
    if (matrix !== undefined) matrices.push(matrix)
  }
  return { workspace: { ...roster, matrices, files: loader.files }, problems: loader.problems, complete }
}

/**
 * Loads the actors file alone.
 *
 * @throws WorkspaceProblems
 */
export async function loadRoster(options: LoadOptions): Promise<LoadedRoster> {
  const loader = new Loader(options)
  const roster = await loader.roster()
  loader.finish()
  return roster
}

/**
 * Loads one matrix file.
 *
 * @throws WorkspaceProblems
 */
export async function loadMatrixFile(options: MatrixOptions): Promise<LoadedMatrix> {
  const { file, roster, groups } = options
  const loader = new Loader(options)
  const matrix = await loader.matrix(file, { roster, groups, complete: true })
  loader.finish()
  if (matrix === undefined) throw new TrespassError('unread-matrix', `The matrix ${file} gave no problem and no cells.`)
  return matrix
}
