import { chmodSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { clientOf } from '../../sandbox/test-support.ts'
import { processes } from './processes.ts'
import { smallWorkspace } from './small-workspace.ts'
import { asStaging, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { patience, temporaryFolder, trespass, until } from './support.ts'

const root = smallWorkspace()
/** The folder for the sandbox's files, so that the test sees leftover ones. */
const folder = join(temporaryFolder(), 'tmp')
let sandbox: StandingSandbox

beforeAll(async () => {
  mkdirSync(folder)
  chmodSync(folder, 0o755)
  sandbox = await standingSandbox(root, [], { TMPDIR: folder })
}, patience)

const setting = (name: string) => sandbox.variables[name] ?? ''

describe('a sandbox that is killed', { timeout: patience }, () => {
  test('ends the command with an error', async () => {
    const { command } = await standingSandbox(smallWorkspace())
    const own = processes().find(
      ({ parent, command: line }) => parent === command.child.pid && line.includes('sandbox/dist/main.js'),
    )
    if (own === undefined) throw new Error('the command has no sandbox')
    process.kill(own.pid, 'SIGKILL')
    const { code, err } = await command.ended
    expect([code, err]).toEqual([2, expect.stringContaining('the sandbox ended unasked and said nothing')])
  })
})

describe('trespass sandbox', { timeout: patience }, () => {
  test('prints an address and keys that supabase-js works with', async () => {
    const caretaker = clientOf(setting('TRESPASS_URL'), setting('TRESPASS_SECRET_KEY'))
    const user = { email: 'dana@example.com', password: 'a long password of dana' }
    const { data, error } = await caretaker.auth.admin.createUser({ ...user, email_confirm: true })
    expect(error).toBeNull()
    const client = clientOf(setting('TRESPASS_URL'), setting('TRESPASS_PUBLISHABLE_KEY'))
    await client.auth.signInWithPassword(user)
    const written = await client.from('notes').insert({ owner_id: data.user?.id, title: 'kept' }).select('title')
    expect(written.data).toEqual([{ title: 'kept' }])
    expect((await caretaker.from('notes').select('title')).data).toEqual([{ title: 'kept' }])
  })

  test('prints settings with which doctor and runs reach it, and doctor prints no secret', async () => {
    const other = asStaging(smallWorkspace(), sandbox)
    const doctor = await trespass(['doctor', '--workspace', other, '--target', 'staging'])
    expect(doctor.code, doctor.text).toBe(0)
    expect(doctor.out).toMatch(/^staging \(local\)$/m)
    expect(doctor.out).toMatch(/^ok {4}database {12}PostgreSQL 17\.\d+, as the role postgres$/m)
    for (const secret of Object.values(sandbox.variables)) expect(doctor.text).not.toContain(secret)
    expect(doctor.text).not.toMatch(/eyJ|sb_|127\.0\.0\.1|postgresql:/)
  })

  test('reset builds the database again, with the same address and keys', async () => {
    expect(await sandbox.query('select title from public.notes')).toEqual([{ title: 'kept' }])
    const reset = await trespass(['sandbox', 'reset', '--workspace', root])
    expect(reset.code, reset.text).toBe(0)
    await sandbox.command.says(/The sandbox was reset/)
    const caretaker = clientOf(setting('TRESPASS_URL'), setting('TRESPASS_SECRET_KEY'))
    expect((await caretaker.from('notes').select('title')).data).toEqual([])
    expect((await caretaker.auth.admin.listUsers()).data.users).toEqual([])
  })

  test('Ctrl-C stops it and leaves no process and no folder', async () => {
    const mine = () => processes().filter(({ command }) => command.includes(folder))
    expect(mine().length).toBeGreaterThan(0)
    sandbox.command.child.kill('SIGINT')
    const { code, text } = await sandbox.command.ended
    expect(code, text).toBe(0)
    await until('its processes are gone', () => mine().length === 0)
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^trespass-postgres-.*\.tar$/)])
    expect(readdirSync(join(root, '.trespass'))).toEqual([])
    await expect(fetch(setting('TRESPASS_URL'))).rejects.toThrow('fetch failed')
  })
})
