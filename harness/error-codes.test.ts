import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { errorCodes } from './error-codes.ts'
import { packageFile } from './package-file.ts'
import { problemCodes } from './problem-codes.ts'

/** The sources of both packages, which throw the errors, without their tests. */
const sources = ['harness', 'sandbox'].flatMap((folder) =>
  readdirSync(packageFile(folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.ts$/.test(path) && !/\.test\.ts$|^dist\/|(?:error|problem)-codes\.ts$/.test(path))
    .map((path) => readFileSync(join(packageFile(folder), path), 'utf8')),
)

test('docs/errors.md has one section for every code, and no other', () => {
  const sections = [...readFileSync(packageFile('docs/errors.md'), 'utf8').matchAll(/^### (.+)\n\n\S/gm)]
  expect(sections.map(([, code]) => code).sort()).toEqual(errorCodes)
})

test('every code is one that a module names', () => {
  const text = sources.join('\n')
  expect(errorCodes.filter((code) => !text.includes(`'${code}'`))).toEqual([])
})

test('every code of a mistake in a file is one that a module names', () => {
  const text = sources.join('\n')
  // `unknown-actor` and its like are put together, each for one kind of name.
  const isNamed = (code: string) => text.includes(`'${code}'`) || text.includes(`'${code.replace('unknown-', '')}'`)
  const isMade = (code: string) => code.endsWith('-has-no-user')
  expect(problemCodes.filter((code) => !isNamed(code) && !isMade(code))).toEqual([])
})

test('every code of the sandbox is one of them', () => {
  const thrown = sources.flatMap((text) => [...text.matchAll(/(?:new SandboxError|\bfailure)\(\s*'([a-z-]+)'/g)])
  const codes = thrown.map(([, code]) => code)
  expect(codes).toContain('postgres-init-failed')
  expect(codes.filter((code) => !errorCodes.some((known) => known === code))).toEqual([])
})
