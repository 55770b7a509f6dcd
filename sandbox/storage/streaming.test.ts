import { execFileSync, spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { clientOf, eventually, makeWorkspace } from '../test-support.ts'

const ready = z.object({ event: z.literal('ready'), url: z.string(), secretKey: z.string(), databaseUrl: z.string() })
const MIB = 1024 * 1024

/** A sandbox in a process of its own, whose memory and files the test can inspect. */
interface Remote {
  url: string
  secretKey: string
  database: pg.Client
  /** The resident memory of the sandbox in bytes. PostgreSQL and PostgREST are other processes. */
  memory(): number
  /** The number of files with bytes of objects, finished or not. */
  files(): Promise<{ objects: number; arriving: number }>
  stop(): Promise<void>
}

/** @param largestFile the maximum size of a file in KiB, to simulate a full disk */
async function startRemote(largestFile?: number): Promise<Remote> {
  const workspace = await makeWorkspace({
    'supabase/config.toml': '[storage]\nfile_size_limit = "300MiB"\n[storage.buckets.big]\n',
  })
  const typescript = new URL('../../build/typescript.js', import.meta.url).href
  const main = join(import.meta.dirname, '..', 'main.ts')
  const limit = largestFile === undefined ? '' : `trap '' XFSZ; ulimit -f ${largestFile * 2};`
  const child = spawn(
    '/bin/sh',
    ['-c', `${limit} exec "$0" "$@"`, process.execPath, '--import', typescript, main, '--workspace', workspace],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const ended = new Promise((resolve) => child.once('close', resolve))
  for await (const line of createInterface({ input: child.stdout })) {
    const parsed = ready.safeParse(JSON.parse(line))
    if (!parsed.success) continue
    const { url, secretKey, databaseUrl } = parsed.data
    const database = new pg.Client(databaseUrl)
    await database.connect()
    const found = await database.query('show data_directory')
    const folder = dirname(found.rows[0].data_directory)
    const count = async (name: string) => (await readdir(join(folder, name))).length
    return {
      url,
      secretKey,
      database,
      memory: () => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)])) * 1024,
      files: async () => ({ objects: await count('objects'), arriving: await count('arriving') }),
      stop: async () => {
        await database.end()
        child.kill('SIGTERM')
        await ended
      },
    }
  }
  throw new Error('The sandbox ended before it was ready.')
}

/** The same bytes again and again. */
function* bytes(size: number): Generator<Buffer> {
  const chunk = Buffer.alloc(64 * 1024, 'storage ')
  for (let left = size; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length))
}

function open(remote: Remote, method: string, path: string, headers: Record<string, string | number> = {}) {
  const request = httpRequest(`${remote.url}/storage/v1${path}`, {
    method,
    headers: { apikey: remote.secretKey, ...headers },
  })
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve)
    request.once('error', reject)
  })
  return { request, answer }
}

async function upload(remote: Remote, name: string, size: number, headers: Record<string, string | number> = {}) {
  const { request, answer } = open(remote, 'POST', `/object/big/${name}`, { 'content-type': 'text/plain', ...headers })
  const sending = pipeline(Readable.from(bytes(size)), request).catch(() => undefined)
  const answered = await read(await answer)
  // The client sends no more once it has the answer. Otherwise Node.js may wait forever for room to send the rest.
  request.destroy()
  await sending
  return answered
}

async function read(answer: IncomingMessage): Promise<{ status: number | undefined; body: unknown }> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk)
  return { status: answer.statusCode, body: JSON.parse(Buffer.concat(chunks).toString()) }
}

/** The peak memory during the work, above the memory before. */
async function growth(remote: Remote, work: () => Promise<unknown>): Promise<number> {
  const before = remote.memory()
  let peak = before
  const watch = setInterval(() => {
    peak = Math.max(peak, remote.memory())
  }, 50)
  await work().finally(() => clearInterval(watch))
  return Math.max(peak, remote.memory()) - before
}

