import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { digestOfSources, isSource } from './sources.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trespass-sources-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

const ofSandbox = [
  'supabase/migrations/1.sql',
  'supabase/seed.sql',
  'supabase/seeds/more/1.sql',
  'supabase/roles.sql',
  'supabase/config.toml',
  'supabase/.env',
  'supabase/functions/hello/index.ts',
  'supabase/functions/hello/deno.json',
  'supabase/functions/.env',
]
const ofEveryRun = ['matrices/actors.yaml', 'trespass.config.ts', '.env', '.env.staging']
const ofNone = [
  'supabase/functions/a/x.sql',
  'supabase/functions/a/page.html',
  'supabase/.temp/x.sql',
  'supabase/x.md',
  'matrices/a.matrix.yaml',
  'x.sql',
]

describe('the digest of the sources of a run', () => {
  test.each([...ofSandbox, ...ofEveryRun])('of a sandbox follows %s as it comes, changes and goes', async (path) => {
    expect(isSource(path)).toBe(true)
    const digests = [await digestOfSources(root, true)]
    write(path, 'one')
    digests.push(await digestOfSources(root, true))
    write(path, 'two')
    digests.push(await digestOfSources(root, true))
    expect(new Set(digests).size).toBe(3)
    rmSync(join(root, path))
    expect(await digestOfSources(root, true)).toBe(digests[0])
  })

  test.each([...ofSandbox, ...ofNone])('of another target does not follow %s', async (path) => {
    const before = await digestOfSources(root, false)
    write(path, 'one')
    expect(await digestOfSources(root, false)).toBe(before)
  })

  test.each(ofNone)('of a sandbox does not follow %s', async (path) => {
    const before = await digestOfSources(root, true)
    write(path, 'one')
    expect(await digestOfSources(root, true)).toBe(before)
  })

  test('distinguishes a file that was renamed', async () => {
    write('supabase/migrations/1.sql', 'one')
    const before = await digestOfSources(root, true)
    rmSync(join(root, 'supabase/migrations/1.sql'))
    write('supabase/migrations/2.sql', 'one')
    expect(await digestOfSources(root, true)).not.toBe(before)
  })
})
