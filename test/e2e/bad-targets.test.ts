import { once } from 'node:events'
import { createServer } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { countingServer, settingsLines } from './counting-server.ts'
import { keptFiles } from './report.ts'
import { smallWorkspace } from './small-workspace.ts'
import { asStaging, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { atEnd, patience, start, trespass, writeFiles } from './support.ts'

/** Runs a command that has to be refused. @returns its output. */
async function refused(...args: string[]): Promise<string> {
  const { code, out, err } = await trespass(args)
  expect([code, out], err).toEqual([2, ''])
  expect(err).not.toContain('a bug in Trespass')
  return err
}

const run = (root: string, ...flags: string[]) => refused('run', '--workspace', root, ...flags)

describe('a sandbox that cannot be', { timeout: patience }, () => {
  test('a migration that fails is reported with file, line and statement', async () => {
    const root = smallWorkspace({ 'supabase/migrations/3_wrong.sql': 'select 1;\n\nselect nothing from nowhere;\n' })
    expect(await run(root)).toMatch(/3_wrong\.sql:3:\d*[\s\S]*relation "nowhere" does not exist/)
  })

  test('an extension that is missing is named', async () => {
    const root = smallWorkspace({ 'supabase/migrations/3_postgis.sql': 'create extension postgis;\n' })
    expect(await run(root)).toMatch(/3_postgis\.sql:1[\s\S]*postgis/)
  })

  test('a hole that fails is reported with its file', async () => {
    const root = smallWorkspace({ 'holes/wrong.sql': 'drop table public.nowhere;\n' })
    expect(await run(root, '--with-hole', 'wrong')).toMatch(/wrong\.sql:1[\s\S]*nowhere/)
  })

  test('a port that is taken is named', async () => {
    const server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    atEnd(() => server.close())
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the server has no port')
    const said = await refused('sandbox', 'start', '--workspace', smallWorkspace(), '--port', String(address.port))
    expect(said).toContain(String(address.port))
    expect(said).toMatch(/taken|in use/)
  })

  test('holes that are not there, and holes elsewhere, are refused before it is started', async () => {
    const root = smallWorkspace()
    const unknown = await run(root, '--with-hole', 'everyone-raeds')
    expect(unknown).toMatch(
      /found the hole everyone-raeds, expected `everyone-reads` in holes\/[\s\S]*did you mean `everyone-reads`/,
    )
    const server = await countingServer()
    writeFiles(root, { '.env.staging': server.lines })
    const elsewhere = await run(root, '--with-hole', 'everyone-reads', '--target', 'staging')
    expect(elsewhere).toMatch(/found a hole to open on staging, expected the sandbox/)
    expect([unknown + elsewhere, server.requests]).toEqual([expect.not.stringContaining('PostgreSQL'), []])
  })
})

describe('a target that is refused', { timeout: patience }, () => {
  const protecting = (alias: string) => ({
    'trespass.config.ts': `export default { targets: { ${alias}: { protected: true } } }\n`,
  })

  test('one that is marked as protected receives no request', async () => {
    const server = await countingServer()
    const root = smallWorkspace({ ...protecting('staging'), '.env.staging': server.lines })
    expect(await run(root, '--target', 'staging')).toMatch(/the target staging is marked as protected/)
    expect(server.requests).toEqual([])
  })

  test('one without its variables is refused with their names, and an unreachable one without its address', async () => {
    const root = smallWorkspace({ '.env.away': settingsLines('http://127.0.0.1:1', 'postgresql://a:b@127.0.0.1:1/c') })
    expect(await run(root, '--target', 'nowhere')).toMatch(/TRESPASS_URL is missing[\s\S]*\.env\.nowhere/)
    const away = await run(root, '--target', 'away')
    expect(away).toMatch(/the target away did not answer \([\w ]+\)[\s\S]*TRESPASS_URL/)
    expect(away).not.toContain('127.0.0.1')
  })
})

describe('a target that is there', { timeout: patience }, () => {
  let sandbox: StandingSandbox
  const root = smallWorkspace()

  beforeAll(async () => {
    sandbox = await standingSandbox(root)
    asStaging(root, sandbox)
  }, patience)

  const changedLine = (name: string, value: string) =>
    sandbox.lines.replace(new RegExp(`^${name}=.*$`, 'm'), `${name}=${value}`)

  test.each([
    ['TRESPASS_PUBLISHABLE_KEY', 'sb_publishable_'],
    ['TRESPASS_SECRET_KEY', 'sb_secret_'],
  ])('a wrong %s is named', async (name, form) => {
    const wrong = `${form}${'x'.repeat(22)}`
    const other = smallWorkspace({ '.env.staging': changedLine(name, wrong) })
    const said = await run(other, '--target', 'staging')
    expect(said).toContain(`does not accept ${name}`)
    expect(said).not.toContain(wrong)
  })

  test('an unreachable database is reported without its address', async () => {
    const wrong = 'postgresql://postgres:guessed-word@127.0.0.1:1/postgres'
    const other = smallWorkspace({ '.env.staging': changedLine('TRESPASS_DATABASE_URL', wrong) })
    const said = await run(other, '--target', 'staging')
    expect(said).toMatch(/database/)
    expect(said).not.toMatch(/guessed-word|127\.0\.0\.1:1/)
  })

  test('a second run in the workspace is refused while the first goes on, and the first is not disturbed', async () => {
    // The first run waits for this lock when it makes its users, so it is certainly under way when the second begins.
    const release = await sandbox.hold('lock table public.profiles in exclusive mode')
    const first = start(['run', '--workspace', root, '--target', 'staging'])
    await first.says(/signing the actors in/)
    const said = [run(root, '--target', 'staging'), refused('cleanup', '--workspace', root)]
    const [second, cleanup] = await Promise.all(said).finally(release)
    for (const refusal of [second, cleanup]) {
      expect(refusal).toMatch(/process \d+ has been running in this workspace since[\s\S]*run\.lock/)
    }
    const { code, text } = await first.ended
    expect(code, text).toBe(0)
    expect(keptFiles(root)).toEqual(['sandbox.json'])
  })
})
