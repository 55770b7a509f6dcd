import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { journalEntry } from '../fixtures/entry.ts'
import { journalFolder } from '../fixtures/journal.ts'

/** A run that ends without a sweep. */
export interface RunLeftovers {
  readonly root: string
  readonly run: string
  readonly alias: string
}

/**
 * Describes the work of `trespass cleanup` for a run that ends at once. Reads the journal synchronously, since the process is
 * about to exit.
 */
export function describeLeftovers({ root, run, alias }: RunLeftovers): string {
  if (alias === 'sandbox')
    return 'The sandbox goes with the run, and everything in it; `trespass cleanup` forgets the run.'
  const { users, rows, attempts } = counted(join(journalFolder(root), run))
  const parts = [
    ...(users > 0 ? [`${users} ${users === 1 ? 'user' : 'users'}`] : []),
    ...(rows > 0 ? [`${rows} ${rows === 1 ? 'row' : 'rows'}`] : []),
    ...(attempts > 0 ? ['what attempts may have added'] : []),
  ]
  if (parts.length === 0) return 'Nothing was made yet that `trespass cleanup` would have to sweep.'
  return `\`trespass cleanup --run ${run}\` removes what its journal names on ${alias}, as far as it is there, and nothing else: ${parts.join(', ')}.`
}

function counted(folder: string): { users: number; rows: number; attempts: number } {
  const counts = { users: 0, rows: 0, attempts: 0 }
  for (const line of linesIn(folder)) {
    const entry = entryOf(line)
    if (entry === null) continue
    if ('stays' in entry) continue
    if ('may' in entry || 'added' in entry) counts.attempts += 1
    else if (entry.made === 'row') counts.rows += 1
    else counts.users += 1
  }
  return counts
}

/** The last line may be incomplete: then it is no entry yet. */
function entryOf(line: string) {
  try {
    return journalEntry.parse(JSON.parse(line))
  } catch {
    return null
  }
}

function linesIn(folder: string): string[] {
  try {
    const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
    return files.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
  } catch {
    return []
  }
}
