import { WorkspaceProblems } from '../errors.ts'
import { type LoadedWorkspace, loadWorkspace } from '../matrix/load.ts'
import { paths } from '../paths/registry.ts'
import { importModule } from '../run/import-module.ts'
import { loadConfig } from '../workspace/config.ts'
import { type CutShortOptions, type CutShortResult, cutShort } from './cut-short.ts'

/** The options for interrupting a migration of a workspace, with the matrices by name. */
export interface CutShortInOptions extends Omit<CutShortOptions, 'config' | 'workspace'> {
  /** Names or patterns of matrices; each pattern has to match at least one. */
  readonly matrices: readonly string[]
}

/**
 * Interrupts a migration of a workspace.
 *
 * @throws WorkspaceProblems if a matrix does not exist or cannot be read, and the errors of {@link cutShort}.
 */
export async function cutShortIn({ matrices, ...options }: CutShortInOptions): Promise<CutShortResult> {
  const config = await loadConfig(options.root, importModule)
  return cutShort({ ...options, config, workspace: await chosenMatrices(options.root, matrices) })
}

/** Loads the matrices that match at least one pattern. */
async function chosenMatrices(root: string, patterns: readonly string[]): Promise<LoadedWorkspace> {
  if (patterns.length === 0) throw new WorkspaceProblems([])
  return await loadWorkspace({ root, paths, importModule, only: patterns })
}
