import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockWholeWorkspace, lockWorkspace } from './lock.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trespass-lock-'))
})
afterEach(() => rmSync(root, { recursive: true }))

/** Writes the lock that a process left which is gone. */
const leaveBehind = (name: string) => {
  const { pid } = spawnSync(process.execPath, ['--version'])
  mkdirSync(join(root, '.trespass'), { recursive: true })
  writeFileSync(join(root, '.trespass', name), JSON.stringify({ pid, startedAt: '2026-11-21T08:00:00.000Z' }))
}

test('a second run is refused with the process and the time of the first', async () => {
  const lock = await lockWorkspace(root, null)
  const { startedAt } = JSON.parse(readFileSync(join(root, '.trespass', 'run.lock'), 'utf8'))
  await expect(lockWorkspace(root, null)).rejects.toMatchObject({
    code: 'workspace-busy',
    message: `process ${process.pid} has been running in this workspace since ${startedAt}`,
  })
  lock.release()
  lock.release()
  const next = await lockWorkspace(root, null)
  next.release()
  expect(readdirSync(join(root, '.trespass'))).toEqual([])
})

test('shards do not block one another', async () => {
  const one = await lockWorkspace(root, { index: 1, count: 2 })
  const two = await lockWorkspace(root, { index: 2, count: 2 })
  await expect(lockWorkspace(root, { index: 2, count: 2 })).rejects.toMatchObject({ code: 'workspace-busy' })
  one.release()
  two.release()
})

test('the whole workspace is not given away beside a shard', async () => {
  const shard = await lockWorkspace(root, { index: 1, count: 2 })
  await expect(lockWholeWorkspace(root)).rejects.toMatchObject({ code: 'workspace-busy' })
  expect(existsSync(join(root, '.trespass', 'run.lock'))).toBe(false)
  shard.release()
  const whole = await lockWholeWorkspace(root)
  await expect(lockWorkspace(root, null)).rejects.toMatchObject({ code: 'workspace-busy' })
  whole.release()
})

test('the lock of a process that is gone is taken over', async () => {
  leaveBehind('run.lock')
  const lock = await lockWorkspace(root, null)
  expect(JSON.parse(readFileSync(join(root, '.trespass', 'run.lock'), 'utf8'))).toMatchObject({ pid: process.pid })
  lock.release()
})

test('the lock of an ended process is taken over although a later process has its number', async () => {
  mkdirSync(join(root, '.trespass'))
  const owner = { pid: process.pid, startedAt: '2026-11-21T08:00:00.000Z', process: 'another start' }
  writeFileSync(join(root, '.trespass', 'run.lock'), JSON.stringify(owner))
  const lock = await lockWorkspace(root, null)
  lock.release()
})

test.each([null, undefined])('a lock with the start %j is judged by the number of its process', async (start) => {
  mkdirSync(join(root, '.trespass'))
  const owner = { pid: process.pid, startedAt: '2026-11-21T08:00:00.000Z', process: start }
  writeFileSync(join(root, '.trespass', 'run.lock'), JSON.stringify(owner))
  await expect(lockWorkspace(root, null)).rejects.toMatchObject({ code: 'workspace-busy' })
})

test.each(['', '{"pid":', '{"pid":-1,"startedAt":"x"}', 'null'])('a lock that holds %j is taken over', async (text) => {
  mkdirSync(join(root, '.trespass'))
  writeFileSync(join(root, '.trespass', 'run.lock'), text)
  const lock = await lockWorkspace(root, null)
  lock.release()
})

test('releasing leaves a lock alone that has passed to another process', async () => {
  const lock = await lockWorkspace(root, null)
  const file = join(root, '.trespass', 'run.lock')
  writeFileSync(file, 'somebody else')
  lock.release()
  expect(readFileSync(file, 'utf8')).toBe('somebody else')
})

test('one of several processes takes over, and its end frees the workspace', async () => {
  leaveBehind('run.lock')
  const loader = new URL('../../build/typescript.js', import.meta.url).href
  const script = `
    import { lockWorkspace } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)}
    const said = await lockWorkspace(${JSON.stringify(root)}, null).then(() => 'won', (error) => error.code)
    process.stdout.write(said)
    process.stdin.on('end', () => process.exit(0)).resume()`
  const contestants = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['--import', loader, '--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  )
  const said = await Promise.all(contestants.map(async ({ stdout }) => String((await once(stdout, 'data'))[0])))
  expect(said.sort()).toEqual(['won', ...Array.from({ length: 5 }, () => 'workspace-busy')])
  for (const { stdin } of contestants) stdin.end()
  await Promise.all(contestants.map((contestant) => once(contestant, 'exit')))
  expect(readdirSync(join(root, '.trespass'))).toEqual([])
})

test('a workspace that cannot be written is refused with the next step', () => {
  chmodSync(root, 0o555)
  const module = JSON.stringify(new URL('./lock.ts', import.meta.url).href)
  const script = `const { lockWorkspace } = await import(${module})
    await lockWorkspace(${JSON.stringify(root)}, null).catch((error) => console.log(error.code, error.message))`
  const typescript = new URL('../../build/typescript.js', import.meta.url).href
  // Root may write everywhere.
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const { stdout } = spawnSync(process.execPath, ['--import', typescript, '--input-type=module', '-e', script], user)
  expect(String(stdout)).toMatch(/^workspace-not-writable found a workspace .*\.trespass.*\(EACCES\)/)
})

test('a workspace whose `.trespass` is a file is refused with the next step', async () => {
  writeFileSync(join(root, '.trespass'), '')
  await expect(lockWorkspace(root, null)).rejects.toMatchObject({ code: 'workspace-not-writable' })
})
