import type { Statement } from './statements.ts'

/**
 * The tool that applies a migration. It determines the transactions.
 *
 * `supabase-cli`: `supabase db push`, `migration up` and `db reset`. A file without a BEGIN or COMMIT of its own is one
 * transaction, together with its row in the migration history; a statement that cannot run in a transaction runs alone, after
 * the statements before it are committed. A file with its own BEGIN or COMMIT is sent unchanged, statement by statement.
 * Source: github.com/supabase/cli, `legacy-migration-apply.ts` since 2.109 (pull requests 5671, 6276 and 6354; before,
 * `MigrationFile.ExecBatch` in `pkg/migration/file.go`, which refused statements that cannot run in a transaction).
 *
 * `psql`: `psql -v ON_ERROR_STOP=1 -f`, without `-1`. Every statement outside a BEGIN of the file is a transaction of its own.
 */
export const appliers = ['supabase-cli', 'psql'] as const
export type Applier = (typeof appliers)[number]

/** One command that is sent to the server. */
export type Step = { readonly send: 'begin' | 'commit' } | { readonly send: 'statement'; readonly statement: Statement }

/**
 * Works out the commands that apply a migration. Pure.
 *
 * @returns the statements in order, with the BEGIN and COMMIT that the tool adds. The last transaction of the Supabase CLI
 *   inserts the row in its history, even if no statement is left for it.
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

/** @returns whether the whole file is one transaction, so that a cut leaves no change. */
export function isOneTransaction(statements: readonly Statement[], applier: Applier): boolean {
  return stepsOf(statements, applier).filter(({ send }) => send === 'begin').length === 1
}

/**
 * @param sent the steps before a cut.
 * @returns true if a transaction has been open since the first of them, so that a cut leaves nothing but advanced sequences. A
 *   BEGIN or COMMIT of the file itself counts as a commit.
 */
export function isOpenSinceStart(sent: readonly Step[]): boolean {
  const [first, ...others] = sent
  if (first === undefined) return true
  return first.send === 'begin' && others.every((step) => step.send === 'statement' && step.statement.runs === 'inside')
}

/** The CLI runs every CLUSTER outside of its transaction. */
function standsAlone({ runs, kind }: Statement): boolean {
  return runs === 'alone' || kind === 'cluster'
}

function step(statement: Statement): Step {
  return { send: 'statement', statement }
}
