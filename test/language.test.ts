import { expect, test } from 'vitest'
import { measure } from '../build/language.ts'

function hits(file: string, source: string) {
  const found = measure([{ file, source }])
  return Object.entries(found).flatMap(([kind, { words: _, ...byPattern }]) =>
    Object.entries(byPattern).flatMap(([pattern, all]) => all.map(({ at, text }) => [kind, pattern, at, text])),
  )
}

test('documentation is read without its code', () => {
  const page = [
    '# Nobody',
    '',
    '```',
    'nobody',
    '```',
    'Where `somebody` is, it tells.',
    'A sentence. What follows?',
    '',
  ]
  expect(hits('a.md', page.join('\n'))).toEqual([
    ['docs', 'agent', 'a.md:1', '# Nobody'],
    ['docs', 'opening', 'a.md:6', 'Where x is, it tells.'],
    ['docs', 'telling', 'a.md:6', 'Where x is, it tells.'],
  ])
})

test('a module has comments and messages, and its names and its SQL are neither', () => {
  const lines = [
    '/**',
    ' * What it does.',
    ' */',
    'function told(nobody: string) {',
    '  // The caller is told.',
    `  const sql = 'select 1 from nobody where somebody'`,
    '  return `for $' + '{nobody} that somebody $' + '{told} has`',
    '}',
  ]
  expect(hits('a.ts', lines.join('\n'))).toEqual([
    ['messages', 'agent', 'a.ts:7', 'for x that somebody x has'],
    ['comments', 'opening', 'a.ts:2', 'What it does.'],
    ['comments', 'telling', 'a.ts:5', 'The caller is told.'],
  ])
})
