import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import pg from 'pg'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startSandbox } from '../index.ts'
import { makeTemporaryFolder, makeWorkspace } from '../test-support.ts'

let folder: string
let workspace: string
/** The archive that the first sandbox left. */
let made: string

beforeAll(async () => {
  workspace = await makeWorkspace()
  const first = await newFolder()
  expect(await startOne()).toBe('new')
  const [name = '', ...others] = readdirSync(first)
  expect([name, others]).toEqual([expect.stringMatching(/^trespass-postgres-.*\.tar$/), []])
  made = join(first, name)
})

beforeEach(async () => {
  folder = await newFolder()
  return () => vi.unstubAllEnvs()
})

/** Makes a folder for temporary files and lets sandboxes use it. */
async function newFolder(): Promise<string> {
  vi.unstubAllEnvs()
  const made = await makeTemporaryFolder()
  chmodSync(made, 0o777)
  vi.stubEnv('TMPDIR', made)
  return made
}

/** @returns a copy of the first archive in the folder of this test. */
function copied(): string {
  const copy = join(folder, basename(made))
  copyFileSync(made, copy)
  chmodSync(copy, 0o600)
  return copy
}

const archives = () => readdirSync(folder).filter((name) => name.endsWith('.tar'))

/** Starts a sandbox, queries it as postgres, and stops it. @returns how it got its files. */
async function startOne(): Promise<'new' | 'copied'> {
  const steps: string[] = []
  const sandbox = await startSandbox({ workspace, progress: (text) => steps.push(text) })
  const client = new pg.Client(sandbox.databaseUrl)
  await client.connect()
  const { rows } = await client.query('select count(*)::int as users from auth.users')
  expect(rows).toEqual([{ users: 0 }])
  await client.end()
  await sandbox.stop()
  return steps.includes('making roles and schemas') ? 'new' : 'copied'
}

describe('the template of clusters', () => {
  it('is a file of this account alone, and serves the next sandbox', async () => {
    expect(statSync(made).mode & 0o777).toBe(0o600)
    copied()
    expect(await startOne()).toBe('copied')
    expect(readdirSync(folder)).toEqual(archives())
  })

  it('is one complete file when two sandboxes make it at the same moment', async () => {
    expect(await Promise.all([startOne(), startOne()])).toEqual(['new', 'new'])
    expect(readdirSync(folder)).toEqual([basename(made)])
    expect(await startOne()).toBe('copied')
  })

  it('holds a password that opens no sandbox', async () => {
    const password = execFileSync('tar', ['-xOf', copied(), 'password']).toString()
    expect(password).toMatch(/^[\w-]{24}$/)
    const sandbox = await startSandbox({ workspace })
    const port = Number(new URL(sandbox.databaseUrl).port)
    for (const user of ['supabase_admin', 'postgres', 'authenticator']) {
      const client = new pg.Client({ host: '127.0.0.1', port, user, password, database: 'postgres' })
      await expect(client.connect()).rejects.toMatchObject({ code: '28P01' })
    }
    await sandbox.stop()
  })

  it('differs between the old and the new default grants', async () => {
    copied()
    const sandbox = await startSandbox({ workspace, oldDefaultGrants: true })
    await sandbox.stop()
    expect(archives()).toHaveLength(2)
  })

  it.each(['half of a file', 'the end of the first file'])('is made again when it is cut off at %s', async (where) => {
    const archive = copied()
    const { size } = statSync(archive)
    truncateSync(archive, where === 'half of a file' ? size / 2 + 100 : 1024)
    expect(await startOne()).toBe('new')
    expect(statSync(archive).size).toBe(size)
  })

  it('is made again when other accounts may write it', async () => {
    chmodSync(copied(), 0o666)
    expect(await startOne()).toBe('new')
    expect(statSync(join(folder, basename(made))).mode & 0o777).toBe(0o600)
  })

  it('is made again when a link stands in its place', async () => {
    const link = join(folder, basename(made))
    symlinkSync(made, link)
    expect(await startOne()).toBe('new')
    expect(lstatSync(link).isFile()).toBe(true)
  })

  it('of another version is removed after a week', async () => {
    const names = ['0123456789abcdef', 'fedcba9876543210'].map((digest) =>
      made.replace(/[0-9a-f]{16}\.tar$/, `${digest}.tar`),
    )
    const [old = '', young = ''] = names.map((name) => join(folder, basename(name)))
    for (const path of [old, young]) writeFileSync(path, '')
    const past = Date.now() / 1000 - 8 * 24 * 60 * 60
    utimesSync(old, past, past)
    expect(await startOne()).toBe('new')
    expect(archives().sort()).toEqual([basename(made), basename(young)].sort())
  })

  it('is done without where its name is taken', async () => {
    mkdirSync(join(folder, basename(made)))
    expect(await startOne()).toBe('new')
    expect(readdirSync(folder)).toEqual([basename(made)])
  })

  it('is done without where there is no tar', async () => {
    const programs = await makeTemporaryFolder()
    // `id` is needed to look up the account that PostgreSQL runs as.
    symlinkSync(execFileSync('sh', ['-c', 'command -v id']).toString().trim(), join(programs, 'id'))
    vi.stubEnv('PATH', programs)
    expect(await startOne()).toBe('new')
    expect(readdirSync(folder).map((name) => join(folder, name))).toEqual([programs])
  })
})
