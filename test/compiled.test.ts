import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeEach, describe, expect, test } from 'vitest'

const repository = join(import.meta.dirname, '..')
let root: string

/** A package of this one's shape, whose command says a word, where it is, and how it was loaded. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trespass-compiled-'))
  cpSync(join(repository, 'bin'), join(root, 'bin'), { recursive: true })
  mkdirSync(join(root, 'node_modules'))
  symlinkSync(join(repository, 'node_modules', 'esbuild'), join(root, 'node_modules', 'esbuild'))
  for (const folder of ['harness/cli', 'harness/vitest', 'sandbox']) mkdirSync(join(root, folder), { recursive: true })
  write('package.json', '{ "type": "module" }')
  write('harness/vitest/plugin.ts', 'export const trespass = (): string => "a plugin"')
  write('sandbox/main.ts', 'console.log("a sandbox" as string)')
  write('harness/cli/main.ts', 'import { word } from "../word.ts"\nconsole.log(word, import.meta.dirname)')
  say('first')
  return () => rmSync(root, { recursive: true })
})

function write(path: string, text: string): void {
  writeFileSync(join(root, path), text)
}

/** Of the same length and age each time. */
function say(word: 'first' | 'other'): void {
  write('harness/word.ts', `export const word: string = "${word}"`)
  utimesSync(join(root, 'harness/word.ts'), 1, 1)
}

async function run(program = 'bin/trespass.js'): Promise<string> {
  return (await promisify(execFile)(process.execPath, [join(root, program)])).stdout.trim()
}

const kept = () => readdirSync(join(root, 'node_modules/.cache/trespass/compiled'))
const said = (word: string) => `${word} ${join(root, 'harness/cli')}`

describe('a command is compiled', () => {
  test('once, and a module that asks where it is gets the place of its source', async () => {
    expect([await run(), await run(), await run('bin/sandbox.js')]).toEqual([said('first'), said('first'), 'a sandbox'])
    expect(kept()).toHaveLength(1)
  })

  test('again when a source has changed, whatever its size and its time say', async () => {
    expect(await run()).toBe(said('first'))
    say('other')
    expect(await run()).toBe(said('other'))
    expect(kept()).toHaveLength(2)
  })

  test('into one folder when several start at the same moment', async () => {
    expect(await Promise.all([run(), run(), run()])).toEqual(Array(3).fill(said('first')))
    expect(kept()).toHaveLength(1)
  })

  test('and what is older than a day is removed', async () => {
    await run()
    const [old = ''] = kept()
    const past = Date.now() / 1000 - 25 * 60 * 60
    utimesSync(join(root, 'node_modules/.cache/trespass/compiled', old), past, past)
    say('other')
    await run()
    expect(kept()).not.toContain(old)
    expect(kept()).toHaveLength(1)
  })
})

test('a command runs from its sources where nothing can be kept', async () => {
  write('node_modules/.cache', 'a file where the folder would be')
  expect([await run(), await run('bin/sandbox.js')]).toEqual([said('first'), 'a sandbox'])
})

test('an error in a source names the file', async () => {
  write('harness/word.ts', 'export const word: = 1')
  await expect(run()).rejects.toThrow(/word\.ts:1/)
  expect(kept()).toEqual([])
})
