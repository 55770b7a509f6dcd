import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { z } from 'zod'
import { TrespassError } from '../../errors.ts'
import { markPrefix } from '../../paths/path.ts'
import { securedConnection } from '../../workspace/secured-connection.ts'
import { CallBatch } from '../call-batch.ts'
import { userSchema } from '../catalog-query.ts'
import { RowVersions, type TableFacts, type Tables } from './row-versions.ts'
import { openSlot, type Slot } from './slot.ts'
import { Snapshot } from './snapshot.ts'
import { type Cells, readTestDecoding } from './test-decoding.ts'
import { type TransactionChanges, TransactionLog } from './transaction.ts'

export type { RowChange, TransactionChanges } from './transaction.ts'

const fencePrefix = 'trespass-fence'

/** Milliseconds for which the log may lag behind the database. */
const fenceTimeoutMs = 30_000

const noFacts: TableFacts = { primaryKey: [] }

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/**
 * Reads the changes of transactions from PostgreSQL's write-ahead log. A transaction of an attempt is marked in the log itself,
 * by a message with the attempt's id, so that no concurrent change of others counts as the attempt's.
 */
export class ChangeLog {
  readonly #emitter: pg.Client
  readonly #snapshot: Snapshot
  readonly #versions = new RowVersions()
  /** By mark; several transactions may serve one attempt. */
  readonly #marked = new Map<string, readonly TransactionLog[]>()
  readonly #fence = randomBytes(6).toString('hex')
  #slot: Slot | null = null
  #tables: Tables = new Map()
  #fences = 0
  #asked: Waiting[] = []
  readonly #gathering = new CallBatch()
  #isFencing = false
  #arrival: (Waiting & { readonly fence: string }) | null = null
  #lost: Error | null = null
  /** The transaction whose lines are coming. */
  #current = new TransactionLog()
  #fenceSeen = ''

  private constructor(emitter: pg.Client, snapshot: Snapshot) {
    this.#emitter = emitter
    this.#snapshot = snapshot
    emitter.on('error', (error: Error) => this.#end(error))
  }

  /**
   * Opens the log: everything that is committed from now on is read.
   *
   * @param databaseUrl a role that may replicate; no transaction pooler and no session pooler allows that.
   * @throws TrespassError `log-not-read` where the target does not support it.
   */
  static async open(databaseUrl: string, ca: string | null): Promise<ChangeLog> {
    const connection = securedConnection(databaseUrl, ca)
    const emitter = new pg.Client({ ...connection, application_name: 'trespass-fence', query_timeout: fenceTimeoutMs })
    emitter.on('error', () => {})
    try {
      await emitter.connect()
      const log = new ChangeLog(emitter, await Snapshot.open(connection))
      try {
        log.#slot = await openSlot(
          connection,
          (line) => log.#read(line),
          (error) => log.#end(error),
        )
        await log.restart()
        return log
      } catch (error) {
        await log.close()
        throw error
      }
    } catch (error) {
      await emitter.end().catch(() => undefined)
      throw notRead(error)
    }
  }

  /** Takes a new snapshot of the rows and of the tables, before something new is made. */
  async restart(): Promise<void> {
    this.#tables = await readTables(this.#emitter)
    await this.#snapshot.take()
    this.#versions.clear()
  }

