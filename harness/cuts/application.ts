import { TrespassError } from '../errors.ts'
import { type Statement, statementInWords } from './statements.ts'

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
 *
 * `psql-single-transaction`: the same with `-1`. psql sends BEGIN before the file and COMMIT after it, whatever the file holds.
 *
 * `sql-editor`: the dashboard sends the script to postgres-meta, which passes it to PostgreSQL as one simple-query message
 * (github.com/supabase/postgres-meta, `src/lib/db.ts`: `pool.query(sql)` without parameters) on a connection of its own.
 * Statements of one message are an implicit transaction, which a COMMIT of the script ends and the next statement begins anew; a
 * BEGIN makes it an explicit one, statements before the BEGIN included (PostgreSQL's documentation, "Multiple Statements in a
 * Simple Query").
 */
export const appliers = ['supabase-cli', 'sql-editor', 'psql', 'psql-single-transaction'] as const
export type Applier = (typeof appliers)[number]

/** The appliers as a sentence names them: "as … it". */
export const applierWords: Readonly<Record<Applier, string>> = {
  'supabase-cli': 'as the Supabase CLI applies it',
  'sql-editor': 'as the SQL Editor runs it',
  psql: 'as psql runs it, statement by statement',
  'psql-single-transaction': 'as psql -1 runs it',
}

/** One command that is sent to the server. */
export type Step = { readonly send: 'begin' | 'commit' } | { readonly send: 'statement'; readonly statement: Statement }

/**
 * Works out the commands that apply a migration. Pure.
 *
 * @returns the statements in order, with the BEGIN and COMMIT that the tool adds. The last transaction of the Supabase CLI
 *   inserts the row in its history, even if no statement is left for it. An implicit transaction is written with the BEGIN and
 *   COMMIT to which it amounts.
 */
export function stepsOf(statements: readonly Statement[], applier: Applier): readonly Step[] {
  switch (applier) {
    case 'psql':
      return statements.map(step)
    case 'psql-single-transaction':
      return [{ send: 'begin' }, ...statements.map(step), { send: 'commit' }]
    case 'sql-editor':
      return inOneMessage(statements)
    case 'supabase-cli':
      return statements.some(({ runs }) => runs === 'control') ? statements.map(step) : inTransactions(statements)
  }
}

function inTransactions(statements: readonly Statement[]): readonly Step[] {
  const steps: Step[] = [{ send: 'begin' }]
  for (const statement of statements) {
    if (!standsAlone(statement)) steps.push(step(statement))
    else if (steps.at(-1)?.send === 'begin') steps.splice(-1, 1, step(statement), { send: 'begin' })
    else steps.push({ send: 'commit' }, step(statement), { send: 'begin' })
  }
  return [...steps, { send: 'commit' }]
}

function inOneMessage(statements: readonly Statement[]): readonly Step[] {
  if (statements.length === 1) return statements.map(step)
  const steps: Step[] = []
  let open: 'none' | 'implicit' | 'explicit' = 'none'
  for (const statement of statements) {
    const { runs, kind } = statement
    const begins = runs === 'control' && beginsTransaction(kind)
    if (open === 'none' && runs !== 'control') {
      steps.push({ send: 'begin' })
      open = 'implicit'
    }
    // A BEGIN inside the implicit transaction makes it explicit, and ends nothing: a second BEGIN is a warning.
    steps.push(step(statement))
    if (begins) open = 'explicit'
    else if (runs === 'control') open = 'none'
  }
  // An explicit transaction that the script leaves open is rolled back with its connection.
  return open === 'implicit' ? [...steps, { send: 'commit' }] : steps
}

/** @returns whether the whole file is one transaction, so that a cut leaves no change. */
export function isOneTransaction(statements: readonly Statement[], applier: Applier): boolean {
  const [only, second] = statements
  if (only !== undefined && second === undefined) return only.runs === 'inside' && !standsAlone(only)
  return (
    !statements.some(({ runs }) => runs === 'control') &&
    stepsOf(statements, applier).filter(({ send }) => send === 'begin').length === 1
  )
}

/**
 * Refuses a script that its tool cannot apply, before anything is sent.
 *
 * @throws TrespassError `migration-failed` with file, line and column.
 */
export function refuseInapplicable(statements: readonly Statement[], applier: Applier): void {
  const inBlock = (applier === 'sql-editor' && statements.length > 1) || applier === 'psql-single-transaction'
  const alone = inBlock ? statements.find(({ runs }) => runs === 'alone') : undefined
  const savepoint = applier === 'sql-editor' ? savepointOutside(statements) : undefined
  const found = alone ?? savepoint
  if (found === undefined) return
  const { file, line, column } = found.at
  const why = found === alone ? 'cannot run in a transaction block' : 'can only be used in a transaction block'
  const block =
    applier === 'sql-editor' ? 'the statements of one script of the SQL Editor are one' : 'psql -1 makes one'
  throw new TrespassError(
    'migration-failed',
    `${file}:${line}:${column}: ${found.kind} ${why}, and ${block} (${statementInWords(found)})`,
    {
      hint:
        found === alone
          ? 'Put the statement into a file of its own, and run that by itself.'
          : 'Write BEGIN and COMMIT into the script, or leave the savepoint out.',
    },
  )
}

/** PostgreSQL allows a savepoint in an explicit transaction only, and every other transaction of the SQL Editor is implicit. */
function savepointOutside(statements: readonly Statement[]): Statement | undefined {
  let isExplicit = false
  return statements.find(({ runs, kind }) => {
    if (runs === 'control') isExplicit = beginsTransaction(kind)
    return !isExplicit && /^(?:savepoint|release|rollback to)/.test(kind)
  })
}

function beginsTransaction(kind: string): boolean {
  return /^(?:begin|start)/.test(kind)
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
