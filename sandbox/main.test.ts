import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { clientOf, connectTo, eventually, makeTemporaryFolder, makeWorkspace } from './test-support.ts'

/** Runs TypeScript in a process of its own. */
const typescript = new URL('../build/typescript.js', import.meta.url).href

const main = join(import.meta.dirname, 'main.ts')

const line = z.discriminatedUnion('event', [
  z.object({ event: z.literal('progress'), text: z.string() }),
  z.object({
    event: z.literal('ready'),
    url: z.string(),
    publishableKey: z.string(),
    secretKey: z.string(),
    anonKey: z.string(),
    serviceRoleKey: z.string(),
    jwtSecret: z.string(),
    signingKey: z.looseObject({ kty: z.literal('EC'), d: z.string(), kid: z.string() }),
    databaseUrl: z.string(),
    versions: z.object({ postgres: z.string(), postgrest: z.string() }),
  }),
  z.object({
    event: z.literal('failed'),
    code: z.string(),
    message: z.string(),
    hint: z.string(),
    file: z.string().optional(),
    line: z.number().optional(),
    column: z.number().optional(),
  }),
])
type Line = z.infer<typeof line>

/** A sandbox process whose lines can be waited for. */
interface Process {
  child: ChildProcess
  next: <Event extends Line['event']>(event: Event) => Promise<Extract<Line, { event: Event }>>
  ended: Promise<number | null>
}

function run(...parameters: string[]): Process {
  return runIn(tmpdir(), ...parameters)
}

function runIn(temporary: string, ...parameters: string[]): Process {
  const child = spawn(process.execPath, ['--import', typescript, main, ...parameters], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    child.kill('SIGTERM')
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const next: Process['next'] = async (event) => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error(`The sandbox ended before it said ${event}.`)
      const said = line.parse(JSON.parse(value))
      // The union does not narrow by a type parameter; the comparison is the proof.
      if (said.event === event) return said as Extract<Line, { event: typeof event }>
      if (said.event === 'failed') throw new Error(`The sandbox failed: ${said.message}`)
    }
  }
  return { child, next, ended }
}

/** The folder of a running sandbox, found through its database's own setting. */
async function folderOf(databaseUrl: string): Promise<string> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  const found = await client.query<{ data_directory: string }>(
    'select setting as data_directory from pg_settings where name = $1',
    ['data_directory'],
  )
  await client.end()
  return join(found.rows[0]?.data_directory ?? '', '..')
}

/** The command lines that name a folder: those of PostgreSQL, PostgREST and the watchdog name the sandbox's. */
async function processesIn(folder: string): Promise<string[]> {
  const ps = spawn('ps', ['-A', '-ww', '-o', 'args='], { stdio: ['ignore', 'pipe', 'ignore'] })
  const found: string[] = []
  for await (const entry of createInterface({ input: ps.stdout })) if (entry.includes(folder)) found.push(entry)
  return found
}

async function answers(url: string): Promise<boolean> {
  return await fetch(url).then(
    () => true,
    () => false,
  )
}

