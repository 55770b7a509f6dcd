import type { ChangedRow, Changes } from '../model/verdict.ts'

/** Changes that a sentence names one by one. */
const mostNamed = 5

/** @returns the changes that a refused attempt must not make, in words; null when it made none. */
export function forbiddenChanges(changes: Changes | undefined): string | null {
  if (changes === undefined) return null
  const forbidden = changes.rows.filter(({ permitted }) => permitted === undefined)
  return forbidden.length === 0 ? null : listed(forbidden, changes.more ?? 0)
}

/** @returns a description of all changes, and of where they were read. */
export function changesInWords({ look, rows, more = 0, unread }: Changes): string {
  const where = look === 'transaction' ? 'in its transaction' : "among the cell's fixtures"
  if (unread !== undefined) return `what changed ${where} could not be read: ${unread}`
  const permitted = rows.filter((row) => row.permitted !== undefined)
  const forbidden = rows.filter((row) => row.permitted === undefined)
  const parts = [
    ...(forbidden.length > 0 || more > 0 ? [listed(forbidden, more)] : []),
    ...permitted.map((row) => `${changeInWords(row)} (permitted: ${row.permitted})`),
  ]
  return parts.length === 0 ? `nothing changed ${where}` : `changed ${where}: ${parts.join(', ')}`
}

function listed(rows: readonly ChangedRow[], more: number): string {
  const named = rows.slice(0, mostNamed).map(changeInWords)
  const others = rows.length - named.length + more
  return [...named, ...(others > 0 ? [`and ${others} more`] : [])].join(', ')
}

function changeInWords({ table, partition, action, fixture, key, columns }: ChangedRow): string {
  const place = partition === undefined ? table : `${table} (partition ${partition})`
  const name = key === undefined ? '' : ` ${keyInWords(key)}`
  const row = fixture === undefined ? `a row of ${place}${name}` : `${fixture} of ${place}`
  switch (action) {
    case 'truncate':
      return `${place} was emptied by truncate`
    case 'insert':
      return `a new row in ${place}${name}`
    case 'delete':
      return `${row} was deleted`
    case 'update':
      return columns === undefined ? `${row} was updated` : `${row}: ${columns.join(', ')}`
  }
}

function keyInWords(key: Readonly<Record<string, string>>): string {
  return `(${Object.entries(key)
    .map(([column, value]) => `${column} ${value}`)
    .join(', ')})`
}
