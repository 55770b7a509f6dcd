import { type Cause, causesOf } from '../../evidence/causes.ts'
import { groupBy } from '../../group.ts'
import type { CellRecord } from '../../model/record.ts'

/** Findings with most likely one cause: the first is shown in full, the others by name. */
export interface Block {
  readonly cause: Cause
  /** Cells of the block that stand beside the first one's own cause. */
  readonly others: readonly CellRecord[]
}

/**
 * Groups what did not hold by what most likely lets it happen, so that one policy that breaks ten operations is one block.
 *
 * @param cells in the order in which they are to be shown.
 * @returns worst verdict first, otherwise in the order of their first cells.
 */
export function blocksOf(cells: Iterable<CellRecord>): readonly Block[] {
  const groups = groupBy(causesOf(cells), ({ verdict, first }) => JSON.stringify([verdict, ...likelyOne(first)]))
  return [...groups.values()].flatMap(([cause, ...more]) =>
    cause === undefined ? [] : [{ cause, others: more.flatMap(({ first, others }) => [first, ...others]) }],
  )
}

/** What cells have in common that one cause has broken. */
function likelyOne(cell: CellRecord): readonly string[] {
  const { matrix, operation, verdict, because, cause, actor, credential, resource, path, outcome } = cell
  if (verdict === 'undecided') return ['operation', matrix, operation]
  // What was not proven, and what Trespass did not do, has one cause where it has one reason.
  if (verdict === 'inconclusive' || verdict === 'error') return ['reason', because]
  if (cause !== undefined) return ['cause', cause]
  // A broken token that works somewhere works by what checks it, and not by the table.
  if (verdict === 'breach' && credential === 'attacked') return ['credential', actor]
  return ['resource', path, resource, outcome?.method ?? operation]
}
