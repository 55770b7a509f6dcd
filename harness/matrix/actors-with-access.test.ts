import { expect, test } from 'vitest'
import { expectation, matrixFile, matrixText, readMatrixText } from '../../test/support/matrix-texts.ts'

const actors = `
actors:
  alice:  { kind: authenticated }
  runner: { kind: worker, role: task_worker }
  mailer: { kind: worker, role: mail_worker }
groups:
  workers: [runner, mailer]
  all:     [alice, runner]
`
const read = (text: string) => readMatrixText(text, {}, actors)

function cells(text: string): readonly string[] {
  const loaded = read(text)
  expect(loaded.problems).toEqual([])
  return (loaded.result?.matrix.cells ?? []).map(({ actor, operation }) => `${actor} ${operation}`)
}

const tasks = {
  fixtures: `fixtures: { task: { title: a }, paper: { table: public.papers, values: { title: b } } }`,
  resource: 'resource: { database: public.tasks }',
  operations: `operations:
  read:   { sql: "select * from public.tasks where id = $1", values: [$task.id], reads: task }
  peek:   { sql: "select * from public.papers where id = $1", values: [$paper.id], reads: [paper] }
  finish: { sql: "update public.tasks set title = 'z' where id = $1", values: [$task.id], changes: { task: { title: z } } }`,
}

test('a matrix of the API has no cell for a worker', () => {
  const fixtures = 'fixtures: { own: { owner_id: $actor.id, title: mine } }'
  const operations = 'operations: { read own: { select: own } }'
  const text = (said: string) => matrixText({ fixtures, operations, expect: `expect: ${said}` })
  expect(cells(text('{ "*": { "*": allow } }'))).toEqual(['alice read own'])
  expect(cells(text('{ all: { "*": allow } }'))).toEqual(['alice read own'])
})

test('a matrix of the database has cells for workers alone, and for rows of any table', () => {
  expect(cells(matrixText({ ...tasks, expect: 'expect: { workers: { "*": allow } }' }))).toEqual(
    ['runner', 'mailer'].flatMap((actor) => ['read', 'peek', 'finish'].map((operation) => `${actor} ${operation}`)),
  )
})

const database = 'what `runner` may do stands in a matrix with `database` as its resource'
const mistakes = [
  {
    it: 'an expectation for a worker who cannot ask',
    text: matrixText({
      fixtures: 'fixtures: { own: { title: mine } }',
      operations: 'operations: { read own: { select: own } }',
      expect: 'expect: { ‸runner: { "*": allow }, "*": { "*": allow } }',
    }),
    code: 'cannot-ask',
    found: 'the actor `runner` of kind `worker`, who cannot ask for a table',
    expected: 'an actor of kind `anon`, `authenticated` or `anonymous-auth`',
    hint: database,
  },
  {
    it: 'an expectation for a group of which nobody can ask',
    text: matrixText({
      fixtures: 'fixtures: { own: { title: mine } }',
      operations: 'operations: { read own: { select: own } }',
      expect: 'expect: { ‸workers: { "*": allow }, "*": { "*": allow } }',
    }),
    code: 'cannot-ask',
    found: 'the actor `runner` of kind `worker`, who cannot ask for a table',
    expected: 'an actor of kind `anon`, `authenticated` or `anonymous-auth`',
    hint: database,
  },
  {
    it: 'an expectation for a user at the database',
    text: matrixText({ ...tasks, expect: 'expect: { ‸alice: { "*": allow }, "*": { "*": allow } }' }),
    code: 'cannot-ask',
    found: 'the actor `alice` of kind `authenticated`, who cannot ask for a database',
    expected: 'an actor of kind `worker`',
    hint: 'what `alice` may do stands in a matrix with `table`, `view`, `function`, `bucket`, `channel`, `http`, `edge_function`, `auth` or `graphql` as its resource',
  },
  {
    it: 'a statement that says nothing of what it does',
    text: matrixText({ ...tasks, operations: 'operations: { ‸begin: { sql: begin } }' }),
    code: 'nothing-to-judge',
    found: 'a statement that says nothing of what it does',
    expected: '`reads`, `changes`, `removes` or `adds`: by its effect a cell is judged',
  },
  {
    it: 'a statement that could write to anybody’s rows',
    text: matrixText({
      ...tasks,
      operations: 'operations: { ‸clear: { sql: "delete from public.tasks", removes: [task] } }',
    }),
    code: 'unbounded-statement',
    found: 'a statement that writes and is given nothing of this run',
    expected: '`$run`, `$unique` or a column of a fixture in `values`',
    hint: 'without it, the statement would write to the rows of other people',
  },
]

test.each(mistakes)('$it is refused', (mistake) => {
  const [text, problem] = expectation(mistake, matrixFile)
  expect(read(text).problems).toEqual([problem])
})
