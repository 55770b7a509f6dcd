import { expect, test } from 'vitest'
import type { Problem } from '../errors.ts'
import { checkReferences, type ReachableRow } from './check-references.ts'
import { locatedReport } from './report.ts'

const names = ["ben's", 'ben', 'alice in acme', 'my-row', 'own', 'Zoë']
const rows = new Map<string, ReachableRow>(names.map((name) => [name, { columns: null }]))

function problemsOf(value: string): Problem[] {
  const problems: Problem[] = []
  const report = locatedReport(() => ({ file: 'm.yaml', line: 1, column: 1 }), problems)
  checkReferences({ value: [{ deep: value }] }, [], { rows, complete: true }, report)
  return problems
}

const braced = (inside: string) => `\`$\u007b${inside}}\``

test.each([
  ["$ben's.id", braced("ben's.id")],
  ["for $ben's.title only", braced("ben's.title")],
  ['$alice in acme.role', braced('alice in acme.role')],
  ['$my-row.id', braced('my-row.id')],
])('%s is refused with the form in braces', (text, expected) => {
  expect(problemsOf(text)).toMatchObject([
    { code: 'reference-form', expected, hint: expect.stringContaining('braces') },
  ])
})

test.each(['$ben.id', '$Zoë.id', '$own.id', braced("ben's.id").slice(1, -1), '$uuid', '$number-$date'])(
  '%s is sound',
  (text) => {
    expect(problemsOf(text)).toEqual([])
  },
)

test('a name that no row has is refused with the forms that there are', () => {
  expect(problemsOf('$nothing')).toMatchObject([
    { expected: expect.stringContaining('`$uuid`, `$number`, `$date`, `$future`') },
  ])
})
