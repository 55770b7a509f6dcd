import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import pg from 'pg'
import { SandboxError } from '../errors.ts'
import { OFFERED_EXTENSIONS, readExtensionRequest } from './extension.ts'
import { lineAndColumn, type Statement, splitStatements } from './split.ts'

/** Statements that PostgreSQL refuses inside a transaction, and files that manage their transactions themselves. */
const OUTSIDE_TRANSACTION =
  /^(begin|start\s+transaction|commit|rollback|abort|vacuum|alter\s+system|(create|drop|alter)\s+(database|tablespace)|(create\s+(unique\s+)?index|drop\s+index|reindex\b[^;]*)\s+concurrently|reindex\s*\([^)]*concurrently)\b/i

/**
 * Applies one SQL file as the connected role, statement by statement. As with the Supabase CLI the file is one
 * transaction, unless it manages transactions itself or holds a statement that may not run inside one.
 *
 * @param file absolute path
 * @param base folder that paths in messages are relative to
 * @throws SandboxError `migration-failed` or `extension-missing`, with file, line and column
 */
export async function applyFile(client: pg.Client, file: string, base: string): Promise<void> {
  const sql = await readFile(file, 'utf8')
  const statements = splitStatements(sql)
  const oneTransaction = !statements.some(({ text }) => OUTSIDE_TRANSACTION.test(text))
  if (oneTransaction) await client.query('begin')
  for (const statement of statements) {
    try {
      await run(client, statement.text)
    } catch (error) {
      throw await explain(error, { client, file: relative(base, file), sql, statement })
    }
  }
  if (oneTransaction) {
    await client.query('commit').catch(async (error: unknown) => {
      const last = statements.at(-1) ?? { text: '', offset: 0 }
      throw await explain(error, { client, file: relative(base, file), sql, statement: last })
    })
  }
}

async function run(client: pg.Client, text: string): Promise<void> {
  const wanted = readExtensionRequest(text)
  if (wanted === undefined || !OFFERED_EXTENSIONS.has(wanted.name)) {
    await client.query(text)
    return
  }
  // A hosted project's owner may create these although PostgreSQL keeps some of them for superusers.
  if (wanted.onlyIfMissing) {
    const present = await client.query('select from pg_extension where extname = $1', [wanted.name])
    if (present.rowCount === 1) return
  }
  const { name, schema, withDependencies } = wanted
  await client.query('select sandbox.create_extension($1, $2, $3)', [name, schema, withDependencies])
}

interface Failure {
  client: pg.Client
  file: string
  sql: string
  statement: Statement
}

async function explain(error: unknown, { client, file, sql, statement }: Failure): Promise<unknown> {
  if (!(error instanceof pg.DatabaseError)) return error
  const missing = missingExtension(error)
  const inStatement = error.position === undefined ? 0 : codeUnits(statement.text, Number(error.position) - 1)
  const position = { file, ...lineAndColumn(sql, statement.offset + (missing === undefined ? inStatement : 0)) }
  const at = `${file}:${position.line}:${position.column}`
  if (missing !== undefined) {
    return new SandboxError(
      'extension-missing',
      `${at}: the extension ${missing} is not available in the sandbox. Available: ${await available(client)}.`,
      'Leave the extension out of what the sandbox applies, or test this project against a hosted target.',
      position,
    )
  }
  const firstLine = statement.text.split('\n')[0]?.trim() ?? ''
  const more = [error.detail, error.hint, error.where].filter((text) => text !== undefined && text !== '').join(' · ')
  return new SandboxError(
    'migration-failed',
    `${at}: ${error.code ?? 'XX000'} ${error.message}${more === '' ? '' : ` (${more})`}. The statement: ${firstLine}`,
    'Correct the statement. It ran as the role postgres, which is no superuser, as on a hosted project.',
    position,
  )
}

/** PostgreSQL 17 says 0A000 for an extension that it has no control file of, 58P01 for one without its library. */
function missingExtension(error: pg.DatabaseError): string | undefined {
  const named = /^extension "(.+)" is not available$|^could not open extension control file ".*\/(.+)\.control"/.exec(
    error.message,
  )
  return named?.[1] ?? named?.[2]
}

async function available(client: pg.Client): Promise<string> {
  // The failed transaction would refuse the question.
  await client.query('rollback').catch(() => undefined)
  const names = await client.query<{ name: string }>('select name from pg_available_extensions order by name')
  return names.rows
    .map(({ name }) => name)
    .filter((name) => name === 'plpgsql' || OFFERED_EXTENSIONS.has(name))
    .join(', ')
}

/** The server counts characters, JavaScript UTF-16 units. */
function codeUnits(text: string, characters: number): number {
  return [...text].slice(0, characters).join('').length
}
