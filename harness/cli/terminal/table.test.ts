import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { exampleBreach, exampleCell } from '../../../test/support/example-records.ts'
import type { CellRecord } from '../../model/record.ts'
import { type Verdict, verdicts } from '../../model/verdict.ts'
import { matrixList, tables } from './table.ts'
import type { TerminalStyle } from './terminal-style.ts'
import { widthOf } from './text.ts'

const style: TerminalStyle = { color: false, unicode: true, width: 100 }
const ascii: TerminalStyle = { color: false, unicode: false, width: 100 }

function row(actor: string, signs: string, operations: readonly string[]): CellRecord[] {
  const meanings: Record<string, Partial<CellRecord>> = {
    '+': { expected: { decision: 'allow' } },
    '-': {},
    B: { verdict: 'breach' },
    L: { verdict: 'lockout', expected: { decision: 'allow' } },
    W: { verdict: 'wrong-layer' },
    '?': { verdict: 'undecided' },
    E: { verdict: 'error' },
    '~': { verdict: 'inconclusive' },
  }
  return operations.flatMap((operation, index) => {
    const changes = meanings[signs[index] ?? '']
    return changes === undefined ? [] : [exampleCell({ actor, operation, ...changes })]
  })
}

const operations = ['read own', 'read theirs', 'list', 'rename own', 'rename theirs']

test('draws actors by operations with a sign for every verdict', () => {
  const cells = [
    ...row('visitor', '.--.-', operations),
    ...row('alice', '+-+L-', operations),
    ...row('mallory', 'WB?~E', operations),
  ]
  expect(tables(cells, style)).toBe(`\
documents  table public.documents
  13 cells: 1 breach, 1 lockout, 1 wrong-layer, 1 undecided, 1 error, 1 inconclusive, 7 held
           read own  read theirs  list  rename own  rename theirs
  visitor  ·         –            –     ·           –
  alice    ✓         –            ✓     LOCKOUT     –
  mallory  LAYER     BREACH       ?     ~           ERROR

  ✓ allowed, and it works   – denied, and it holds   BREACH a denial was expected, it happened
  LOCKOUT allowed was expected, it was refused   LAYER refused, but by another layer
  ? not decided yet   ERROR Trespass itself failed   ~ not proven   · n/a or not run
`)
})

test('falls back to ASCII, and explains only the signs that it used', () => {
  expect(tables([...row('alice', '+-', operations), ...row('bob', '.-', operations)], ascii)).toBe(`\
documents  table public.documents  3 cells: 3 held
         read own  read theirs
  alice  +         -
  bob    .         -

  + allowed, and it works   - denied, and it holds   . n/a or not run
`)
})

test('distinguishes allowed from denied and every verdict without colour', () => {
  const signs = verdicts.flatMap((verdict: Verdict) =>
    (['allow', 'deny'] as const).map((decision) => {
      const expected = decision === 'allow' ? ({ decision } as const) : ({ decision, layers: [] } as const)
      const line = tables([exampleCell({ verdict, expected })], ascii).split('\n')[2] ?? ''
      return line.trim().split(/\s+/).at(-1)
    }),
  )
  expect(new Set(signs).size).toBe(verdicts.length + 1)
})

test('breaks headers into lines, then numbers them, then breaks the table into blocks', () => {
  const cells = row('alice', '+-+L-', operations)
  expect(
    tables(cells, { ...style, width: 50 })
      .split('\n')
      .slice(2, 5),
  ).toEqual([
    '         read  read    list  rename   rename',
    '         own   theirs        own      theirs',
    '  alice  ✓     –       ✓     LOCKOUT  –',
  ])
  const many = Array.from({ length: 20 }, (_, index) => `an operation number ${index + 1}`)
  const wide = row('alice', '+-+-+-+-+-+-+-+-+-+-', many)
  expect(
    tables(wide, { ...style, width: 80 })
      .split('\n')
      .slice(1, 9),
  ).toEqual([
    '  1 an operation number 1   2 an operation number 2   3 an operation number 3',
    '  4 an operation number 4   5 an operation number 5   6 an operation number 6',
    '  7 an operation number 7   8 an operation number 8   9 an operation number 9',
    '  10 an operation number 10   11 an operation number 11',
    '  12 an operation number 12   13 an operation number 13',
    '  14 an operation number 14   15 an operation number 15',
    '  16 an operation number 16   17 an operation number 17',
    '  18 an operation number 18   19 an operation number 19',
  ])
  expect(
    tables(wide, { ...style, width: 40 })
      .split('\n')
      .slice(22, 27),
  ).toEqual([
    '        1 2 3 4 5 6 7 8 9 10 11 12 13 14',
    '  alice ✓ – ✓ – ✓ – ✓ – ✓ –  ✓  –  ✓  –',
    '',
    '        15 16 17 18 19 20',
    '  alice ✓  –  ✓  –  ✓  –',
  ])
})

