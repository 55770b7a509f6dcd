import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeFiles } from './write-files.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trespass-write-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const files = [
  { path: 'trespass.config.ts', text: 'config\n' },
  { path: 'matrices/actors.yaml', text: 'actors\n' },
]

test('writes files with their folders, and an example of the variables', () => {
  expect(writeFiles(root, files).written).toEqual([
    'trespass.config.ts',
    'matrices/actors.yaml',
    '.env.example',
    '.gitignore',
  ])
  expect(read('matrices/actors.yaml')).toBe('actors\n')
})

test('a file that is there stops everything: nothing is written, and it is named', () => {
  mkdirSync(join(root, 'matrices'))
  writeFileSync(join(root, 'matrices/actors.yaml'), 'mine\n')
  expect(() => writeFiles(root, files)).toThrow(/found matrices\/actors\.yaml/)
  expect(read('matrices/actors.yaml')).toBe('mine\n')
  expect(existsSync(join(root, 'trespass.config.ts'))).toBe(false)
  expect(existsSync(join(root, '.gitignore'))).toBe(false)
})

test('a file of the same text is no conflict', () => {
  writeFileSync(join(root, 'trespass.config.ts'), 'config\n')
  expect(writeFiles(root, files)).toMatchObject({ kept: ['trespass.config.ts'] })
})

test('an .env.example of the project stays as it is', () => {
  writeFileSync(join(root, '.env.example'), 'MINE=\n')
  expect(writeFiles(root, files).kept).toEqual(['.env.example'])
  expect(read('.env.example')).toBe('MINE=\n')
})

test.each<[string, string | null, string]>([
  ['none', null, '.trespass/\nreports/*\n.env\n.env.*\n!.env.example\n'],
  ['no line end', 'dist', 'dist\n.trespass/\nreports/*\n.env\n.env.*\n!.env.example\n'],
  ['some of the lines', '.env\nreports/*\n', '.env\nreports/*\n.trespass/\n.env.*\n!.env.example\n'],
  [
    'all of the lines',
    '!.env.example\n.env.*\n.env\nreports/*\n.trespass/',
    '!.env.example\n.env.*\n.env\nreports/*\n.trespass/',
  ],
  ['the exception alone', '!.env.example\n', '!.env.example\n.trespass/\nreports/*\n.env\n.env.*\n!.env.example\n'],
])('appends to a .gitignore with %s', (_, before, after) => {
  if (before !== null) writeFileSync(join(root, '.gitignore'), before)
  writeFiles(root, files)
  expect(read('.gitignore')).toBe(after)
})
