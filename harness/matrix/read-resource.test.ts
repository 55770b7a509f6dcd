import { expect, test } from 'vitest'
import { expectation, type Mistake, matrixFile, matrixText, readMatrixText } from './test-support.ts'

const mistakes: readonly Mistake[] = [
  {
    it: 'no resource',
    text: `‸${matrixText({ resource: '' })}`,
    code: 'missing-key',
    found: 'no `resource`',
    expected: 'one of the words `table`, `view`, `function`, `bucket`, `channel` or `database` with a name',
  },
  {
    it: 'an unknown kind of resource',
    text: matrixText({ resource: 'resource: ‸{ tabel: public.documents }' }),
    code: 'resource-kind',
    found: 'the keys `tabel`',
    expected: 'one of the words `table`, `view`, `function`, `bucket`, `channel` or `database` with a name',
    hint: 'did you mean `table`?',
  },
  {
    it: 'two resources',
    text: matrixText({ resource: 'resource: ‸{ table: public.documents, view: public.titles }' }),
    code: 'resource-kind',
    found: '`table` and `view` in one resource',
    expected: 'one of the words `table`, `view`, `function`, `bucket`, `channel` or `database` with a name',
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
