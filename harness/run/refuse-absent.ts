import { type Problem, WorkspaceProblems } from '../errors.ts'
import type { LoadedMatrix } from '../model/matrix.ts'
import type { Target } from '../model/target.ts'
import { paths } from '../paths/registry.ts'

/**
 * Asks the access paths whether the resource of each matrix exists, before anything is made.
 *
 * @throws WorkspaceProblems that name every matrix whose resource does not exist.
 */
export async function refuseAbsent(
  matrices: readonly LoadedMatrix[],
  { privileged, functions }: Pick<Target, 'privileged' | 'functions'>,
): Promise<void> {
  const served = functions === undefined ? {} : { functions }
  const problems = await Promise.all(
    matrices.map(async ({ matrix: { resource, operations }, locate }): Promise<Problem[]> => {
      // Without a secret key a missing resource looks like a hidden one.
      if (privileged === null) return []
      const used = paths.filter(({ name }) => operations.some(({ path }) => path === name))
      const absences = await Promise.all(
        used.map(async (path) => (await path.findMissing?.(resource, privileged, served)) ?? []),
      )
      return absences
        .flat()
        .map((absence) => ({ code: 'unknown-resource', at: locate(['resource', resource.kind]), ...absence }))
    }),
  )
  if (problems.some((found) => found.length > 0)) throw new WorkspaceProblems(problems.flat())
}
