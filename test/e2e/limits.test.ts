import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type LimitingProxy, limitingProxy } from './limiting-proxy.ts'
import { evidenceOf, notHeld } from './report.ts'
import { smallCells, smallTables, smallWorkspace } from './small-workspace.ts'
import { rowsOf, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { patience, start, trespass, writeFiles } from './support.ts'

const root = smallWorkspace()
let sandbox: StandingSandbox
let proxy: LimitingProxy
let before: Record<string, readonly string[]>
beforeAll(async () => {
  sandbox = await standingSandbox(root)
  proxy = await limitingProxy(sandbox)
  writeFiles(root, { '.env.staging': proxy.lines })
  before = await rowsOf(sandbox, smallTables)
}, patience)

const run = ['run', '--workspace', root, '--target', 'staging']

/** Refuses the first request of each kind that matches. */
function firstOfEach(pattern: RegExp): (asked: string) => string | null {
  const seen = new Set<string>()
  return (asked) => {
    if (!pattern.test(asked) || seen.has(asked)) return null
    seen.add(asked)
    return '1'
  }
}

describe('a target that limits the rate of requests', { timeout: patience }, () => {
  test('prints beforehand how many sign-ins are needed', async () => {
    proxy.limit(() => null)
    const { code, err, text } = await trespass(run)
    expect(code, text).toBe(0)
    expect(err).toContain('sign-ins: 2 users to make, 2 sign-ins, 1 anonymous sign-in\n')
    expect(err.indexOf('sign-ins:')).toBeLessThan(err.indexOf(' held'))
  })

  test('makes sign-ins and cells wait, and the records contain the waits', async () => {
    proxy.limit(firstOfEach(/^\w+ \/(auth\/v1\/(admin|token|signup)|rest\/v1\/)/))
    const ended = await trespass(run)
    expect(ended.code, ended.text).toBe(0)
    const { cells } = await evidenceOf(ended)
    expect(cells).toHaveLength(smallCells)
    expect(notHeld(cells)).toEqual([])
    // Requests that examine the target name no table of the workspace, and no record contains them.
    const refused = proxy.refused.filter((asked) => /\/rest\/v1\/(notes|comments)$/.test(asked))
    expect(refused.length).toBeGreaterThan(3)
    const outcomes = new Map(
      cells
        .flatMap(({ outcome, control }) => [outcome, control?.outcome ?? null])
        .map((one) => [JSON.stringify(one), one]),
    )
    const waits = [...outcomes.values()].reduce((sum, outcome) => sum + (outcome?.waits ?? 0), 0)
    expect(waits).toBe(refused.length)
    expect(await rowsOf(sandbox, smallTables)).toEqual(before)
  })

  test('that goes on to refuse makes cells inconclusive, and never held or a finding', async () => {
    proxy.limit((asked) => (/^(PATCH|GET) \/rest\/v1\/notes/.test(asked) ? '3600' : null))
    const ended = await trespass(run)
    expect(ended.code, ended.text).toBe(3)
    const { cells } = await evidenceOf(ended)
    const refused = cells.filter(({ outcome }) => outcome?.status === 429)
    expect(refused.length).toBeGreaterThan(10)
    expect(new Set(refused.map(({ verdict }) => verdict))).toEqual(new Set(['inconclusive']))
    expect(new Set(refused.map(({ outcome }) => outcome?.face))).toEqual(new Set(['rate-limited']))
    // An hour is too long to wait, and such a request is not retried.
    expect(refused.filter(({ outcome }) => outcome?.waits !== undefined)).toEqual([])
    expect(refused.length).toBeLessThanOrEqual(proxy.refused.length)
    expect(proxy.refused.length).toBeLessThanOrEqual(cells.length)
    expect(await rowsOf(sandbox, smallTables)).toEqual(before)
  })

  test('that refuses sign-ins for too long ends the run, with a word about it', async () => {
    proxy.limit((asked) => (asked.includes('/auth/v1/signup') ? '3600' : null))
    const { code, err, text } = await trespass(run)
    expect(code, text).toBe(2)
    expect(err).toContain('the target limits sign-ins, and the limit is reached')
    expect(await rowsOf(sandbox, smallTables)).toEqual(before)
  })

  test('does not keep a run that is broken off', async () => {
    proxy.limit((asked) => (asked.includes('/auth/v1/signup') ? '100' : null))
    const { child, ended, says } = start(run)
    await says(/the target limits sign-ins: waiting 1\d\d s/)
    child.kill('SIGINT')
    const { code, text } = await ended
    expect(code, text).toBe(130)
    expect(text).toContain('broken off while the request waited')
    expect(await rowsOf(sandbox, smallTables)).toEqual(before)
  })
})

describe('limits that the configuration names', { timeout: patience }, () => {
  const config = (limits: string) => `export default { targets: { staging: { limits: { ${limits} } } } }\n`

  test('refuse a run that would reach them, before anything is made', async () => {
    const many = Array.from({ length: 40 }, (_, n) => `  guest ${n}: { kind: anonymous-auth }`).join('\n')
    const crowded = smallWorkspace({
      '.env.staging': proxy.lines,
      'trespass.config.ts': config('anonymous_sign_ins: 30'),
      'matrices/actors.yaml': `actors:\n  bob: { kind: authenticated }\n${many}\n`,
      'matrices/comments.matrix.yaml': '',
      'matrices/notes.matrix.yaml': `matrix: notes
resource: { table: public.notes }
fixtures: { theirs: { owner_id: $bob.id, title: theirs } }
operations: { read: { select: theirs } }
expect: { bob: { read: allow }, "*": { read: deny(filtered) } }
`,
    })
    proxy.limit(() => null)
    const { code, err } = await trespass(['run', '--workspace', crowded, '--target', 'staging'])
    expect(code, err).toBe(2)
    expect(err).toMatch(/needs 40 anonymous sign-ins.* 20 minutes/)
    expect(proxy.passed.filter((asked) => asked.startsWith('POST /auth/v1/'))).toEqual([])
  })

  test('are remembered from run to run', async () => {
    writeFiles(root, { 'trespass.config.ts': config('anonymous_sign_ins: 30') })
    proxy.limit(() => null)
    const first = await trespass(run)
    expect(first.code, first.text).toBe(0)
    const file = join(root, '.trespass/limits/staging.json')
    const book: unknown = JSON.parse(readFileSync(file, 'utf8'))
    expect(book).toMatchObject({ 'anonymous sign-in': { left: 29 }, 'sign-in': { left: expect.any(Number) } })
    // Simulates earlier runs that sent twenty requests more than the target's quota.
    writeFiles(root, {
      '.trespass/limits/staging.json': JSON.stringify({ 'anonymous sign-in': { left: -20, at: Date.now() } }),
    })
    const second = await trespass(run)
    expect([second.code, second.err]).toEqual([2, expect.stringMatching(/needs 1 anonymous sign-in, .* in 42 minutes/)])
    expect(await rowsOf(sandbox, smallTables)).toEqual(before)
  })
})
