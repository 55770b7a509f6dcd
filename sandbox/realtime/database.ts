import pg from 'pg'

/** The database cannot be reached, or the connection broke. */
export class DatabaseAway extends Error {
  override readonly name = 'DatabaseAway'
}

/** One open transaction. */
export interface Transaction {
  /** Runs one statement. `Row` states the columns that the statement itself selects. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>
}

/**
 * Runs `work` in a transaction that is always rolled back: it checks permissions without leaving any change.
 *
 * @throws pg.DatabaseError the refusal by PostgreSQL; DatabaseAway
 */
export function rolledBack<T>(pool: pg.Pool, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  return inTransaction(pool, work, 'rollback')
}

/** Runs `work` in a transaction that is committed at the end, with the errors of `rolledBack`. */
export function committed<T>(pool: pg.Pool, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  return inTransaction(pool, work, 'commit')
}

async function inTransaction<T>(
  pool: pg.Pool,
  work: (transaction: Transaction) => Promise<T>,
  ending: 'commit' | 'rollback',
): Promise<T> {
  const client = await pool.connect().catch(away)
  let broken: Error | undefined
  const run = async (sql: string, values: unknown[] = []) => await client.query(sql, values).catch(away)
  try {
    await run('begin')
    const result = await work({
      query: async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) =>
        (await client.query<Row>(sql, values).catch(away)).rows,
    })
    await run(ending)
    return result
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure
    })
    throw error
  } finally {
    // A connection that could not end its transaction must not return to the pool.
    client.release(broken)
  }
}

/** Distinguishes a broken connection from a refused statement. */
export function away(error: unknown): never {
  if (error instanceof pg.DatabaseError && error.code?.startsWith('57P') !== true) throw error
  throw new DatabaseAway('The database is away', { cause: error })
}