describe('streams', () => {
  let remote: Remote
  beforeAll(async () => {
    remote = await startRemote()
    // The memory for modules that the first request of each kind loads does not count.
    await upload(remote, 'first.txt', 2 * MIB)
    await (await fetch(`${remote.url}/storage/v1/object/big/first.txt?apikey=${remote.secretKey}`)).arrayBuffer()
  })
  afterAll(() => remote.stop())

  it('carry 200 MB up and down in little memory', { timeout: 120_000 }, async () => {
    const size = 200_000_000
    const up = await growth(remote, async () => {
      expect(await upload(remote, 'large.bin', size, { 'content-length': size })).toMatchObject({ status: 200 })
    })
    let received = 0
    const down = await growth(remote, async () => {
      const { request, answer } = open(remote, 'GET', '/object/big/large.bin')
      request.end()
      for await (const chunk of await answer) received += chunk.length
    })
    expect(received).toBe(size)
    expect({ up: up < 64 * MIB, down: down < 64 * MIB }, `grew by ${up} and ${down} bytes`).toEqual({
      up: true,
      down: true,
    })
  })

  it('leave nothing of an upload that is cut off', async () => {
    const before = await remote.files()
    const { request, answer } = open(remote, 'POST', '/object/big/cut.bin', { 'content-length': 10 * MIB })
    answer.catch(() => undefined)
    await sent(request, 3 * MIB)
    await eventually('the first bytes are there', async () => (await remote.files()).arriving === 1)
    request.destroy()
    await eventually('they are gone', async () => (await remote.files()).arriving === 0)
    expect(await remote.files()).toEqual(before)
    const rows = await remote.database.query("select from storage.objects where name = 'cut.bin'")
    expect(rows.rowCount).toBe(0)
  })

  it('leave nothing of a form that is cut off', async () => {
    const before = await remote.files()
    const { request, answer } = open(remote, 'POST', '/object/big/form.bin', {
      'content-type': 'multipart/form-data; boundary=B',
    })
    answer.catch(() => undefined)
    request.write('--B\r\nContent-Disposition: form-data; name=""; filename="f"\r\n\r\n')
    await sent(request, 3 * MIB)
    await eventually('the first bytes are there', async () => (await remote.files()).arriving === 1)
    request.destroy()
    await eventually('they are gone', async () => (await remote.files()).arriving === 0)
    expect(await remote.files()).toEqual(before)
  })

  it('keep the old bytes when an overwrite is cut off', async () => {
    const { storage } = clientOf(remote.url, remote.secretKey)
    await storage.from('big').upload('kept.txt', 'old')
    const { request, answer } = open(remote, 'PUT', '/object/big/kept.txt', { 'content-length': 10 * MIB })
    answer.catch(() => undefined)
    await sent(request, 3 * MIB)
    await eventually('the first bytes are there', async () => (await remote.files()).arriving === 1)
    request.destroy()
    await eventually('they are gone', async () => (await remote.files()).arriving === 0)
    expect(await (await storage.from('big').download('kept.txt')).data?.text()).toBe('old')
  })

  it('remove the bytes with the object', async () => {
    const { storage } = clientOf(remote.url, remote.secretKey)
    const before = await remote.files()
    await storage.from('big').upload('gone.txt', 'x')
    await storage.from('big').upload('gone.txt', 'y', { upsert: true })
    await storage.from('big').move('gone.txt', 'went.txt')
    await storage.from('big').copy('went.txt', 'copy.txt')
    expect(await remote.files()).toEqual({ ...before, objects: before.objects + 2 })
    await storage.from('big').remove(['went.txt', 'copy.txt'])
    expect(await remote.files()).toEqual(before)
  })
})

describe('a full disk', () => {
  let remote: Remote
  beforeAll(async () => {
    // The files of PostgreSQL itself need 16 MiB.
    remote = await startRemote(20 * 1024)
  })
  afterAll(() => remote.stop())

  it('is an error of the server and leaves nothing', async () => {
    expect(await upload(remote, 'large.bin', 30 * MIB)).toMatchObject({
      status: 500,
      body: { statusCode: '500', code: 'InternalError', message: expect.stringContaining('write') },
    })
    expect(await remote.files()).toEqual({ objects: 0, arriving: 0 })
    const rows = await remote.database.query('select from storage.objects')
    expect(rows.rowCount).toBe(0)
    expect(await upload(remote, 'small.bin', MIB)).toMatchObject({ status: 200 })
  })
})

/** Sends some of a body and leaves the request open. */
async function sent(request: ClientRequest, size: number): Promise<void> {
  await pipeline(Readable.from(bytes(size)), request, { end: false })
}
