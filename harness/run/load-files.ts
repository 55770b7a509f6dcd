import type { LoadedWorkspace } from '../matrix/load.ts'
import { loadRoster, loadWorkspace } from '../matrix/load.ts'
import type { WorkspaceFile } from '../matrix/workspace-files.ts'
import type { LoadedMatrix } from '../model/matrix.ts'
import { paths } from '../paths/registry.ts'
import type { LoadedScenario } from '../scenarios/declaration.ts'
import { loadScenarios } from '../scenarios/load.ts'
import { matricesOf } from '../scenarios/scenario-runner.ts'
import { importModule } from './import-module.ts'

/** Everything that a workspace declares, or the part of it that was chosen. */
export interface Declared {
  readonly workspace: LoadedWorkspace
  readonly scenarios: readonly LoadedScenario[]
  /** The files that were read, sorted. */
  readonly files: readonly WorkspaceFile[]
}

/**
 * Loads matrices and scenarios. Patterns for one kind leave the other out, unless it has some too.
 *
 * @throws WorkspaceProblems with every mistake in the matrices, or else in the scenarios.
 */
export async function loadFiles(chosen: {
  readonly root: string
  readonly only: readonly string[] | null
  readonly onlyScenarios: readonly string[] | null
  /** True to load the actors and their world alone. */
  readonly actorsOnly?: boolean
}): Promise<Declared> {
  const { root, only, onlyScenarios, actorsOnly = false } = chosen
  const options = { root, paths, importModule }
  if (actorsOnly)
    return { workspace: { ...(await loadRoster(options)), matrices: [], files: [] }, scenarios: [], files: [] }
  const workspace =
    only === null && onlyScenarios !== null
      ? { ...(await loadRoster(options)), matrices: [], files: [] }
      : await loadWorkspace({ ...options, ...(only === null ? {} : { only }) })
  if (only !== null && onlyScenarios === null) return { workspace, scenarios: [], files: workspace.files }
  const { roster } = workspace
  const matrices = workspace.matrices.map(({ matrix }) => matrix.name)
  const which = onlyScenarios === null ? {} : { only: onlyScenarios }
  const { scenarios, files } = await loadScenarios({ ...options, roster, matrices, ...which })
  const all = new Map([...workspace.files, ...files].map((file) => [file.file, file]))
  return { workspace, scenarios, files: [...all.values()].sort((one, other) => (one.file < other.file ? -1 : 1)) }
}

/** @returns the matrices, and the resources of scenarios in the form of matrices, for checks that both need. */
export function everyMatrix({ workspace, scenarios }: Declared): readonly LoadedMatrix[] {
  return [
    ...workspace.matrices,
    ...scenarios.flatMap(({ scenario, locate }) => matricesOf(scenario).map((matrix) => ({ matrix, locate }))),
  ]
}
