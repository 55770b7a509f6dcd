import { z } from 'zod'
import type { JsonObject } from '../json.ts'
import { qualifiedName, rowValues } from '../matrix/shapes.ts'

/** Rows in which the schema itself records the writing transaction and the transactions that were running. */
export const snapshotsShape = z.strictObject({
  table: qualifiedName,
  where: rowValues.describe('the columns by which the rows of the round are found'),
  transaction: z.string().min(1).describe('the column with pg_current_xact_id() of the writer'),
  snapshot: z.string().min(1).describe('the column with pg_current_snapshot() of the writer'),
})

export type Snapshots = z.output<typeof snapshotsShape>

/** The transactions that the rows record. */
export interface Seen {
  /** Transactions that were recorded. */
  readonly transactions: number
  /** Transactions that saw another of them running, or were seen running by another. */
  readonly met: number
}

/**
 * Reads `xmin:xmax:xip_list` (https://www.postgresql.org/docs/current/functions-info.html): only a transaction that is on
 * the list was running when the snapshot was taken. One with a later number had not begun to write.
 */
export function overlapIn(rows: readonly JsonObject[], { transaction, snapshot }: Snapshots): Seen {
  const written = new Map<string, ReadonlySet<string>>()
  for (const row of rows) {
    const running = String(row[snapshot] ?? '').split(':')[2] ?? ''
    written.set(String(row[transaction] ?? ''), new Set(running.split(',').filter((id) => id !== '')))
  }
  const ids = [...written.keys()]
  const met = ids.filter((id) =>
    ids.some((other) => other !== id && (written.get(id)?.has(other) === true || written.get(other)?.has(id) === true)),
  )
  return { transactions: ids.length, met: met.length }
}
