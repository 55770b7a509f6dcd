import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../test-support.ts'
import { type Change, Stream } from './stream.ts'
import { type Bench, startBench } from './test-support.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

describe('the stream of changes', () => {
  it('opens again when PostgreSQL ends it, and leaves no slot when it is closed', async () => {
    const changes: Change[] = []
    const stream = new Stream({ connectionString: bench.sandbox.databaseUrl }, async (change) => {
      changes.push(change)
    })
    const slots = async (): Promise<string[]> => {
      const { rows } = await bench.database.query<{ slot_name: string }>('select slot_name from pg_replication_slots')
      return rows.map((row) => row.slot_name)
    }
    await stream.ready()
    const [first] = await slots()
    await bench.database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'walsender'",
    )
    await eventually('another slot', async () => {
      const now = await slots()
      return now.length === 1 && now[0] !== first
    })
    await stream.ready()
    await bench.database.query("select realtime.send('{}', 'e', 't')")
    await eventually('the change', () => changes.length === 1)
    expect(changes[0]).toMatchObject({ action: 'INSERT', schema: 'realtime', table: 'messages' })
    await stream.close()
    await eventually('no slot', async () => (await slots()).length === 0)
    await expect(stream.ready()).rejects.toThrow('closed')
  })
})
