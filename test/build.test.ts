import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { beforeEach, describe, expect, test } from 'vitest'

const repository = join(import.meta.dirname, '..')
let root: string

/** A clone in small, whose command prints a word. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trespass-build-'))
  for (const folder of ['bin', 'build']) cpSync(join(repository, folder), join(root, folder), { recursive: true })
  mkdirSync(join(root, 'node_modules'))
  symlinkSync(join(repository, 'node_modules', 'esbuild'), join(root, 'node_modules', 'esbuild'))
  write('package.json', '{ "type": "module" }')
  for (const name of ['index', 'vitest/plugin', 'vitest/collect', 'vitest/global-setup'])
    write(`harness/${name}.ts`, '')
  for (const name of ['report.css', 'report.js']) write(`harness/evidence/html/${name}`, '')
  const beside = ['postgres/bootstrap/10-roles.sql', 'postgres/stand-ins/vector.sql']
  for (const name of ['main.ts', 'index.ts', ...beside]) write(`sandbox/${name}`, '')
  write('harness/cli/main.ts', "console.log((await import('../word.ts')).word)")
  say('first')
  return () => rmSync(root, { recursive: true })
})

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

/** Of the same length and age each time. */
function say(word: 'first' | 'other'): void {
  write('harness/word.ts', `export const word: string = "${word}"`)
  utimesSync(join(root, 'harness/word.ts'), 1, 1)
}

async function run(program: string): Promise<string> {
  return (await promisify(execFile)(process.execPath, [join(root, program)])).stdout.trim()
}

const programs = () => readdirSync(join(root, 'dist'))

describe('a command in a clone', () => {
  test('builds both packages before it runs, and again when a source has changed, for any size and time of the file', async () => {
    expect(await run('bin/trespass.js')).toBe('first')
    expect(existsSync(join(root, 'sandbox/dist/bootstrap/10-roles.sql'))).toBe(true)
    expect(existsSync(join(root, 'sandbox/dist/stand-ins/vector.sql'))).toBe(true)
    const built = programs()
    say('other')
    expect(await run('bin/trespass.js')).toBe('other')
    // A running command may still import the programs of its own version.
    expect(programs()).toEqual(expect.arrayContaining(built))
    expect(programs()).toHaveLength(built.length + 1)
  })

  test('starts beside others that build the same', async () => {
    const commands = Array.from({ length: 3 }, () => run('bin/trespass.js'))
    expect(await Promise.all(commands)).toEqual(['first', 'first', 'first'])
    expect(programs().filter((name) => /\.\d+$/.test(name))).toEqual([])
  })

  test('names the file of a source that cannot be built, and leaves the last programs', async () => {
    await run('bin/trespass.js')
    const built = programs()
    write('harness/word.ts', 'export const word: = 1')
    await expect(run('bin/trespass.js')).rejects.toThrow(/word\.ts:1/)
    expect(programs()).toEqual(built)
  })
})

test('a build removes programs that are not built any more', async () => {
  await run('build/programs.js')
  say('other')
  const built = programs()
  await run('build/programs.js')
  expect(programs()).toHaveLength(built.length)
  expect(programs()).not.toEqual(built)
})

test('the command of an installed package builds nothing', async () => {
  await run('bin/trespass.js')
  rmSync(join(root, 'build'), { recursive: true })
  say('other')
  expect(await run('bin/trespass.js')).toBe('first')
})
