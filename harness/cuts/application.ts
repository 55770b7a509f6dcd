import type { Statement } from './statements.ts'

/**
 * Who applies a migration, and so what is one transaction.
 *
 * `supabase-cli`: `supabase db push`, `migration up` and `db reset`. A file that holds no BEGIN or COMMIT of its own is
 * one transaction, together with its line in the migration history; a statement that cannot run in a transaction runs
 * alone, and what stands before it is committed first. A file with its own BEGIN or COMMIT is sent as it stands, statement
 * by statement. Source: github.com/supabase/cli, `legacy-migration-apply.ts` since 2.109 (pull requests 5671, 6276 and
 * 6354; before, `MigrationFile.ExecBatch` in `pkg/migration/file.go`, which refused what cannot run in a transaction).
 *
 * `psql`: `psql -v ON_ERROR_STOP=1 -f`, without `-1`. Every statement that stands in no BEGIN of the file is a transaction
 * of its own.
 */
export const appliers = ['supabase-cli', 'psql'] as const
export type Applier = (typeof appliers)[number]

/** One thing that is sent to the server. */
export type Step = { readonly send: 'begin' | 'commit' } | { readonly send: 'statement'; readonly statement: Statement }

/**
 * Works out what is sent to apply a migration. Pure.
 *
 * @returns the statements in order, with the BEGIN and COMMIT that the applier adds. The last transaction of the Supabase
 *   CLI holds the line in its history, also where no statement is left for it.
 */
export function stepsOf(statements: readonly Statement[], applier: Applier): readonly Step[] {
  const asWritten = applier === 'psql' || statements.some(({ runs }) => runs === 'control')
  if (asWritten) return statements.map(step)
  const steps: Step[] = [{ send: 'begin' }]
  for (const statement of statements) {
    if (!standsAlone(statement)) steps.push(step(statement))
    else if (steps.at(-1)?.send === 'begin') steps.splice(-1, 1, step(statement), { send: 'begin' })
    else steps.push({ send: 'commit' }, step(statement), { send: 'begin' })
  }
  return [...steps, { send: 'commit' }]
}

/** @returns whether the whole file is one transaction, so that a cut leaves nothing behind. */
export function isOneTransaction(statements: readonly Statement[], applier: Applier): boolean {
  return stepsOf(statements, applier).filter(({ send }) => send === 'begin').length === 1
}

/** The CLI takes every CLUSTER out of its transaction. */
function standsAlone({ runs, kind }: Statement): boolean {
  return runs === 'alone' || kind === 'cluster'
}

function step(statement: Statement): Step {
  return { send: 'statement', statement }
}
