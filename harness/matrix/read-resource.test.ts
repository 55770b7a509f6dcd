import { expect, test } from 'vitest'
import { expectation, type Mistake, matrixFile, matrixText, readMatrixText } from '../../test/support/matrix-texts.ts'
import { paths } from '../paths/registry.ts'
import { readResource } from './read-resource.ts'

const mistakes: readonly Mistake[] = [
  {
    it: 'no resource',
    text: `‸${matrixText({ resource: '' })}`,
    code: 'missing-key',
    found: 'no `resource`',
    expected:
      'one of the words `table`, `view`, `function`, `bucket`, `channel`, `database`, `http`, `edge_function`, `auth`, `graphql` or `job` with a name',
  },
  {
    it: 'an unknown kind of resource',
    text: matrixText({ resource: 'resource: ‸{ tabel: public.documents }' }),
    code: 'resource-kind',
    found: 'the keys `tabel`',
    expected:
      'one of the words `table`, `view`, `function`, `bucket`, `channel`, `database`, `http`, `edge_function`, `auth`, `graphql` or `job` with a name',
    hint: 'did you mean `table`?',
  },
  {
    it: 'two resources',
    text: matrixText({ resource: 'resource: ‸{ table: public.documents, view: public.titles }' }),
    code: 'resource-kind',
    found: '`table` and `view` in one resource',
    expected:
      'one of the words `table`, `view`, `function`, `bucket`, `channel`, `database`, `http`, `edge_function`, `auth`, `graphql` or `job` with a name',
  },
  {
    it: 'a table without its schema',
    text: matrixText({ resource: 'resource: { table: ‸documents }' }),
    code: 'wrong-value',
    found: '`documents`',
    expected: 'schema and name, such as `public.documents`',
    hint: 'did you mean `public.documents`?',
  },
  {
    it: 'a space at the end of a name',
    text: matrixText({ resource: 'resource: { table: ‸"public.documents " }' }),
    code: 'wrong-value',
    found: '`public.documents `',
    expected: 'schema and name, such as `public.documents`',
  },
  {
    it: 'a key that is no list',
    text: matrixText({ resource: 'resource: { table: public.documents, key: ‸id }' }),
    code: 'wrong-type',
    found: '`id`',
    expected: 'a list',
  },
  {
    it: 'another table behind a table',
    text: matrixText({ resource: 'resource: { table: public.documents, ‸of: public.documents }' }),
    code: 'unknown-key',
    found: 'the key `of`',
    expected: 'one of the keys `table` or `key`',
  },
]

test('a name may hold spaces', () => {
  const { problems } = readMatrixText(matrixText({ resource: 'resource: { table: public.Order Items }' }))
  expect(problems).toEqual([])
})

test.each(mistakes)('$it is refused', (mistake) => {
  const [text, problem] = expectation(mistake, matrixFile)
  expect(readMatrixText(text).problems).toEqual([problem])
})

/** Reads a resource alone. @returns it, or the code of what is wrong with it. */
function resourceOf(written: Readonly<Record<string, string>>): unknown {
  const codes: string[] = []
  return readResource(written, paths, ({ code }) => codes.push(code)) ?? codes
}

test.each([
  [{ http: '/api/notes' }, { kind: 'http', name: '/api/notes' }],
  [
    { http: '/', of: 'public.documents' },
    { kind: 'http', name: '/', of: 'public.documents' },
  ],
  [{ edge_function: 'check-out_2' }, { kind: 'edge_function', name: 'check-out_2' }],
])('a resource of team code is named by its path: %j', (written, read) => {
  expect(resourceOf(written)).toEqual(read)
})

test.each([
  { http: 'api/notes' },
  { http: '/notes?all=1' },
  { edge_function: 'public.checkout' },
  { edge_function: '_shared' },
])('another name is refused: %j', (written) => {
  expect(resourceOf(written)).toEqual([expect.any(String)])
})
