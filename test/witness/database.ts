import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { connectWitness } from '../../harness/witness/postgres.ts'
import type { Witness } from '../../harness/witness/witness.ts'
import { startSandbox } from '../../sandbox/index.ts'

/** A sandbox with the tables of SQL files, a witness, and a connection as the role postgres. */
export interface TestDatabase {
  readonly url: string
  readonly witness: Witness
  /** Runs statements in order. @returns the rows of the last one. */
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  stop(): Promise<void>
}

/** @param files absolute, or relative to this folder. */
export async function startDatabase(...files: readonly string[]): Promise<TestDatabase> {
  const workspace = await mkdtemp(join(tmpdir(), 'trespass-test-'))
  const apply = files.map((file) => resolve(import.meta.dirname, file))
  const sandbox = await startSandbox({ workspace, apply })
  const client = new pg.Pool({ connectionString: sandbox.databaseUrl, max: 1 })
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
