import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultConfig } from '../config.ts'
import { type Sandbox, startSandbox } from '../index.ts'
import { connectTo, makeWorkspace } from '../test-support.ts'
import { sqlFiles } from './files.ts'

const files = {
  'supabase/migrations/1_first.sql': 'create table public.first (id int);',
  'supabase/migrations/2_second.sql': 'create table public.second (id int);',
  'supabase/migrations/3_third.sql': 'create table public.third (id int);',
  'supabase/seed.sql': 'insert into public.first values (1);',
}

describe('a sandbox from before a migration', () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    const workspace = await makeWorkspace(files)
    sandbox = await startSandbox({ workspace, until: 'supabase/migrations/2_second.sql', copy: 'as_filled' })
  })
  afterAll(() => sandbox.stop())

  it('leaves out the migration and those after it', async () => {
    const client = await connectTo(sandbox.databaseUrl)
    const found = await client.query(`select tablename as name from pg_tables where schemaname = 'public'`)
    expect(found.rows).toEqual([{ name: 'first' }])
  })

  it('is put back to its copy by a reset, row for row, and answers again', async () => {
    const client = await connectTo(sandbox.databaseUrl)
    // The reset terminates this connection.
    client.on('error', () => undefined)
    await client.query('insert into public.first values (2)')
    await client.query('create table public.more ()')
    await sandbox.reset()
    const again = await connectTo(sandbox.databaseUrl)
    expect((await again.query('select id from public.first')).rows).toEqual([{ id: 1 }])
    expect((await again.query(`select to_regclass('public.more') as more`)).rows).toEqual([{ more: null }])
    const answer = await fetch(`${sandbox.url}/rest/v1/first`, { headers: { apikey: sandbox.secretKey } })
    expect(answer.status).toBe(403)
    const users = await fetch(`${sandbox.url}/auth/v1/admin/users`, { headers: { apikey: sandbox.secretKey } })
    expect(users.status).toBe(200)
  })

  it('keeps a copy from which postgres makes databases', async () => {
    const client = await connectTo(sandbox.databaseUrl)
    await client.query('create database another template as_filled')
    const another = await connectTo(sandbox.databaseUrl.replace(/postgres$/, 'another'))
    expect((await another.query('select id, current_user as role from public.first')).rows).toEqual([
      { id: 1, role: 'postgres' },
    ])
  })
})

it('refuses a migration that is not there', async () => {
  const workspace = await makeWorkspace(files)
  await expect(
    sqlFiles(workspace, defaultConfig(), [], { until: 'supabase/migrations/4_fourth.sql' }),
  ).rejects.toMatchObject({
    code: 'file-missing',
  })
})
