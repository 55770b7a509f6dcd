import type { RunContext } from '../cells/context.ts'
import { whyUnknown } from '../cells/not-run.ts'
import type { RowDeclaration } from '../model/matrix.ts'
import { referencesIn } from '../model/references.ts'

/** The rows of the world that can be made on a target, and why the others cannot. */
export interface CreatableWorld {
  readonly rows: readonly RowDeclaration[]
  /** By the row's name. */
  readonly unmade: Readonly<Record<string, string>>
}

/**
 * Leaves out rows that no run could make, and those that refer to users or rows that do not exist. Pure.
 *
 * @param means its `unmade` names rows that are known not to be possible, each with why.
 */
export function creatableWorld(
  world: readonly RowDeclaration[],
  { absent, sees, unmade: known = {} }: Pick<RunContext, 'absent' | 'sees'> & Partial<Pick<RunContext, 'unmade'>>,
): CreatableWorld {
  const unmade: Record<string, string> = { ...known }
  const rows = world.filter((row) => {
    if (unmade[row.name] !== undefined) return false
    if (sees === 'nothing') {
      unmade[row.name] = 'no row can be made without a secret key and without a database URL'
      return false
    }
    const missing = referencesIn(row.values).find(({ name }) => whyUnknown(name, { absent, unmade }) !== null)
    if (missing === undefined) return true
    unmade[row.name] = `it needs ${missing.name}: ${whyUnknown(missing.name, { absent, unmade })}`
    return false
  })
  return { rows, unmade }
}
