import { expect, test } from 'vitest'
import { exampleBreach, exampleCell, exampleRun } from '../../../test/support/example-records.ts'
import { exampleRace, exampleScenario } from '../../../test/support/example-scenarios.ts'
import { type Results, resultText } from './results.ts'
import type { TerminalStyle } from './terminal-style.ts'

const style: TerminalStyle = { color: false, unicode: true, width: 80 }
const of = (changes: Partial<Results>, detail: Results['detail'] = 'normal') =>
  resultText({ cells: [], scenarios: [], run: exampleRun([]), detail, ...changes }, style)
const mixed: Partial<Results> = {
  cells: [exampleCell({ matrix: 'notes' }), exampleBreach()],
  scenarios: [exampleScenario({ id: 'seats' }), exampleRace()],
}

test('a run that held is a line for each matrix and each scenario', () => {
  const text = of({ cells: [exampleCell(), exampleCell({ matrix: 'notes' })], scenarios: [exampleScenario()] })
  expect(text).toMatch(
    /^matrices\n {2}✓ documents {2}1 cell {3}table .*\n {2}✓ notes {6}1 cell {3}table .*\n\nscenarios\n {2}✓ \S.*\n\n$/,
  )
})

test('failures come last: the table, then the findings, a scenario with its command', () => {
  const text = of(mixed)
  const places = ['matrices\n', 'scenarios\n', '\ndocuments  table', 'BREACH  documents', 'BREACH  one place each'].map(
    (part) => text.indexOf(part),
  )
  expect(places).toEqual([...places].sort((one, other) => one - other))
  expect(places.every((place) => place >= 0)).toBe(true)
  expect(text).not.toContain('notes  table')
  expect(text).toContain('  repeat      npx trespass run --target staging --scenario "one place each"')
})

test('quietly there are findings alone, and nothing where there is none', () => {
  expect(of({ cells: [exampleCell()], scenarios: [exampleScenario()] }, 'quiet')).toBe('')
  expect(of(mixed, 'quiet')).toMatch(/^BREACH {2}documents[\s\S]*\n\nBREACH {2}one place each/)
})

test('in detail there is the table of every matrix', () => {
  expect(of(mixed, 'verbose')).toMatch(/^notes {2}table[\s\S]*\ndocuments {2}table[\s\S]*\nscenarios\n/)
})

test('cells that one cause explains are counted beside it, and are no findings', () => {
  const cells = [exampleBreach(), exampleBreach({ actor: 'bob' })]
  const text = of({ cells, explained: { cells, cause: 'no table is granted' } }, 'quiet')
  expect(text).toBe('2 findings have one cause: no table is granted\n\n')
})
