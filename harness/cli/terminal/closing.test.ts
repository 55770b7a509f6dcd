import { expect, test } from 'vitest'
import { exampleRun } from '../../../test/support/example-records.ts'
import { exitCode, totalsOf } from '../../evidence/totals.ts'
import type { RunRecord } from '../../model/record.ts'
import { closing } from './closing.ts'
import type { TerminalStyle } from './terminal-style.ts'

const style: TerminalStyle = { color: false, unicode: true, width: 80 }
const held = { ...totalsOf([]), held: 1230 }
const of = (changes: Partial<RunRecord>, collected: number, report: string | null = 'reports/staging/r1') => {
  const run = exampleRun([], changes)
  return closing({ run, collected, code: exitCode(run.totals, collected), report }, style)
}

test('a run without findings closes with the sentence that all cells held', () => {
  expect(of({ totals: held }, 1230)).toBe(`\
1,230 cells: 1,230 held
made 310, swept 310
took 0:09
report: reports/staging/r1
exit 0: all held
`)
})

test('names the limits of the target and the cells that were not run because of them', () => {
  const totals = { ...held, inconclusive: 3 }
  const limits = ['without a signing key the tokens `expired` and `unknown-role` are not tried']
  const notRun = [
    { why: 'a token that is expired has to be signed', cells: 2 },
    { why: 'no user can be made', cells: 1 },
  ]
  expect(of({ totals, limits, notRun }, 1233)).toBe(`\
1,233 cells: 1,230 held, 3 inconclusive
without a signing key the tokens \`expired\` and \`unknown-role\` are not tried
2 cells not run: a token that is expired has to be signed
1 cell not run: no user can be made
made 310, swept 310
took 0:09
report: reports/staging/r1
exit 3: nothing wrong found, but not all of it is proven
`)
})

test('names the findings, the leftover objects, and the meaning of the exit code', () => {
  const invariants = [
    { id: 'DOC-1', matrix: 'documents', sentence: 'Held.', cells: ['a'], verdict: 'held' },
    {
      id: 'DOC-2',
      matrix: 'documents',
      sentence: `Ownership ${'goes on '.repeat(10)}`.trim(),
      cells: ['a'],
      verdict: 'breach',
    },
    { id: 'DOC-3', matrix: 'documents', sentence: 'Nobody tried.', cells: [], verdict: 'inconclusive' },
  ] as const
  const left = Array.from({ length: 12 }, (_, index) => `row ${index}`)
  const changes = {
    totals: { ...held, breach: 4, inconclusive: 1 },
    invariants,
    cleanup: { made: 310, swept: 298, left },
    holes: ['using-true'],
    complete: false,
  }
  expect(of(changes, 1300)).toBe(`\
holes opened on purpose in staging: using-true
1,235 cells: 1,230 held, 4 breach, 1 inconclusive
the run was interrupted: what is here is true, but it is not all
65 of 1,300 collected cells have no verdict
1 of 3 invariants held, 1 not tried; not these:
  breach       DOC-2 (documents): Ownership goes on goes on goes on goes on goes
               on goes on goes on goes on goes on goes on
made 310, swept 298, left 12: run \`trespass cleanup\`
${left
  .slice(0, 10)
  .map((what) => `  ${what}`)
  .join('\n')}
  and 2 more
took 0:09
report: reports/staging/r1
exit 1: findings: breach, lockout, wrong-layer or undecided
`)
})

test.each([
  [{ totals: { ...held, error: 1 } }, 1231, 'exit 2: Trespass could not do its work'],
  [{ totals: totalsOf([]) }, 0, 'exit 2: no cell was collected, so nothing was tried'],
  [{ totals: held }, 1231, 'exit 2: Trespass could not do its work'],
  [{ totals: { ...held, inconclusive: 1 } }, 1231, 'exit 3: nothing wrong found, but not all of it is proven'],
])('exit codes: %#', (changes, collected, last) => {
  const text = of(changes, collected, null)
  expect(text.trimEnd().split('\n').at(-1)).toBe(last)
  expect(text).not.toContain('report:')
})

test('a signal has an exit code of its own', () => {
  const run = exampleRun([], { totals: held, complete: false })
  expect(closing({ run, collected: 1231, code: 130, report: null }, style)).toMatch(/exit 130: broken off\n$/)
})

test('without details, a run that held prints nothing, and another one its reason', () => {
  const quietly = (changes: Partial<RunRecord>, collected: number) => {
    const run = exampleRun([], changes)
    const code = exitCode(run.totals, collected)
    return closing({ run, collected, code, report: 'reports/staging/r1', detail: 'quiet' }, style)
  }
  expect(quietly({ totals: held }, 1230)).toBe('')
  const notRun = [{ why: 'no user can be made', cells: 3 }]
  expect(quietly({ totals: { ...held, inconclusive: 3 }, notRun }, 1233)).toBe(`\
3 cells not run: no user can be made
report: reports/staging/r1
exit 3: nothing wrong found, but not all of it is proven
`)
  expect(quietly({ totals: { ...held, breach: 1 } }, 1231)).toBe(`\
report: reports/staging/r1
exit 1: findings: breach, lockout, wrong-layer or undecided
`)
  const left = { made: 3, swept: 2, left: ['row 1'] }
  expect(quietly({ totals: { ...held, error: 1 }, cleanup: left, complete: false }, 1240)).toBe(`\
the run was interrupted: what is here is true, but it is not all
9 of 1,240 collected cells have no verdict
made 3, swept 2, left 1: run \`trespass cleanup\`
  row 1
report: reports/staging/r1
exit 2: Trespass could not do its work
`)
})
