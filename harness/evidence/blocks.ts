import { groupBy } from '../group.ts'
import type { CellRecord } from '../model/record.ts'
import { type Cause, causesOf } from './causes.ts'
import { suspectedObject } from './suspects.ts'

/** Findings with most likely one cause: the first is shown in full, the others by name. */
export interface Block {
  readonly cause: Cause
  /** Further cells of the block, without those of the first one's own cause. */
  readonly others: readonly CellRecord[]
}

/**
 * Groups findings by their most likely cause, so that one policy that breaks ten operations is one block. The terminal, the
 * page and the summary show the same blocks.
 *
 * @param cells in the order of the output.
 * @returns worst verdict first, otherwise in the order of their first cells.
 */
export function blocksOf(cells: Iterable<CellRecord>): readonly Block[] {
  const groups = groupBy(causesOf(cells), ({ verdict, first }) => JSON.stringify([verdict, ...likelyOne(first)]))
  return [...groups.values()].flatMap(([cause, ...more]) =>
    cause === undefined ? [] : [{ cause, others: more.flatMap(({ first, others }) => [first, ...others]) }],
  )
}

/** A key for the most likely cause of a cell's verdict. */
function likelyOne(cell: CellRecord): readonly string[] {
  const { matrix, operation, verdict, because, cause, actor, credential, resource, path, outcome, likely } = cell
  if (verdict === 'undecided') return ['operation', matrix, operation]
  // Cells that were not proven, and errors of Trespass, have one cause if they have one reason.
  if (verdict === 'inconclusive' || verdict === 'error') return ['reason', because]
  if (cause !== undefined) return ['cause', cause]
  // If a broken token works, the fault is in the check of tokens and not in the table.
  if (verdict === 'breach' && credential === 'attacked') return ['credential', actor]
  const [suspect] = likely ?? []
  if (suspect !== undefined) return ['suspect', suspectedObject(suspect)]
  return ['resource', path, resource, outcome?.method ?? operation]
}

/** @returns the number of cells of a block. */
export function sizeOf({ cause, others }: Block): number {
  return 1 + cause.others.length + others.length
}
