import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { connectWitness } from '../../harness/witness/postgres.ts'
import type { Witness } from '../../harness/witness/witness.ts'
import { startSandbox } from '../../sandbox/index.ts'

/** A sandbox with tables of a file of this folder, a witness, and a connection of the role postgres beside it. */
export interface TestDatabase {
  readonly url: string
  readonly witness: Witness
  /** Statements run in order; @returns the rows of the last one. */
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  stop(): Promise<void>
}

export async function startDatabase(...files: readonly string[]): Promise<TestDatabase> {
  const workspace = await mkdtemp(join(tmpdir(), 'trespass-test-'))
  const apply = files.map((file) => new URL(file, import.meta.url).pathname)
  const sandbox = await startSandbox({ workspace, apply })
  const client = new pg.Client({ connectionString: sandbox.databaseUrl })
  await client.connect()
  const witness = await connectWitness(sandbox.databaseUrl)
  return {
    url: sandbox.databaseUrl,
    witness,
    sql: async (text, values) => (await client.query(text, values === undefined ? undefined : [...values])).rows,
    stop: async () => {
      await Promise.all([witness.close(), client.end()])
      await sandbox.stop()
      await rm(workspace, { recursive: true })
    },
  }
}
