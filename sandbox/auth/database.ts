import pg from 'pg'
import { AuthError, DatabaseLost } from './errors.ts'

/** One open transaction. */
export interface Database {
  /** Runs one statement. `Row` states the columns that the statement itself selects. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>
}

/**
 * Runs `work` in one transaction: committed when it returns, or when it throws an `AuthError` that keeps its work (a
 * detected reuse of a refresh token has to revoke the tokens although it answers an error); otherwise rolled back.
 *
 * @throws whatever `work` threw, the database's refusal to commit, or `DatabaseLost`
 */
export async function inTransaction<T>(pool: pg.Pool, work: (database: Database) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch(lost)
  const database: Database = {
    async query<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) {
      return (await client.query<Row>(sql, values).catch(lost)).rows
    },
  }
  let broken: Error | undefined
  try {
    await client.query('begin').catch(lost)
    const result = await work(database)
    await client.query('commit').catch(lost)
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

/** Runs `work` without a transaction around it: every statement is committed by itself. @throws as {@link inTransaction} */
export async function singly<T>(pool: pg.Pool, work: (database: Database) => Promise<T>): Promise<T> {
  return await work({
    async query<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) {
      return (await pool.query<Row>(sql, values).catch(lost)).rows
    },
  })
}

/** Distinguishes a broken connection from a refused statement. */
function lost(error: unknown): never {
  if (error instanceof pg.DatabaseError) throw error
  throw new DatabaseLost('The database is away', { cause: error })
}
