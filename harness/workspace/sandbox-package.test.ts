import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { sandboxProgram } from './sandbox-package.ts'

let root: string

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'trespass-packages-')))
  return () => rmSync(root, { recursive: true })
})

/** @returns the program of a package that is installed in this folder. */
function install(folder: string): string {
  const installed = join(root, folder, 'node_modules', '@trespass', 'sandbox')
  mkdirSync(installed, { recursive: true })
  const manifest = { name: '@trespass/sandbox', exports: { './main': './main.js' } }
  writeFileSync(join(installed, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(installed, 'main.js'), '')
  return join(installed, 'main.js')
}

const beside = () => join(root, 'tool', 'node_modules', 'trespass', 'dist', 'cli.js')

test('the sandbox is the package that is installed beside Trespass, also where the workspace has another', () => {
  const own = install('tool')
  install('workspace')
  expect(sandboxProgram(join(root, 'workspace'), beside())).toBe(own)
})

test('the sandbox is the package of the workspace where none is installed beside Trespass', () => {
  const own = install('workspace')
  expect(sandboxProgram(join(root, 'workspace', 'project'), beside())).toBe(own)
})

test('a missing package is an error that names the installation', () => {
  expect(() => sandboxProgram(join(root, 'workspace'), beside())).toThrow(
    expect.objectContaining({
      code: 'sandbox-missing',
      message: expect.stringContaining('@trespass/sandbox'),
      hint: expect.stringContaining('npm i -D @trespass/sandbox'),
    }),
  )
})
