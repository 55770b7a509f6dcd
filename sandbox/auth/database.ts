import type pg from 'pg'
import { AuthError } from './errors.ts'

/** One open transaction. */
export interface Database {
  /** Runs one statement. `Row` states the columns that the statement itself selects. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>
}

/**
 * Runs `work` in one transaction: committed when it returns, or when it throws an `AuthError` that keeps its work (a
 * detected reuse of a refresh token has to revoke the tokens although it answers an error); otherwise rolled back.
 *
 * @throws whatever `work` threw, or the database's refusal to commit
 */
export async function inTransaction<T>(pool: pg.Pool, work: (database: Database) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  const database: Database = {
    async query<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) {
      return (await client.query<Row>(sql, values)).rows
    },
  }
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(database)
    await client.query('commit')
    return result
  } catch (error) {
    const ending = error instanceof AuthError && error.keepsWork ? 'commit' : 'rollback'
    await client.query(ending).catch((failure: Error) => {
      broken = failure
    })
    throw error
  } finally {
    // A connection that could not end its transaction must not return to the pool.
    client.release(broken)
  }
}
