import pg from 'pg'
import { DatabaseLost, fromDatabase } from './errors.ts'

/** The caller, with whose rights a statement runs. */
export interface Caller {
  /** The database role. */
  role: string
  /** The claim `sub`; empty if there is none. */
  sub: string
  /** All claims as JSON. */
  claims: string
  /** The raw token. */
  token: string
}

/** The facts about the request that policies can read. */
export interface RequestFacts {
  method: string
  path: string
  /** All headers as JSON. */
  headers: string
  /** The result of `storage.operation()`, such as `storage.object.upload`. */
  operation: string
  /** The id of an attempt of the test harness, which marks every transaction of the request; undefined for other requests. */
  attempt: string | undefined
}

/** One open transaction. */
export interface Session {
  /** Runs one statement. `Row` states the columns that the statement itself selects. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>
  /** Runs one statement and returns the number of rows that it changed. */
  execute(sql: string, values?: unknown[]): Promise<number>
  /** Runs statements with the rights of the service, and restores the former rights afterwards. */
  asService<T>(work: () => Promise<T>): Promise<T>
}

/** Thrown to end a probe: its changes are rolled back. */
class Probed extends Error {}

/**
 * The statements of one request. Each transaction begins with the settings that Storage makes for its own statements
 * (github.com/supabase/storage, `internal/database/postgres/scope.ts`), all of them for this transaction only.
 */
export class Database {
  readonly #pool: pg.Pool
  readonly #service: Caller
  readonly #caller: Caller
  readonly #facts: RequestFacts

  constructor(pool: pg.Pool, service: Caller, caller: Caller, facts: RequestFacts) {
    this.#pool = pool
    this.#service = service
    this.#caller = caller
    this.#facts = facts
  }

  /** Runs one transaction with the rights of the caller: row security decides. */
  asCaller<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#transaction(this.#caller, work)
  }

  /** Runs one transaction with the rights of the service, which bypasses row security. */
  asService<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#transaction(this.#service, work)
  }

  /**
   * Checks whether the caller may execute statements, by executing them and rolling back.
   *
   * @throws StorageError when the database refuses
   */
  async probe(work: (session: Session) => Promise<unknown>): Promise<void> {
    const rolledBack = new Probed()
    await this.asCaller(async (session) => {
      await work(session)
      throw rolledBack
    }).catch((error: unknown) => {
      if (error !== rolledBack) throw error
    })
  }

  async #transaction<T>(caller: Caller, work: (session: Session) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch(lost)
    const session: Session = {
      async query<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) {
        return (await client.query<Row>(sql, values).catch(lost)).rows
      },
      execute: async (sql, values = []) => (await client.query(sql, values).catch(lost)).rowCount ?? 0,
      asService: async (elevated) => {
        await client.query(settings(this.#service, this.#facts)).catch(lost)
        const result = await elevated()
        await client.query(settings(caller, this.#facts)).catch(lost)
        return result
      },
    }
    let broken: Error | undefined
    try {
      await client.query(`begin; ${settings(caller, this.#facts)}${mark(this.#facts)}`).catch(lost)
      const result = await work(session)
      await client.query('commit').catch(lost)
      return result
    } catch (error) {
      await client.query('rollback').catch((failure: Error) => {
        broken = failure
      })
      throw fromDatabase(error)
    } finally {
      // A connection that could not end its transaction must not return to the pool.
      client.release(broken)
    }
  }
}

/** One statement without parameters, so that it travels in one message with `begin`. */
function settings(caller: Caller, facts: RequestFacts): string {
  const values: Record<string, string> = {
    role: caller.role,
    'request.jwt.claim.role': caller.role,
    'request.jwt': caller.token,
    'request.jwt.claim.sub': caller.sub,
    'request.jwt.claims': caller.claims,
    'request.headers': facts.headers,
    'request.method': facts.method,
    'request.path': facts.path,
    'storage.operation': facts.operation,
    'storage.allow_delete_query': 'true',
    statement_timeout: '30s',
  }
  const calls = Object.entries(values).map(([name, value]) => `set_config('${name}', ${pg.escapeLiteral(value)}, true)`)
  return `select ${calls.join(', ')}`
}

/** Writes the attempt's id into the write-ahead log, inside the transaction that is about to change rows. */
function mark({ attempt }: RequestFacts): string {
  return attempt === undefined ? '' : `; select pg_logical_emit_message(true, 'trespass', ${pg.escapeLiteral(attempt)})`
}

/** Distinguishes a broken connection from a refused statement. */
function lost(error: unknown): never {
  if (error instanceof pg.DatabaseError) throw error
  throw new DatabaseLost('The database is away', { cause: error })
}
