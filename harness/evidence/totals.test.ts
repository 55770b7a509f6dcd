import { expect, test } from 'vitest'
import { exampleCell } from '../../test/support/example-records.ts'
import { type Verdict, verdicts } from '../model/verdict.ts'
import { worstVerdict } from '../verdict/severity.ts'
import { exitCode, invariantRecords, judged, notRunRecords, totalsOf } from './totals.ts'

const totals = (...some: Verdict[]) => totalsOf(some.map((verdict) => ({ verdict })))

test('counts every verdict, also those that do not occur', () => {
  expect(totals('held', 'breach', 'held')).toEqual({
    breach: 1,
    lockout: 0,
    'wrong-layer': 0,
    undecided: 0,
    error: 0,
    inconclusive: 0,
    held: 2,
  })
  expect(judged(totals('held', 'breach', 'held'))).toBe(3)
})

test('cells that were not run are counted by their reasons, the most frequent first', () => {
  const cells = ['b', 'a', 'b', undefined].map((notRun) => exampleCell(notRun === undefined ? {} : { notRun }))
  expect(notRunRecords(cells)).toEqual([
    { why: 'b', cells: 2 },
    { why: 'a', cells: 1 },
  ])
})

test('names the worst verdict in the order of the design', () => {
  for (const [index, verdict] of verdicts.entries()) {
    expect(worstVerdict(verdicts.slice(index).toReversed())).toBe(verdict)
  }
  expect(worstVerdict([])).toBeNull()
})

test.each([
  ['all held', ['held', 'held'], 2, 0],
  ['a breach', ['held', 'breach'], 2, 1],
  ['a lockout', ['lockout'], 1, 1],
  ['a wrong layer', ['wrong-layer'], 1, 1],
  ['undecided', ['undecided'], 1, 1],
  ['a finding beside what is not proven', ['inconclusive', 'breach'], 2, 1],
  ['a finding beside a failure of Trespass', ['error', 'breach'], 2, 1],
  ['a failure of Trespass', ['held', 'error'], 2, 2],
  ['a failure of Trespass beside what is not proven', ['inconclusive', 'error'], 2, 2],
  ['not proven', ['held', 'inconclusive'], 2, 3],
  ['nothing collected', [], 0, 2],
  ['a cell that was collected and has no verdict', ['held'], 2, 2],
  ['a finding in a run that was broken off', ['breach'], 2, 1],
] as const)('exit code: %s', (_name, some, collected, code) => {
  expect(exitCode(totals(...some), collected)).toBe(code)
})

test('ties invariants to their cells, per matrix, with the worst verdict', () => {
  const matrices = [
    { name: 'documents', invariants: { 'DOC-2': 'second', 'DOC-1': 'first' } },
    { name: 'invoices', invariants: { 'DOC-1': 'another of this name' } },
  ]
  const cells = [
    exampleCell({ id: 'b', invariants: ['DOC-1'] }),
    exampleCell({ id: 'a', invariants: ['DOC-1'], verdict: 'lockout' }),
    exampleCell({ id: 'c', invariants: [] }),
  ]
  expect(invariantRecords(matrices, cells)).toEqual([
    { id: 'DOC-2', matrix: 'documents', sentence: 'second', cells: [], verdict: 'inconclusive' },
    { id: 'DOC-1', matrix: 'documents', sentence: 'first', cells: ['a', 'b'], verdict: 'lockout' },
    { id: 'DOC-1', matrix: 'invoices', sentence: 'another of this name', cells: [], verdict: 'inconclusive' },
  ])
})
