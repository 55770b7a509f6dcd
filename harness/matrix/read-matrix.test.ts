import { expect, test } from 'vitest'
import { matrixFile, matrixText, readMatrixText, withOperations } from '../../test/support/matrix-texts.ts'
import type { LoadedMatrix } from '../model/matrix.ts'

function load(text: string): LoadedMatrix {
  const { result, problems } = readMatrixText(text)
  expect(problems).toEqual([])
  if (result === undefined) throw new Error('no matrix')
  return result
}

test('a matrix is read with its fixtures and operations', () => {
  const { matrix } = load(
    matrixText({
      resource: 'resource: { table: public.documents, key: [id] }',
      fixtures:
        'fixtures:\n  own: { title: mine }\n  team: { table: public.teams, key: [slug], values: { slug: $unique } }',
      operations:
        'operations:\n  read: { select: own, columns: [id], proves: [DOC-1] }\n  read it: { select: own }\n' +
        '  tell: { distinguish: [read, read it] }',
    }),
  )
  expect(matrix).toMatchObject({
    name: 'documents',
    file: matrixFile,
    resource: { kind: 'table', name: 'public.documents', key: ['id'] },
    invariants: { 'DOC-1': 'A document is read by its owner.' },
  })
  expect(matrix.fixtures).toEqual([
    {
      name: 'own',
      table: 'public.documents',
      key: ['id'],
      values: { title: 'mine' },
      at: { file: matrixFile, line: 5, column: 3 },
    },
    {
      name: 'team',
      table: 'public.teams',
      key: ['slug'],
      values: { slug: '$unique' },
      at: { file: matrixFile, line: 6, column: 3 },
    },
  ])
  expect(matrix.operations).toEqual([
    {
      name: 'read',
      path: 'data-api',
      verb: 'select',
      body: { select: 'own', columns: ['id'] },
      proves: ['DOC-1'],
      at: { file: matrixFile, line: 8, column: 3 },
    },
    {
      name: 'read it',
      path: 'data-api',
      verb: 'select',
      body: { select: 'own' },
      proves: [],
      at: { file: matrixFile, line: 9, column: 3 },
    },
    {
      name: 'tell',
      path: null,
      verb: 'distinguish',
      body: { distinguish: ['read', 'read it'] },
      pair: ['read', 'read it'],
      proves: [],
      at: { file: matrixFile, line: 10, column: 3 },
    },
  ])
})

test('a function has the verbs of its own path', () => {
  const { matrix } = load(
    matrixText({
      resource: 'resource: { function: public.archive, of: public.documents }',
      fixtures: 'fixtures: { own: { table: public.documents, values: {} } }',
      operations: 'operations: { archive: { call: { id: $own.id }, changes: { own: { done: true } } } }',
    }),
  )
  expect(matrix.resource).toEqual({ kind: 'function', name: 'public.archive', of: 'public.documents' })
  expect(matrix.operations.map(({ path, verb }) => [path, verb])).toEqual([['rpc', 'call']])
})

test('aliases have the value of their anchor, and keep positions', () => {
  const text = matrixText({ fixtures: 'fixtures:\n  own: &row { title: mine }\n  theirs: *row' })
  const { matrix, locate } = load(text)
  expect(matrix.fixtures.map(({ values }) => values)).toEqual([{ title: 'mine' }, { title: 'mine' }])
  expect(locate(['fixtures', 'theirs'])).toEqual({ file: matrixFile, line: 6, column: 11 })
  expect(locate(['fixtures', 'theirs', 'title'])).toEqual({ file: matrixFile, line: 5, column: 22 })
})

test('a position is that of the value, of the key when asked, and else of the nearest parent', () => {
  const { locate } = load(matrixText())
  expect(locate(['resource', 'table'])).toEqual({ file: matrixFile, line: 2, column: 20 })
  expect(locate(['resource', 'table'], 'key')).toEqual({ file: matrixFile, line: 2, column: 13 })
  expect(locate(['resource', 'view'])).toEqual({ file: matrixFile, line: 2, column: 1 })
  expect(locate(['nothing', 'at', 'all'])).toEqual({ file: matrixFile, line: 1, column: 1 })
})

test('an update that changes one column of two, or renews a unique one, is fine', () => {
  load(withOperations('  rename: { update: own, set: { title: mine, done: true } }'))
  load(
    matrixText({
      fixtures: 'fixtures: { own: { slug: $unique } }',
      operations: 'operations: { renew: { update: own, set: { slug: $unique } } }',
    }),
  )
})

test('rows of the world may be read and expected', () => {
  load(
    matrixText({
      resource: 'resource: { table: public.organizations }',
      operations: 'operations: { read: { select: acme }, list: { select: "*" } }',
      expect: 'expect: { "*": { read: allow, list: { allow: { exactly: [acme] } } } }',
    }),
  )
})

test('mistakes of all sections are reported at once', () => {
  const { problems } = readMatrixText(`matrix: a.b
resource: { table: documents }
fixtures: { own: { id: $nobody.id } }
operations: { read: { selct: own }, drop: { delete: own, proves: DOC-1 } }
expect: { alicia: { read: allow } }
`)
  expect(problems.map(({ code, at }) => `${at.line}:${at.column} ${code}`)).toEqual([
    '1:1 name-form',
    '2:20 wrong-value',
    '3:24 unknown-reference',
    '4:21 no-verb',
    '4:66 wrong-type',
    '5:11 unknown-actor',
  ])
})
