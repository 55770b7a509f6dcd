import { TrespassError } from '../errors.ts'
import { dropJournal, type JournalEntry } from '../fixtures/journal.ts'
import { type ReadableJournal, readReadablePart } from '../fixtures/read-journals.ts'
import { groupBy } from '../group.ts'
import { print } from './print.ts'
import { plain } from './terminal/text.ts'

/** The maximum number of keys to list for one table. */
const keysListed = 20

/**
 * Lists the entries of a run's journal and removes the journal: for a target that no longer exists, or a journal that cannot be
 * read. Sends nothing to the target.
 *
 * @throws TrespassError `no-journal`, `bad-run-id`
 */
export async function forget(root: string, run: string): Promise<0> {
  const journal = /^\w[\w.-]*$/.test(run) ? await readReadablePart(root, run) : null
  if (journal === null) {
    throw new TrespassError(
      'no-journal',
      `found no journal of the run ${plain(run)}, expected one below .trespass/journal`,
      {
        hint: '`trespass cleanup` sweeps all runs that left a journal and names them.',
      },
    )
  }
  for (const line of contentOf(run, journal)) print(plain(line))
  await dropJournal(root, run)
  print(`${run}: its journal is removed. Trespass does not sweep these any more.`)
  return 0
}

function contentOf(run: string, { alias, started, entries, unreadable }: ReadableJournal): string[] {
  const users = entries.flatMap((entry) => ('made' in entry && entry.made !== 'row' ? [userOf(entry)] : []))
  const tables = groupBy(
    entries.flatMap((entry) => ('made' in entry && entry.made === 'row' ? [entry] : [])),
    ({ table }) => table,
  )
  const attempted = new Set(entries.flatMap((entry) => ('may' in entry || 'added' in entry ? [entry.table] : [])))
  return [
    `${run}: began ${started ?? 'at an unknown time'} on ${alias ?? 'an unknown target'}, and may have left:`,
    ...(users.length === 0 ? [] : listed('users', users)),
    ...[...tables].flatMap(([table, rows]) =>
      listed(
        `rows of ${table}`,
        rows.map(({ key }) => JSON.stringify(key)),
      ),
    ),
    ...[...attempted].map((table) => `  rows of ${table} that attempts added`),
    ...(unreadable === 0 ? [] : [`  entries that cannot be read: ${unreadable}`]),
    ...(entries.length + unreadable === 0 ? ['  nothing'] : []),
  ]
}

/** Users are listed by id, so that no address is printed. */
function userOf(entry: Extract<JournalEntry, { made: 'user' | 'anonymous-user' | 'kept-user' }>): string {
  return entry.made === 'anonymous-user' ? `with the mark ${entry.mark} in user_metadata` : entry.id
}

function listed(what: string, names: readonly string[]): string[] {
  const distinct = [...new Set(names)]
  const more = distinct.length - keysListed
  return [
    `  ${what}: ${distinct.length}`,
    ...distinct.slice(0, keysListed).map((name) => `    ${name}`),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ]
}
