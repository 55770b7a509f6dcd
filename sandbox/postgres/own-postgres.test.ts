import { execFile } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Sandbox, startSandbox } from '../index.ts'
import { connectTo, makeTemporaryFolder, makeWorkspace } from '../test-support.ts'
import { postgresAccount } from './account.ts'
import { postgresBinaries } from './binaries.ts'

/** A copy of the packaged PostgreSQL that has these extensions too, each with one function that returns its name. */
async function installationWith(extensions: readonly string[]): Promise<string> {
  const root = await makeTemporaryFolder()
  const scratch = join(root, 'scratch')
  await mkdir(scratch)
  await chmod(scratch, 0o755)
  const { postgres } = await postgresBinaries(await postgresAccount(), scratch)
  const copy = join(root, 'own')
  await promisify(execFile)('cp', ['-RP', dirname(dirname(postgres)), copy])
  const folder = join(copy, 'share', 'postgresql', 'extension')
  for (const name of extensions) {
    await writeFile(join(folder, `${name}.control`), "default_version = '1.0'\nrelocatable = true\n")
    const sql = `create function is_${name}() returns text language sql as $$ select '${name}' $$;\n`
    await writeFile(join(folder, `${name}--1.0.sql`), sql)
  }
  return join(copy, 'bin')
}

describe('a sandbox on a PostgreSQL of its own', () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    vi.stubEnv('TRESPASS_POSTGRES_BIN', await installationWith(['pg_hashids', 'hypopg', 'pg_net']))
    const workspace = await makeWorkspace({
      'supabase/migrations/1_a.sql': `
        create extension pg_hashids with schema extensions;
        create extension hypopg with schema extensions;
        create extension pg_net;
        create extension index_advisor with schema extensions;`,
    })
    sandbox = await startSandbox({ workspace })
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await sandbox.stop()
  })

  it('has its extensions in place of stand-ins, but for those that have to be preloaded', async () => {
    const client = await connectTo(sandbox.databaseUrl)
    const found = await client.query(`
      select extensions.is_pg_hashids() as hashids, extensions.is_hypopg() as hypopg,
        to_regprocedure('extensions.is_pg_net()') as net, to_regnamespace('net') is not null as stand_in`)
    expect(found.rows).toEqual([{ hashids: 'pg_hashids', hypopg: 'hypopg', net: null, stand_in: true }])
    expect(sandbox.undone.at(-1)).toMatch(/^stand-ins for .*: index_advisor \([^)]*\), pg_net \([^)]*\)$/)
  })
})

it('a folder that holds no PostgreSQL stops the sandbox before it starts anything', async () => {
  vi.stubEnv('TRESPASS_POSTGRES_BIN', '/nowhere/bin')
  const starting = startSandbox({ workspace: await makeWorkspace() })
  await expect(starting).rejects.toMatchObject({ code: 'postgres-unusable' })
  vi.unstubAllEnvs()
})