test.each([40, 60, 80, 100, 160])('keeps every row within %i columns', (width) => {
  const names = ['alice', 'an actor with a rather long name, a very long name', '漢字の利用者', 'x\u001b[31m']
  const many = Array.from({ length: 30 }, (_, index) => `${index % 3 === 0 ? '操作' : 'operation'} number ${index + 1}`)
  const cells = names.flatMap((name, index) => row(name, `${'+-BL?'.repeat(6)}`.slice(index), many))
  const lines = tables(cells, { ...style, width })
    .split('\n')
    .slice(1)
  for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width)
  expect(lines.join()).not.toContain('\u001b')
})

test('keeps the order of the operations though rows have gaps', () => {
  const cells = [
    ...row('visitor', '.-.-.', operations),
    ...row('bob', '---.-', operations),
    ...row('carol', '.----', operations),
  ]
  expect(tables(cells, style).split('\n')[1]?.trim()).toBe('read own  read theirs  list  rename own  rename theirs')
})

test('shows a matrix that is too large in counts, with the actors that have findings', () => {
  const cells = Array.from({ length: 1000 }, (_, index) => {
    const actor = `user ${String(index).padStart(4, '0')}`
    const some = [exampleCell({ actor, operation: 'a' }), exampleCell({ actor, operation: 'b' })]
    return index % 400 === 7 ? [...some, exampleBreach({ actor }), exampleBreach({ actor, operation: 'c' })] : some
  }).flat()
  expect(tables(cells, style)).toBe(`\
documents  table public.documents  2,006 cells: 6 breach, 2,000 held
  1,000 actors by 4 operations, in numbers
  user 0007  2 breach, 2 held
  user 0407  2 breach, 2 held
  user 0807  2 breach, 2 held
  997 actors: every cell held

`)
  expect(
    tables(
      cells.map((cell) => ({ ...cell, verdict: 'breach' })),
      style,
    ),
  ).toContain('and 960 more actors with findings')
})

test('colour adds nothing but colour', () => {
  const cells = [...row('alice', '+-+L-', operations), ...row('mallory', 'WB?~E', operations)]
  const painted = tables(cells, { ...style, color: true })
  expect(painted).toContain('\u001b[')
  expect(stripVTControlCharacters(painted)).toBe(tables(cells, style))
})

test('prints nothing without cells', () => {
  expect(tables([], style)).toBe('')
})

test('of a matrix that did not hold, shows the actors and operations concerned', () => {
  const other = operations.map((operation) => exampleCell({ matrix: 'held', operation }))
  const cells = [...row('alice', '+-+L-', operations), ...row('bob', '-----', operations), ...other]
  expect(tables([...cells, ...row('mallory', '-B--~', operations)], style, 'not held')).toBe(`\
documents  table public.documents  15 cells: 1 breach, 1 lockout, 1 inconclusive, 12 held
           read theirs  rename own  rename theirs
  alice    –            LOCKOUT     –
  mallory  BREACH       –           ~
  without a finding: 1 actor, 2 operations

  – denied, and it holds   BREACH a denial was expected, it happened
  LOCKOUT allowed was expected, it was refused   ~ not proven
`)
})

test('shows no table for cells that held or that the target does not let a run try', () => {
  const notRun = exampleCell({ verdict: 'inconclusive', notRun: 'there is no secret key' })
  expect(tables([...row('alice', '+-+-', operations), notRun], style, 'not held')).toBe('')
})

test('lists each matrix in a line, with its cells that did not hold', () => {
  const of = (matrix: string, signs: string) => row('alice', signs, operations).map((cell) => ({ ...cell, matrix }))
  const cells = [...of('documents', '+-+--'), ...of('a', '+'), ...of('漢字', 'BL-'), ...of('open', '~-')]
  expect(matrixList(cells, style)).toBe(`\
  ✓ documents  5 cells  table public.documents
  ✓ a          1 cell   table public.documents
  ✗ 漢字       3 cells  1 breach, 1 lockout, 1 held
  ~ open       2 cells  1 inconclusive, 1 held
`)
  expect(matrixList(cells, ascii).split('\n')[0]).toBe('  + documents  5 cells  table public.documents')
  expect(matrixList([], style)).toBe('')
  const hostile = exampleCell({ matrix: `\u001b[2J${'x'.repeat(90)}`, resource: `table ${'y'.repeat(90)}` })
  for (const line of matrixList([hostile], { ...style, width: 60 }).split('\n')) {
    expect(widthOf(line)).toBeLessThanOrEqual(60)
    expect(line).not.toContain('\u001b')
  }
})
