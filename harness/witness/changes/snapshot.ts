import pg from 'pg'
import type { SecuredConnection } from '../../workspace/secured-connection.ts'
import { quoted, quotedRelation } from '../identifiers.ts'
import type { Cells } from './test-decoding.ts'

const asText = { getTypeParser: () => (text: string) => text }

/**
 * A transaction that sees every row as it was at one moment. It holds no lock longer than a statement, so that it blocks no
 * migration.
 */
export class Snapshot {
  readonly #client: pg.Client
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(client: pg.Client) {
    this.#client = client
  }

  /** Connects; `take` takes the first snapshot. */
  static async open(connection: SecuredConnection): Promise<Snapshot> {
    const client = new pg.Client({ ...connection, application_name: 'trespass-snapshot', types: asText })
    // The query that is under way fails by itself; without a listener, Node.js would end the process.
    client.on('error', () => {})
    await client.connect()
    await client.query('set idle_in_transaction_session_timeout = 0; set statement_timeout = 10000')
    return new Snapshot(client)
  }

  /** Takes a new snapshot: later reads see the rows of this moment. */
  take(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#client.query('rollback; begin isolation level repeatable read, read only; select 1; savepoint before')
    })
  }

  /** @returns the row; null where there was none, undefined where it cannot be read. */
  read(table: string, key: Cells): Promise<Cells | null | undefined> {
    const columns = Object.keys(key)
    const where = columns.map((column, n) => `${quoted(column)} = $${n + 1}`).join(' and ')
    return this.#inTurn(async () => {
      try {
        const text = `select * from ${quotedRelation(table)} where ${where}`
        const { rows } = await this.#client.query<Record<string, string | null>>(text, Object.values(key))
        return rows[0] ?? null
      } catch {
        return undefined
      } finally {
        // Gives back the lock on the table.
        await this.#client.query('rollback to savepoint before').catch(() => undefined)
      }
    })
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined)
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }
}