  /**
   * @returns for each transaction with this mark everything that it has changed, when all that was committed before the
   *   call has been read; none when no transaction with it has committed.
   * @throws TrespassError `log-not-read` when the log has ended.
   */
  async changesOf(mark: string): Promise<readonly TransactionChanges[]> {
    await this.#caughtUp()
    const logs = this.#marked.get(mark) ?? []
    this.#marked.delete(mark)
    const readOld = (table: string, key: Cells) => this.#snapshot.read(table, key)
    return await Promise.all(logs.map((log) => log.changes(this.#tables, readOld)))
  }

  /** Ends the log and its slot. */
  async close(): Promise<void> {
    this.#end(new Error('the log was closed'))
    await Promise.all([this.#slot?.close(), this.#snapshot.close(), this.#emitter.end().catch(() => undefined)])
  }

  /** Concurrent calls share a fence; none is answered by one that was written before it. */
  #caughtUp(): Promise<void> {
    if (this.#lost !== null) return Promise.reject(notRead(this.#lost))
    const caughtUp = new Promise<void>((resolve, reject) => {
      this.#asked.push({ resolve, reject })
    })
    if (!this.#isFencing) void this.#fenceAll()
    return caughtUp
  }

  async #fenceAll(): Promise<void> {
    this.#isFencing = true
    while (this.#asked.length > 0) {
      await this.#gathering.over()
      const waiting = this.#asked.splice(0)
      await this.#passFence().then(
        () => {
          for (const { resolve } of waiting) resolve()
        },
        (error: unknown) => {
          for (const { reject } of waiting) reject(notRead(error))
        },
      )
    }
    this.#isFencing = false
  }

  /**
   * Writes a message behind everything that is committed, and waits until it comes back. The log is decoded only as far as
   * it has been flushed, which this commit does whatever the server's default is.
   */
  async #passFence(): Promise<void> {
    if (this.#lost !== null) throw this.#lost
    this.#fences += 1
    const fence = `${this.#fence} ${this.#fences}`
    const arrived = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the log lags behind')), fenceTimeoutMs)
      const settle = (work: () => void) => {
        clearTimeout(timer)
        this.#arrival = null
        work()
      }
      this.#arrival = { fence, resolve: () => settle(resolve), reject: (error) => settle(() => reject(error)) }
    })
    // A rejection while the statement is still under way must not count as unhandled.
    arrived.catch(() => undefined)
    await this.#emitter.query(
      `begin; set local synchronous_commit = on; select pg_logical_emit_message(true, '${fencePrefix}', '${fence}'); commit`,
    )
    await arrived
  }

  /** A transaction's lines come together, when it has committed. */
  #read(line: string): void {
    try {
      const decoded = readTestDecoding(line)
      switch (decoded.kind) {
        case 'begin':
          this.#current = new TransactionLog()
          break
        case 'commit':
          if (this.#fenceSeen === this.#arrival?.fence) this.#arrival?.resolve()
          break
        case 'message':
          if (decoded.prefix === markPrefix) this.#mark(decoded.content)
          if (decoded.prefix === fencePrefix) this.#fenceSeen = decoded.content
          break
        case 'truncate':
          for (const table of decoded.tables) this.#current.truncate(table)
          break
        case 'change':
          this.#current.add(this.#versions.apply(decoded, this.#tables.get(decoded.table) ?? noFacts))
      }
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #mark(mark: string): void {
    const logs = this.#marked.get(mark) ?? []
    if (!logs.includes(this.#current)) this.#marked.set(mark, [...logs, this.#current])
  }

  #end(error: Error): void {
    this.#lost ??= error
    this.#arrival?.reject(error)
  }
}

const tableRows = z.array(z.object({ name: z.string(), primaryKey: z.array(z.string()), root: z.string().nullable() }))

async function readTables(client: pg.Client): Promise<Tables> {
  const { rows } = await client.query(`
    select n.nspname || '.' || c.relname as name,
      (select coalesce(json_agg(a.attname order by array_position(i.indkey::int2[], a.attnum)), '[]')
        from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
        where i.indrelid = c.oid and i.indisprimary) as "primaryKey",
      case when c.relispartition then (
        select m.nspname || '.' || r.relname from pg_class r join pg_namespace m on m.oid = r.relnamespace
        where r.oid = pg_partition_root(c.oid)) end as root
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and ${userSchema}`)
  return new Map(
    tableRows
      .parse(rows)
      .map(({ name, primaryKey, root }) => [name, { primaryKey, ...(root === null ? {} : { root }) }]),
  )
}

/** The message of a failed connection names host and user, and with them the project: only its code is passed on. */
function notRead(error: unknown): TrespassError {
  if (error instanceof TrespassError) return error
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
  const why = code === '' && error instanceof Error && !/connect/i.test(error.message) ? `: ${error.message}` : code
  return new TrespassError('log-not-read', `the write-ahead log cannot be read${why}`, {
    hint: 'It takes a direct connection to the database, as a role that may replicate, and wal_level = logical.',
    cause: error,
  })
}
