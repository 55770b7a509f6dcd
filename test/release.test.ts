import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeEach, expect, test } from 'vitest'
import { z } from 'zod'

const repository = join(import.meta.dirname, '..')
const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')))
const files = ['package.json', 'sandbox/package.json', 'CHANGELOG.md', 'build/release.js']
let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trespass-release-'))
  for (const folder of ['sandbox', 'build']) mkdirSync(join(root, folder))
  for (const file of files) cpSync(join(repository, file), join(root, file))
  return () => rmSync(root, { recursive: true })
})

/** @returns the mismatches with the tag. */
async function faultsOf(tag: string): Promise<string> {
  const command = promisify(execFile)(process.execPath, [join(root, 'build/release.js'), tag])
  return await command.then(
    () => '',
    ({ code, stderr }: { code: number; stderr: string }) => {
      expect(code).toBe(2)
      return stderr
    },
  )
}

function change(file: string, from: string, to: string): void {
  writeFileSync(join(root, file), readFileSync(join(root, file), 'utf8').replace(from, to))
}

test('the packages fit the tag of their version', async () => {
  expect(await faultsOf(`v${version}`)).toBe('')
})

test.each(['', version, 'v1', 'v1.0.0.0'])('the tag "%s" is no version', async (tag) => {
  expect(await faultsOf(tag)).toContain('expected one such as v1.0.0')
})

test.each([
  ['package.json', `"version": "${version}"`, '"version": "0.9.0"'],
  ['sandbox/package.json', `"version": "${version}"`, '"version": "0.9.0"'],
  ['package.json', `"@trespass/sandbox": "^${version}"`, '"@trespass/sandbox": "^0.9.0"'],
])('%s with another version is named: %s', async (file, from, to) => {
  change(file, from, to)
  expect(await faultsOf(`v${version}`)).toMatch(new RegExp(`^found \\^?0\\.9\\.0 as .* in ${file}, expected`))
})

test('a version that the changelog does not describe is named', async () => {
  change('CHANGELOG.md', `## ${version}`, '## Later')
  expect(await faultsOf(`v${version}`)).toContain(`no section ${version} in CHANGELOG.md`)
})
