import { WorkspaceProblems } from '../errors.ts'
import { type LoadedWorkspace, loadWorkspace } from '../matrix/load.ts'
import { paths } from '../paths/registry.ts'
import { importModule } from '../run/import-module.ts'
import { loadConfig } from '../workspace/config.ts'
import { type CutShortOptions, type CutShortResult, cutShort } from './cut-short.ts'

/** What is cut in a workspace, whose matrices are named. */
export interface CutShortInOptions extends Omit<CutShortOptions, 'config' | 'workspace'> {
  /** Names or patterns of matrices, each of which has to fit one. */
  readonly matrices: readonly string[]
}

/**
 * Cuts a migration of a workspace short.
 *
 * @throws WorkspaceProblems when a matrix cannot be read or is not there, and whatever {@link cutShort} throws.
 */
export async function cutShortIn({ matrices, ...options }: CutShortInOptions): Promise<CutShortResult> {
  const config = await loadConfig(options.root, importModule)
  return cutShort({ ...options, config, workspace: await chosenMatrices(options.root, matrices) })
}

/** Loads the matrices that fit any of some patterns. */
async function chosenMatrices(root: string, patterns: readonly string[]): Promise<LoadedWorkspace> {
  if (patterns.length === 0) throw new WorkspaceProblems([])
  return await loadWorkspace({ root, paths, importModule, only: patterns })
}
