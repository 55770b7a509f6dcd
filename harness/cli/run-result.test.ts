import { expect, test } from 'vitest'
import { exampleBreach, exampleCell, exampleRun } from '../../test/support/example-records.ts'
import { exampleRace } from '../../test/support/example-scenarios.ts'
import { type Problem, TrespassError, WorkspaceProblems } from '../errors.ts'
import { notHeldIn } from '../evidence/not-held.ts'
import { failedResult, runResult } from './run-result.ts'

test('the result of a run contains the cells that did not hold, with the command that repeats it', () => {
  const cells = [exampleCell(), exampleBreach()]
  const run = exampleRun(cells, { workspace: 'api' })
  const notHeld = notHeldIn({ cells, scenarios: [exampleRace()] })
  const result = runResult({ run, collected: 3, code: 1, report: 'reports/x', notHeld, failures: [] })
  expect(result).toMatchObject({
    schema: 'trespass/result@1',
    exit: 1,
    report: 'reports/x',
    collected: 3,
    failures: [],
  })
  expect(result.run).toEqual(run)
  expect(result.findings.map(({ id, repeat }) => [id, repeat])).toEqual([
    [
      'documents › mallory › rename theirs',
      'npx trespass run --workspace api --target staging --cell "documents › mallory › rename theirs"',
    ],
    ['one place each', 'npx trespass run --workspace api --target staging --scenario "one place each"'],
  ])
})

test('where no run was opened, the result is the error with its code and its problems', () => {
  expect(failedResult(new TrespassError('usage', 'found x', { hint: 'see --help' }), 2)).toEqual({
    schema: 'trespass/result@1',
    exit: 2,
    error: { code: 'usage', message: 'found x', hint: 'see --help' },
  })
  const problem: Problem = {
    code: 'no-matrix',
    at: { file: 'matrices', line: 1, column: 1 },
    found: 'a',
    expected: 'b',
  }
  expect(failedResult(new WorkspaceProblems([problem]), 2).error).toMatchObject({ problems: [problem] })
  expect(failedResult(new Error('oops'), 2).error).toEqual({ code: null, message: 'oops' })
})
