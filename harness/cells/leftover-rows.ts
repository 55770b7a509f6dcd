import type { JournalEntry } from '../fixtures/journal.ts'
import { anyChange } from '../model/references.ts'
import type { ResolvedWrite } from './effects.ts'

/** Rows that the journal of fixtures would not find: new ones, and those whose key the attempt changes. */
export function leftoverRows(write: ResolvedWrite): readonly JournalEntry[] {
  switch (write.kind) {
    case 'remove':
      return []
    case 'add':
      return write.rows.map((values) => ({ may: 'rows', table: write.table, values }))
    case 'change': {
      const { table, baseKey } = write.row
      const moved = Object.entries(write.set).filter(([column, value]) => column in baseKey && value !== anyChange)
      return moved.length === 0 ? [] : [{ may: 'rows', table, values: { ...baseKey, ...Object.fromEntries(moved) } }]
    }
  }
}
