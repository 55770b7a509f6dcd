import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import pg from 'pg'
import { afterAll, onTestFinished } from 'vitest'

const temporary = new Set<string>()
// A hook at the top of an imported file belongs to the test file that imports it.
afterAll(async () => {
  await Promise.all([...temporary].map((folder) => rm(folder, { recursive: true, force: true })))
})

/** Makes a temporary folder that every account may enter; it is removed when the test file ends. */
export async function makeTemporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-test-'))
  await chmod(folder, 0o755)
  temporary.add(folder)
  return folder
}

/** Makes a temporary workspace with the given files, by their paths inside it. */
export async function makeWorkspace(files: Record<string, string> = {}): Promise<string> {
  const folder = await makeTemporaryFolder()
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}

/** Connects to a sandbox's database until the test ends. */
export async function connectTo(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

/** Makes a supabase-js client without a stored session. Node 20 has no WebSocket, which the client requires at construction. */
export function clientOf(url: string, key: string): SupabaseClient {
  class NoSocket {}
  return createClient(url, key, {
    auth: { persistSession: false, autoRefreshToken: false },
    realtime: { transport: NoSocket as never },
  })
}

/**
 * Polls until the condition holds.
 *
 * @throws when `milliseconds` have passed
 */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>, milliseconds = 10_000) {
  for (const deadline = Date.now() + milliseconds; !(await holds()); ) {
    if (Date.now() > deadline) throw new Error(`It did not come true in ${milliseconds} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