describe('the sandbox as a process', () => {
  it('prints progress, then one line with everything that a client needs', async () => {
    const { next } = run('--workspace', await makeWorkspace())
    expect((await next('progress')).text).not.toBe('')
    const ready = await next('ready')
    expect(ready.versions.postgres).toMatch(/^17\./)
    expect(ready.versions.postgrest).toMatch(/^\d+\./)
    expect(ready.publishableKey).toMatch(/^sb_publishable_/)
    expect(ready.secretKey).toMatch(/^sb_secret_/)
    expect((await fetch(`${ready.url}/rest/v1/`, { headers: { apikey: ready.secretKey } })).status).toBe(200)
  })

  it.each([
    ['SIGTERM', (child: ChildProcess) => child.kill('SIGTERM')],
    ['SIGINT', (child: ChildProcess) => child.kill('SIGINT')],
    ['the end of its input', (child: ChildProcess) => child.stdin?.end()],
    ['SIGKILL', (child: ChildProcess) => child.kill('SIGKILL')],
  ])('leaves no process and no folder after %s', async (name, end) => {
    const { child, next, ended } = run('--workspace', await makeWorkspace())
    const folder = await folderOf((await next('ready')).databaseUrl)
    expect(folder).toContain('trespass-sandbox-')
    const started = (await processesIn(folder)).join('\n')
    for (const program of ['postgres -D', 'postgrest ', 'trespass-sandbox-watchdog']) expect(started).toContain(program)
    end(child)
    expect(await ended).toBe(name === 'SIGKILL' ? null : 0)
    await eventually('the folder is gone', () => !existsSync(folder))
    await eventually('no process is left', async () => (await processesIn(folder)).length === 0)
  })

  it.each([
    'creating the database',
    'making roles and schemas',
    'keeping a copy for the next sandboxes',
    'starting PostgREST',
  ])('leaves nothing when it is killed while %s', async (moment) => {
    const temporary = await makeTemporaryFolder()
    const { child, next, ended } = runIn(temporary, '--workspace', await makeWorkspace())
    for (let text = ''; text !== moment; ) text = (await next('progress')).text
    const folders = async () => (await readdir(temporary)).filter((name) => name.startsWith('trespass-sandbox-'))
    expect(await folders()).toHaveLength(1)
    child.kill('SIGKILL')
    await ended
    await eventually('its folder is gone', async () => (await folders()).length === 0)
    await eventually('no process is left', async () => (await processesIn(temporary)).length === 0)
  })

  it('builds the database again on SIGHUP, at the same address and with the same keys', async () => {
    const workspace = await makeWorkspace({ 'supabase/migrations/1_a.sql': 'create table public.first ();' })
    const { child, next } = run('--workspace', workspace)
    const before = await next('ready')
    await writeFile(join(workspace, 'supabase/migrations/2_b.sql'), 'create table public.second ();')
    child.kill('SIGHUP')
    expect(await next('ready')).toEqual(before)
    const client = new pg.Client(before.databaseUrl)
    await client.connect()
    expect((await client.query("select to_regclass('public.second') is not null as made")).rows).toEqual([
      { made: true },
    ])
    await client.end()
  })

  it('outlives a database connection that breaks under a statement', async () => {
    const { next } = run('--workspace', await makeWorkspace())
    const { url, secretKey, databaseUrl } = await next('ready')
    const caretaker = clientOf(url, secretKey)
    const holder = await connectTo(databaseUrl)
    await holder.query("begin; insert into storage.buckets (id, name) values ('kept', 'kept')")
    const asked = caretaker.storage.createBucket('kept')
    const waiting = async () => {
      const found = await holder.query<{ pid: number }>(
        "select pid from pg_locks where not granted and locktype = 'transactionid'",
      )
      return found.rows.map(({ pid }) => pid)
    }
    await eventually('Storage waits for the bucket', async () => (await waiting()).length === 1)
    for (const pid of await waiting()) process.kill(pid, 'SIGTERM')
    expect((await asked).error).not.toBeNull()
    await holder.query('rollback')
    expect((await caretaker.storage.createBucket('kept')).error).toBeNull()
  })

  it('runs beside another one', async () => {
    const workspace = await makeWorkspace()
    const [one, two] = [run('--workspace', workspace), run('--workspace', workspace)]
    const [first, second] = await Promise.all([one.next('ready'), two.next('ready')])
    expect(first.url).not.toBe(second.url)
    const crossed = await fetch(`${first.url}/rest/v1/`, { headers: { apikey: second.secretKey } })
    expect(crossed.status).toBe(401)
    one.child.kill('SIGTERM')
    await one.ended
    expect(await answers(second.url)).toBe(true)
  })

  it.each([
    ['es256', 'ES256'],
    ['hs256', 'HS256'],
  ])('signs sessions with %s', async (name, algorithm) => {
    const { next } = run('--workspace', await makeWorkspace(), '--signing-key', name)
    const { url, publishableKey } = await next('ready')
    const visitor = clientOf(url, publishableKey)
    const { data } = await visitor.auth.signUp({ email: 'a@example.com', password: 'secret-1' })
    const header = Buffer.from(data.session?.access_token.split('.')[0] ?? '', 'base64url').toString()
    expect(JSON.parse(header).alg).toBe(algorithm)
    // The gateway has to pass on both kinds of token, and PostgREST to accept them.
    expect((await visitor.from('nothing').select()).error?.code).toMatch(/42P01|PGRST205/)
  })

  it('applies further files after the migrations and the seed', async () => {
    const workspace = await makeWorkspace({
      'supabase/migrations/1_a.sql': 'create table public.log (id serial, entry text);',
      'supabase/seed.sql': "insert into public.log (entry) values ('seed');",
      'hole.sql': "insert into public.log (entry) values ('hole');",
    })
    const { next } = run('--workspace', workspace, '--apply', join(workspace, 'hole.sql'))
    const client = new pg.Client((await next('ready')).databaseUrl)
    await client.connect()
    const entries = await client.query('select entry from public.log order by id')
    await client.end()
    expect(entries.rows.map(({ entry }) => entry)).toEqual(['seed', 'hole'])
  })
})

describe('a sandbox that cannot start', () => {
  async function failure(...parameters: string[]) {
    const { next, ended } = run(...parameters)
    const failed = await next('failed')
    expect(await ended).toBe(2)
    return failed
  }

  it('fails when the port is taken, with an error that names it', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const port = String(typeof address === 'object' ? address?.port : '')
    expect(await failure('--workspace', await makeWorkspace(), '--port', port)).toMatchObject({ code: 'port-taken' })
  })

  it('fails in a migration with its file and line, and leaves nothing', async () => {
    const workspace = await makeWorkspace({ 'supabase/migrations/1_a.sql': 'select 1;\nselect nope;' })
    expect(await failure('--workspace', workspace)).toMatchObject({
      code: 'migration-failed',
      file: 'supabase/migrations/1_a.sql',
      line: 2,
      column: 8,
    })
  })

  it('fails with the wrong key of config.toml', async () => {
    const workspace = await makeWorkspace({ 'supabase/config.toml': '[api]\nmax_rows = true' })
    expect(await failure('--workspace', workspace)).toMatchObject({ code: 'config-invalid', line: 2 })
  })

  it('fails with the schema that is exposed and does not exist', async () => {
    const workspace = await makeWorkspace({ 'supabase/config.toml': '[api]\nschemas = ["public", "shop"]' })
    expect(await failure('--workspace', workspace)).toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('shop'),
    })
  })

  it.each([
    [[], '--workspace is missing'],
    [['--workspace', '.', '--port', 'x'], '--port is x'],
    [['--workspace', '.', '--signing-key', 'rs256'], 'expected es256 or hs256'],
    [['--workspace', '.', '--colour'], '--colour'],
  ])('prints its usage: %j', async (parameters, text) => {
    expect(await failure(...parameters)).toMatchObject({ code: 'usage', message: expect.stringContaining(text) })
  })

  it('fails when a file to apply is missing, with its path', async () => {
    const failed = await failure('--workspace', await makeWorkspace(), '--apply', 'nowhere.sql')
    expect(failed).toMatchObject({ code: 'file-missing', message: expect.stringContaining('nowhere.sql') })
  })
})
