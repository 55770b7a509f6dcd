import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { LogicalReplicationService, type Pgoutput, PgoutputPlugin } from 'pg-logical-replication'

/** A row as text by column name. A column that the log marks as unchanged is missing. */
type Cells = Record<string, string | null>

/** One changed row. */
export interface Change {
  action: 'INSERT' | 'UPDATE' | 'DELETE'
  schema: string
  table: string
  /** The table's oid. */
  relation: number
  /** The number of the transaction. */
  transaction: number
  /** The commit time of the transaction, in microseconds since 1970. */
  committedAt: string
  cells: Cells | undefined
  /** The columns of the old row that the replica identity includes. */
  oldCells: Cells | undefined
}

/** Broadcasts from the database, and the tables of Postgres Changes without column lists and row filters. */
const PUBLICATIONS = ['supabase_realtime_messages_publication', 'sandbox_realtime_changes']

/**
 * The committed changes of the published tables, in order, through a replication slot that ends with its connection. It is
 * opened on first use, and again if PostgreSQL ends it; changes that are committed in between are lost, as in the real service.
 */
export class Stream {
  readonly #connection: pg.ClientConfig
  readonly #handle: (change: Change) => Promise<void>
  #service: LogicalReplicationService | undefined
  #opening: Promise<void> | undefined
  #isClosed = false

  /** @param handle gets one change at a time; the next one waits for it */
  constructor(connection: pg.ClientConfig, handle: (change: Change) => Promise<void>) {
    this.#connection = connection
    this.#handle = handle
  }

  /**
   * Waits until every later commit will be received. PostgreSQL creates a slot after the transactions that are writing have
   * ended, so this may take as long as the longest of them.
   */
  async ready(): Promise<void> {
    if (this.#isClosed) throw new Error('The stream is closed.')
    this.#opening ??= this.#open()
    await this.#opening
  }

  /** Closes the stream and its slot. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#service?.destroy().catch(() => undefined)
  }

  #open(): Promise<void> {
    const service = new LogicalReplicationService(this.#connection, { flowControl: { enabled: true } })
    this.#service = service
    let transaction = 0
    let committedAt = '0'
    service.on('error', () => undefined)
    service.on('data', async (_position: string, message: Pgoutput.Message) => {
      if (message.tag === 'begin') {
        transaction = message.xid
        committedAt = String(message.commitTime)
      }
      const change = changeOf(message, transaction, committedAt)
      if (change !== undefined) await this.#handle(change)
    })
    return new Promise((resolve, fail) => {
      let started = false
      const ended = (error?: Error) => {
        fail(error ?? new Error('The replication connection was closed.'))
        this.#opening = undefined
        if (started) this.ready().catch(() => undefined)
      }
      service.on('start', () => {
        started = true
        resolve()
      })
      const plugin = new TemporarySlot({ protoVersion: 1, publicationNames: PUBLICATIONS })
      service.subscribe(plugin, `sandbox_realtime_${randomUUID().replaceAll('-', '')}`).then(() => ended(), ended)
    })
  }
}

/** Creates the slot on the connection that reads it, and keeps values as the texts that PostgreSQL sends. */
class TemporarySlot extends PgoutputPlugin {
  override async start(client: pg.Client, slotName: string): Promise<unknown> {
    await client.query(`CREATE_REPLICATION_SLOT "${slotName}" TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT`)
    return await super.start(client, slotName, '0/0')
  }

  override parse(buffer: Buffer): Pgoutput.Message {
    const message = super.parse(buffer)
    if (message.tag === 'relation') for (const column of message.columns) column.parser = (text: unknown) => text
    return message
  }
}

function changeOf(message: Pgoutput.Message, transaction: number, committedAt: string): Change | undefined {
  if (message.tag !== 'insert' && message.tag !== 'update' && message.tag !== 'delete') return undefined
  const { schema, name: table, relationOid: relation, keyColumns } = message.relation
  const common = { schema, table, relation, transaction, committedAt }
  if (message.tag === 'insert') return { ...common, action: 'INSERT', cells: message.new, oldCells: undefined }
  const oldCells = message.old ?? message.key ?? undefined
  if (message.tag === 'delete') return { ...common, action: 'DELETE', cells: undefined, oldCells }
  // An update that does not change the key has no old row; the new row has the key.
  const key = () => Object.fromEntries(keyColumns.map((name) => [name, message.new[name]]))
  return { ...common, action: 'UPDATE', cells: message.new, oldCells: oldCells ?? key() }
}
