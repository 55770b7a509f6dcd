import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { z } from 'zod'
import { TrespassError } from '../errors.ts'
import { securedConnection } from '../workspace/secured-connection.ts'

/** Rows as PostgreSQL writes them: every value its own text. */
export type TextRows = readonly (readonly (string | null)[])[]

/** Runs one statement with its parameters. */
export type Query = (text: string, values?: readonly unknown[]) => Promise<TextRows>

/** A small pool of connections of the privileged role. */
export interface Database {
  readonly query: Query
  /** Runs several statements without parameters as one transaction in one round trip; @returns the last one's rows. */
  script(text: string): Promise<TextRows>
  /** Commits when the work is done and rolls back when it throws. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>
  /** Rolls back when the work is done and when it throws. */
  rolledBack<T>(work: (query: Query) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** The parts of an error by which PostgreSQL names its origin. */
export interface Reported {
  readonly message: string
  /** The functions that were running, innermost first. */
  readonly where: string
  /** The routine of the server: `exec_stmt_raise` for an error that PL/pgSQL code raised. */
  readonly routine: string | null
}

/** The database understood a statement and refused it. */
export class RefusedStatement extends TrespassError {
  readonly sqlstate: string
  /** As the server reported it. */
  readonly reported: Reported

  constructor(sqlstate: string, message: string, reported: Reported = { message, where: '', routine: null }) {
    super('database-refused', `${message} (${sqlstate})`)
    this.name = 'RefusedStatement'
    this.sqlstate = sqlstate
    this.reported = reported
  }
}

/** Milliseconds that a connection may take to close; one whose other end is gone would take forever. */
const partingTime = 2000

/**
 * Limits statements, locks and transactions, so that the application is never blocked for longer than the hold: a session that
 * waits for a lock waits until the transaction that has it ends. Half of the hold is for waiting, since a transaction that waits
 * holds locks as well. Set by statement and not at start-up, because poolers refuse unknown start-up options. PostgreSQL limits
 * whole transactions since version 17; before, each statement and each pause between two.
 */
function sessionSettings(hold: number): string {
  return `
    set statement_timeout = ${Math.ceil(hold)};
    set lock_timeout = ${Math.ceil(hold / 2)};
    set idle_in_transaction_session_timeout = ${Math.ceil(hold)};
    set enable_seqscan = off;
    select set_config('transaction_timeout', '${Math.ceil(hold)}', false)
      where current_setting('server_version_num')::int >= 170000`
}

const textRows = z.array(z.array(z.string().nullable()))
const asText = { getTypeParser: () => (text: string) => text }

/** How the connections of a {@link Database} are made. */
export interface DatabaseOptions {
  /** The most at once. */
  readonly connections: number
  /** Certificates in PEM by which the database's is verified. */
  readonly ca: string | null
  /** Milliseconds that a transaction may last. */
  readonly hold: number
  /** True for sessions whose transactions write nothing unless a statement asks for it. */
  readonly isReadOnly?: boolean
}

/**
 * Opens no connection yet; the first statement does.
 *
 * @param databaseUrl as `postgres` or a role of the same rights.
 */
export function openDatabase(
  databaseUrl: string,
  { connections, ca, hold, isReadOnly = false }: DatabaseOptions,
): Database {
  const pool = new pg.Pool({
    ...securedConnection(databaseUrl, ca),
    max: connections,
    application_name: 'trespass-witness',
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    // The server ends a statement itself; the client's own timeout is for a server that is gone.
    query_timeout: hold + 5000,
    onConnect: (client) => {
      // The query that is under way fails by itself; without a listener, Node.js would end the process.
      client.on('error', () => {})
      return client.query(`${isReadOnly ? 'set default_transaction_read_only = on;' : ''}${sessionSettings(hold)}`)
    },
  })
  // An idle connection that breaks is replaced by the next statement.
  pool.on('error', () => {})

  async function withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect().catch((error: unknown) => {
      throw unreachable(error)
    })
    let broken = true
    try {
      const result = await work(client)
      broken = false
      return result
    } catch (error) {
      broken = error instanceof TrespassError && error.code === 'database-unreachable'
      throw error
    } finally {
      client.release(broken)
    }
  }

  return {
    query: (text, values) => withClient((client) => run(client, text, values)),
    script: (text) => withClient((client) => runScript(client, text)),
    transaction: (work) =>
      withClient(async (client) => {
        await run(client, 'begin')
        try {
          const result = await work((text, values) => run(client, text, values))
          await run(client, 'commit')
          return result
        } catch (error) {
          // The first error is the cause; a connection that cannot roll back is dropped by the pool.
          await run(client, 'rollback').catch(() => {})
          throw error
        }
      }),
    rolledBack: (work) =>
      withClient(async (client) => {
        await run(client, 'begin')
        const ended = await work((text, values) => run(client, text, values)).then(
          (result) => ({ result }),
          (error: unknown) => ({ error }),
        )
        // A connection that cannot roll back is dropped by the pool, and the server rolls back then.
        await run(client, 'rollback')
        if ('error' in ended) throw ended.error
        return ended.result
      }),
    close: () => Promise.race([pool.end(), wait(partingTime, undefined, { ref: false })]),
  }
}

async function run(client: pg.PoolClient, text: string, values: readonly unknown[] = []): Promise<TextRows> {
  const result = await client.query({ ...prepared(text, values), rowMode: 'array', types: asText }).catch(explain)
  return textRows.parse(result.rows)
}

/** By text; there are as many as tables and shapes of rows. */
const names = new Map<string, string>()

/** A statement with parameters comes again and again: the server keeps it by name, parsed and planned. */
function prepared(text: string, values: readonly unknown[]) {
  if (values.length === 0) return { text }
  const name = names.get(text) ?? createHash('sha256').update(text).digest('base64url')
  names.set(text, name)
  return { text, values: [...values], name }
}

/** PostgreSQL runs the statements of one simple query as one transaction. */
async function runScript(client: pg.PoolClient, text: string): Promise<TextRows> {
  const results: unknown = await client.query({ text, rowMode: 'array', types: asText }).catch(explain)
  const last = z
    .array(z.object({ rows: textRows }))
    .parse(results)
    .at(-1)
  return last?.rows ?? []
}

function explain(error: unknown): never {
  if (!(error instanceof pg.DatabaseError)) throw unreachable(error)
  // A foreign key or a unique key is only understood with the values that broke it.
  const detail = error.detail !== undefined && /^2350[35]$/.test(error.code ?? '') ? `: ${error.detail}` : ''
  const reported = { message: error.message, where: error.where ?? '', routine: error.routine ?? null }
  throw new RefusedStatement(error.code ?? 'XX000', `${error.message}${detail}`, reported)
}

/** The message of a failed connection names host and user, and with them the project: only its code is passed on. */
function unreachable(error: unknown): TrespassError {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no answer'
  if (/CERT|SIGNATURE|ERR_TLS/.test(code)) {
    return new TrespassError('database-not-trusted', `the database's certificate cannot be verified (${code})`, {
      hint: 'Name the platform’s certificate in TRESPASS_DATABASE_CA: dashboard › Database › Settings › SSL Configuration.',
    })
  }
  if (error instanceof Error && error.message.includes('does not support SSL')) {
    return new TrespassError(
      'database-not-encrypted',
      'the database does not offer TLS, and it is on another machine',
      {
        hint: 'Use the connection string of the database or of the session pooler as the dashboard shows it.',
      },
    )
  }
  return new TrespassError('database-unreachable', `the target's database cannot be reached (${code})`, {
    hint: 'Check the database URL of the target, its password, and that the database is running.',
  })
}
