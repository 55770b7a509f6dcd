import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../index.ts'
import { connectTo, makeWorkspace } from '../test-support.ts'

const file = 'supabase/migrations/20260101000000_roles.sql'
const roles = `
  create role runner login password 'as written';
  create role "Night Shift" login;
  create role staff nologin;`

let workspace: string
let sandbox: Sandbox

beforeAll(async () => {
  workspace = await makeWorkspace({ [file]: roles })
  sandbox = await startSandbox({ workspace })
})
afterAll(() => sandbox.stop())

async function whoIs(url: string | undefined): Promise<unknown> {
  const client = await connectTo(url ?? '')
  return (await client.query('select session_user')).rows[0]?.session_user
}

it('lets every login role of the workspace in, and no other role', async () => {
  expect(Object.keys(sandbox.workers)).toEqual(['Night Shift', 'runner'])
  expect(await whoIs(sandbox.workers.runner)).toBe('runner')
  expect(await whoIs(sandbox.workers['Night Shift'])).toBe('Night Shift')
})

it('takes the password away that a migration gave', async () => {
  const url = new URL(sandbox.workers.runner ?? '')
  url.password = 'as written'
  await expect(new pg.Client(url.href).connect()).rejects.toMatchObject({ code: '28P01' })
})

it('keeps the passwords through a reset, which may find other roles', async () => {
  const { runner } = sandbox.workers
  await writeFile(join(workspace, file), `${roles} create role mailer login;`)
  await sandbox.reset()
  expect(sandbox.workers.runner).toBe(runner)
  expect(await whoIs(runner)).toBe('runner')
  expect(await whoIs(sandbox.workers.mailer)).toBe('mailer')
})
