import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { LogicalReplicationService, TestDecodingPlugin } from 'pg-logical-replication'
import type { SecuredConnection } from '../../workspace/secured-connection.ts'

/** Milliseconds for which the new slot waits for one transaction that was writing when the slot was requested. */
const slotTimeoutMs = 5000

/** Milliseconds to begin. */
const startTimeoutMs = 20_000

/** Milliseconds that the connection may take to close. */
const partingTime = 1000

/** A replication slot of the output plugin `test_decoding` that ends with its connection, also when the process dies. */
export interface Slot {
  close(): Promise<void>
}

/**
 * Opens the slot and reads everything that is committed from now on.
 *
 * @param onLine called with each line that the plugin prints, in the order of the log.
 * @param onEnd called once when nothing more will come.
 * @throws when the database user may not replicate, the plugin is missing, or another transaction stays open.
 */
export async function openSlot(
  connection: SecuredConnection,
  onLine: (line: string) => void,
  onEnd: (error: Error) => void,
): Promise<Slot> {
  // Nothing is acknowledged line by line: the slot is gone after the run.
  const service = new LogicalReplicationService(
    { ...connection, application_name: 'trespass-changes' },
    { acknowledge: { auto: false, timeoutSeconds: 10 } },
  )
  const close = async () => {
    const parted = service.destroy().catch(() => undefined)
    await Promise.race([parted, new Promise((resolve) => setTimeout(resolve, partingTime).unref())])
  }
  service.on('error', (error: Error) => onEnd(error))
  service.on('data', (_position: string, line: string) => onLine(line))
  const started = new Promise<void>((resolve, reject) => {
    service.on('start', resolve)
    setTimeout(() => reject(new Error('the replication slot was not made in time')), startTimeoutMs).unref()
    const ended = (error: Error) => {
      reject(error)
      onEnd(error)
    }
    service.subscribe(new TemporarySlot({}), `trespass_${randomBytes(8).toString('hex')}`).then(
      () => ended(new Error('the replication connection was closed')),
      (error: unknown) => ended(error instanceof Error ? error : new Error(String(error))),
    )
  })
  try {
    await started
    return { close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Makes the slot on the connection that reads it, and hands its lines on as they come. */
class TemporarySlot extends TestDecodingPlugin {
  override async start(client: pg.Client, slot: string): Promise<unknown> {
    await client.query(`set lock_timeout = ${slotTimeoutMs}`)
    await client.query(`CREATE_REPLICATION_SLOT "${slot}" TEMPORARY LOGICAL test_decoding NOEXPORT_SNAPSHOT`)
    return await client.query(`START_REPLICATION SLOT "${slot}" LOGICAL 0/0 ("include-xids" 'off')`)
  }

  override parse(buffer: Buffer): string {
    return buffer.toString('utf8')
  }
}
