import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import pg from 'pg'
import { SandboxError } from '../errors.ts'
import { asSent } from './platform-commands.ts'
import { lineAndColumn, type Statement, splitStatements } from './split.ts'

/** Statements that PostgreSQL refuses inside a transaction, and files that manage their transactions themselves. */
const OUTSIDE_TRANSACTION =
  /^(begin|start\s+transaction|commit|rollback|abort|vacuum|alter\s+system|(create|drop|alter)\s+(database|tablespace)|(create\s+(unique\s+)?index|drop\s+index|reindex\b[^;]*)\s+concurrently|reindex\s*\([^)]*concurrently)\b/i

/**
 * Applies one SQL file as the connected role, statement by statement. As with the Supabase CLI the file is one transaction,
 * unless it manages transactions itself or contains a statement that may not run inside one.
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
      await client.query(asSent(statement.text))
    } catch (error) {
      throw explain(error, { file: relative(base, file), sql, statement })
    }
  }
  if (oneTransaction) {
    await client.query('commit').catch((error: unknown) => {
      const last = statements.at(-1) ?? { text: '', offset: 0 }
      throw explain(error, { file: relative(base, file), sql, statement: last })
    })
  }
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
      'Leave the extension and what needs it out of the files that the sandbox applies, or test this project against a ' +
        'hosted target.',
      position,
    )
  }
  const firstLine = statement.text.split('\n')[0]?.trim() ?? ''
  const more = [error.detail, error.hint, error.where].filter((text) => text !== undefined && text !== '').join(' · ')
  return new SandboxError(
    'migration-failed',
    `${at}: ${error.code ?? 'XX000'} ${error.message}${more === '' ? '' : ` (${more})`}. The statement: ${firstLine}`,
    hintFor(error.code ?? ''),
    position,
  )
}

/** A hosted project certainly refuses a statement only if the error depends on the statement and the data alone. */
function hintFor(code: string): string {
  if (code === '42601' || /^2[23]/.test(code)) return 'Correct the statement. A hosted project refuses it too.'
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
