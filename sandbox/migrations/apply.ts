import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import pg from 'pg'
import { SandboxError } from '../errors.ts'
import { asSent, createdExtensions } from './platform-commands.ts'
import { lineAndColumn, type Statement, splitStatements } from './split.ts'

/** Statements that PostgreSQL refuses inside a transaction, and files that manage their transactions themselves. */
const OUTSIDE_TRANSACTION =
  /^(begin|start\s+transaction|commit|rollback|abort|vacuum|alter\s+system|(create|drop|alter)\s+(database|tablespace)|(create\s+(unique\s+)?index|drop\s+index|reindex\b[^;]*)\s+concurrently|reindex\s*\([^)]*concurrently)\b/i

/** Extensions that a workspace leaves out, with the statements that are not applied because of them. */
export class SkippedExtensions {
  readonly #names: ReadonlySet<string>
  readonly #created = new Set<string>()
  readonly #statements: string[] = []

  constructor(names: readonly string[]) {
    this.#names = new Set(names)
  }

  get isEmpty(): boolean {
    return this.#names.size === 0
  }

  /** Notes the extensions that a statement creates. */
  note(statement: string, at: string): void {
    for (const name of createdExtensions(statement)) {
      if (!this.#names.has(name)) continue
      this.#created.add(name)
      this.#statements.push(`${at} does not create the extension ${name}`)
    }
  }

  /**
   * @returns whether a statement may have failed because of an extension that was left out: something does not exist. Then
   *   it is noted.
   */
  excuses(error: unknown, statement: string, at: string): boolean {
    if (
      this.#created.size === 0 ||
      !(error instanceof pg.DatabaseError) ||
      !DOES_NOT_EXIST.includes(error.code ?? '')
    ) {
      return false
    }
    this.#statements.push(`${at} is not applied: ${firstLine(statement)} (${error.message})`)
    return true
  }

  /** What was left out, in sentences, for a run's report. */
  sentences(): readonly string[] {
    const needless = [...this.#names].filter((name) => !this.#created.has(name))
    return [
      ...this.#statements.map((what) => `sandbox.skip_extensions: ${what}`),
      ...needless.map((name) => `sandbox.skip_extensions names ${name}, which no SQL file creates`),
    ]
  }
}

/** SQLSTATEs of a schema, type, operator class, function, relation or column that is missing. */
const DOES_NOT_EXIST: readonly string[] = ['3F000', '42704', '42883', '42P01', '42703']

/**
 * Applies one SQL file as the connected role, statement by statement. As with the Supabase CLI the file is one transaction,
 * unless it manages transactions itself or contains a statement that may not run inside one.
 *
 * @param file absolute path
 * @param base folder that paths in messages are relative to
 * @param skipped takes note of the statements that are left out
 * @throws SandboxError `migration-failed` or `extension-missing`, with file, line and column
 */
export async function applyFile(
  client: pg.Client,
  file: string,
  base: string,
  skipped = new SkippedExtensions([]),
): Promise<void> {
  const sql = await readFile(file, 'utf8')
  const statements = splitStatements(sql)
  const oneTransaction = !statements.some(({ text }) => OUTSIDE_TRANSACTION.test(text))
  if (oneTransaction) await client.query('begin')
  for (const statement of statements) {
    const failure = { file: relative(base, file), sql, statement }
    const { line, column } = lineAndColumn(sql, statement.offset)
    const at = `${failure.file}:${line}:${column}`
    skipped.note(statement.text, at)
    const isMarked = !skipped.isEmpty && (await markTransaction(client))
    try {
      await client.query(asSent(statement.text))
    } catch (error) {
      if (!skipped.excuses(error, statement.text, at)) throw explain(error, failure)
      if (isMarked) await client.query(`rollback to savepoint ${SAVEPOINT}`)
    }
  }
  if (oneTransaction) {
    await client.query('commit').catch((error: unknown) => {
      const last = statements.at(-1) ?? { text: '', offset: 0 }
      throw explain(error, { file: relative(base, file), sql, statement: last })
    })
  }
}

const SAVEPOINT = 'before_statement'

/** @returns whether a transaction is open, which then has a savepoint. */
function markTransaction(client: pg.Client): Promise<boolean> {
  return client.query(`savepoint ${SAVEPOINT}`).then(
    () => true,
    () => false,
  )
}

function firstLine(statement: string): string {
  return statement.split('\n')[0]?.trim() ?? ''
}

interface Failure {
  file: string
  sql: string
  statement: Statement
}

function explain(error: unknown, { file, sql, statement }: Failure): unknown {
  if (!(error instanceof pg.DatabaseError)) return error
  const missing = missingExtension(error)
  const inStatement = error.position === undefined ? 0 : codeUnits(statement.text, Number(error.position) - 1)
  const position = { file, ...lineAndColumn(sql, statement.offset + (missing === undefined ? inStatement : 0)) }
  const at = `${file}:${position.line}:${position.column}`
  if (missing !== undefined) {
    return new SandboxError(
      'extension-missing',
      `${at}: the extension ${missing} is not in the PostgreSQL of the sandbox, and nothing stands in for it.`,
      `Set TRESPASS_POSTGRES_BIN to the folder bin of a PostgreSQL 15 to 18 that has it, or add ${JSON.stringify(missing)} to ` +
        'sandbox.skip_extensions in trespass.config.ts: then what needs the extension is left out, statement by statement.',
      position,
    )
  }
  const more = [error.detail, error.hint, error.where].filter((text) => text !== undefined && text !== '').join(' · ')
  return new SandboxError(
    'migration-failed',
    `${at}: ${error.code ?? 'XX000'} ${error.message}${more === '' ? '' : ` (${more})`}. The statement: ${firstLine(statement.text)}`,
    hintFor(error, statement.text),
    position,
  )
}

const REFUSED_TOO = 'Correct the statement. A hosted project refuses it too.'

/** Objects that a project makes itself; an empty hosted project has none of them. */
const MISSING = /^(?:column "[^"]+" of )?relation "(?:public\.)?[^".]+" does not exist$/
const DUPLICATE: readonly string[] = ['42P07', '42701', '42710', '42723']

/** Schemas in which a hosted project has objects that no migration makes. */
const PLATFORM_SCHEMA =
  /\b(?:auth|storage|realtime|extensions|vault|graphql|graphql_public|supabase_\w+|net|cron|pgmq|pgmq_public|pgsodium)"?\s*\./i

/** Says that a hosted project refuses a statement only where that is certain: by the statement, by the data, or by the files before it. */
function hintFor({ code = '', message }: pg.DatabaseError, statement: string): string {
  if (code === '42601' || /^2[23]/.test(code)) return REFUSED_TOO
  if (MISSING.test(message) && !PLATFORM_SCHEMA.test(statement)) {
    return (
      'No statement before this one makes it, so a new hosted project refuses these files too. `supabase db pull` writes a ' +
      'migration with what a project has and no file makes.'
    )
  }
  if (DUPLICATE.includes(code) && !PLATFORM_SCHEMA.test(statement)) {
    return 'A statement before this one has made it, so a new hosted project refuses these files too.'
  }
  return (
    'Correct the statement. If a hosted project accepts it, the sandbox differs there: its README lists the known ' +
    'differences. Migrations run as the role postgres, which is no superuser.'
  )
}

/** PostgreSQL 17 reports 0A000 for an extension without a control file, 58P01 for one without its library. */
function missingExtension(error: pg.DatabaseError): string | undefined {
  const named = /^extension "(.+)" is not available$|^could not open extension control file ".*\/(.+)\.control"/.exec(
    error.message,
  )
  return named?.[1] ?? named?.[2]
}

/** The server counts characters, JavaScript UTF-16 units. */
function codeUnits(text: string, characters: number): number {
  return [...text].slice(0, characters).join('').length
}
