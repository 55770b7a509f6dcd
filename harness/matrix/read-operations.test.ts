import { describe, expect, test } from 'vitest'
import {
  expectation,
  type Mistake,
  matrixFile,
  matrixText,
  readMatrixText,
  withOperations,
} from '../../test/support/matrix-texts.ts'

const verbs = '`select`, `insert`, `upsert`, `update`, `delete`, `subscribe` or `distinguish`'

const removal = {
  code: 'found-row',
  found: 'a removal of `own`, which is found and not made',
  expected: 'a fixture that is made, with `values`',
  hint: 'a found row exists once, and all cells need it: once removed, it cannot be put back as it was',
}

const mistakes: readonly Mistake[] = [
  {
    it: 'no operation',
    text: matrixText({ operations: 'operations: ‸{}' }),
    code: 'no-cell',
    found: 'no operation',
    expected: 'at least one combination of actor and operation to try',
  },
  {
    it: 'an operation that is a text',
    text: withOperations('  read: ‸select own'),
    code: 'wrong-type',
    found: '`select own`',
    expected: `a mapping with one of the verbs ${verbs}`,
  },
  {
    it: 'no verb',
    text: withOperations('  read: ‸{ selct: own }'),
    code: 'no-verb',
    found: 'no verb but `selct`',
    expected: `one of the verbs ${verbs}`,
    hint: 'did you mean `select`?',
  },
  {
    it: 'a value that may be any, in what is sent',
    text: withOperations('  rename own: { update: own, set: { title: ‸$changed } }'),
    code: 'reference-form',
    found: 'the reference `$changed`',
    expected: 'a value: only under `changes` may a column be said to change to any value',
    hint: 'an `update` names such columns under `stamped`',
  },
  {
    it: 'two verbs',
    text: withOperations('  read: ‸{ select: own, delete: own }'),
    code: 'several-verbs',
    found: '`select` and `delete` in one operation',
    expected: 'one verb in an operation',
  },
  {
    it: 'a verb of another resource',
    text: withOperations('  archive: { ‸call: {} }'),
    code: 'verb-elsewhere',
    found: 'the verb `call`, which the table `public.documents` does not have',
    expected: `one of the verbs ${verbs}`,
  },
  {
    it: 'an unknown key of a verb',
    text: withOperations('  read: { select: own, ‸colums: [id] }'),
    code: 'unknown-key',
    found: 'the key `colums`',
    expected: 'one of the keys `select`, `columns`, `filter`, `count`, `head`, `single`, `headers` or `proves`',
    hint: 'did you mean `columns`?',
  },
  {
    it: 'a removal of a row that is found',
    text: matrixText({
      fixtures: 'fixtures: { own: { find: { owner_id: $actor.id } } }',
      operations: 'operations: { drop: { delete: ‸own } }',
    }),
    ...removal,
  },
  {
    it: 'a function that removes a row that is found',
    text: matrixText({
      resource: 'resource: { function: public.leave }',
      fixtures: 'fixtures: { own: { table: public.documents, find: { owner_id: $actor.id } } }',
      operations: 'operations: { leave: { call: {}, removes: [‸own] } }',
    }),
    ...removal,
  },
  {
    it: 'a value of the wrong type',
    text: withOperations('  rename: { update: own, set: ‸renamed }'),
    code: 'wrong-type',
    found: '`renamed`',
    expected: 'a mapping',
  },
  {
    it: 'a key that is missing',
    text: withOperations('  ‸rename: { update: own }'),
    code: 'missing-key',
    found: 'no `set`',
    expected: 'a mapping',
  },
  {
    it: 'a word that is none of the possible ones',
    text: withOperations('  read: { select: own, count: ‸estimated }'),
    code: 'wrong-value',
    found: '`estimated`',
    expected: '`exact`',
  },
  {
    it: 'a value that fits none of two forms',
    text: withOperations('  add: { insert: ‸own }'),
    code: 'wrong-type',
    found: '`own`',
    expected: 'a mapping or a list',
  },
  {
    it: 'a mistake inside one of two forms',
    text: withOperations('  add: { insert: [{ owner_id: $actor.id }, ‸7] }'),
    code: 'wrong-type',
    found: '`7`',
    expected: 'a mapping',
  },
  {
    it: 'an unknown fixture',
    text: withOperations('  read: { select: ‸ownn }'),
    code: 'unknown-fixture',
    found: 'the fixture `ownn`',
    expected: 'a fixture of this matrix or a row of the world',
    hint: 'did you mean `own`?',
  },
  {
    it: 'an unknown fixture that is written',
    text: withOperations('  drop: { delete: ‸their }'),
    code: 'unknown-fixture',
    found: 'the fixture `their`',
    expected: 'a fixture of this matrix or a row of the world',
    hint: 'did you mean `theirs`?',
  },
  {
    it: 'a row of another table',
    text: withOperations('  read: { select: ‸acme }'),
    code: 'fixture-elsewhere',
    found: 'the fixture `acme` of `public.organizations`',
    expected: 'a row of the table `public.documents`',
  },
  {
    it: 'a row of a table in a bucket',
    text: matrixText({
      resource: 'resource: { bucket: files }',
      fixtures: 'fixtures: { own: { table: public.documents, values: { owner_id: $actor.id } } }',
      operations: 'operations: { read: { download: ‸own } }',
    }),
    code: 'fixture-elsewhere',
    found: 'the fixture `own` of `public.documents`',
    expected: 'a row of the bucket `files`',
  },
  {
    it: 'all fixtures of two tables through a view',
    text: matrixText({
      resource: 'resource: { view: public.titles }',
      fixtures: 'fixtures: { a: { table: public.a, values: {} }, b: { table: public.b, values: {} } }',
      operations: 'operations: { list: { select: ‸"*" } }',
    }),
    code: 'no-of',
    found: 'all fixtures, of `public.a` and `public.b`',
    expected: '`of:` in `resource`, the table whose rows are meant',
  },
  {
    it: 'all fixtures of a table that has none',
    text: matrixText({
      resource: 'resource: { table: public.remote, key: [id] }',
      fixtures: 'fixtures: {}',
      operations: 'operations: { list: { select: ‸"*" } }',
    }),
    code: 'nothing-to-read',
    found: 'all fixtures of `public.remote`, and there is none',
    expected: 'a fixture, whose row shows that the read works for an allowed actor',
    hint: 'A row that the run cannot make, such as one of a foreign table, is found: `fixtures: { there: { find: { id: 1 } } }`.',
  },
  {
    it: 'a write to the world',
    text: matrixText({
      resource: 'resource: { table: public.organizations }',
      operations: 'operations: { rename: { update: ‸acme, set: { name: New } } }',
    }),
    code: 'shared-row',
    found: 'a write to `acme`, a row of the world',
    expected: 'a fixture of this matrix: every cell that writes has its own',
  },
  {
    it: 'an unknown invariant',
    text: withOperations('  read: { select: own, proves: [DOC-1, ‸DOC-2] }'),
    code: 'unknown-invariant',
    found: 'the invariant `DOC-2`',
    expected: 'an invariant of this matrix',
    hint: 'did you mean `DOC-1`?',
  },
  {
    it: 'an unknown reference',
    text: withOperations('  add: { insert: { owner_id: ‸$nobody.id } }'),
    code: 'unknown-reference',
    found: 'the reference `$nobody.id`',
    expected: 'the name of an actor, of a row of the world or of a fixture',
    hint: 'a dollar sign itself is written `$$`',
  },
  {
    it: 'a new row of nobody',
    text: withOperations('  add: { insert: ‸{ title: new } }'),
    code: 'row-of-nobody',
    found: 'a new row that holds nothing of this run',
    expected: '`$actor.id`, `$run`, `$unique`, `$uuid` or a column of another row in one of its values',
    hint: 'without it, the row cannot be distinguished from the rows of other people, nor removed afterwards',
  },
  {
    it: 'one new row of nobody among several',
    text: withOperations('  add: { insert: [{ owner_id: $actor.id }, ‸{ title: new }] }'),
    code: 'row-of-nobody',
    found: 'a new row that holds nothing of this run',
    expected: '`$actor.id`, `$run`, `$unique`, `$uuid` or a column of another row in one of its values',
    hint: 'without it, the row cannot be distinguished from the rows of other people, nor removed afterwards',
  },
  {
    it: 'a new row that is found by nothing of this run',
    text: withOperations('  add: { insert: ‸{ owner_id: $actor.id, title: new }, identify: [title] }'),
    code: 'row-of-nobody',
    found: 'a new row that holds nothing of this run in the columns of `identify`',
    expected: '`$actor.id`, `$run`, `$unique`, `$uuid` or a column of another row in one of its values',
    hint: 'without it, the row cannot be distinguished from the rows of other people, nor removed afterwards',
  },
  {
    it: 'a new row that is found by a column it does not have',
    text: withOperations('  add: { insert: { owner_id: $actor.id }, identify: [owner_id, ‸titel] }'),
    code: 'identify',
    found: 'the column `titel`',
    expected: 'a column of the new row',
  },
  {
    it: 'an update that changes nothing',
    text: withOperations('  rename: { update: own, set: ‸{ title: mine } }'),
    code: 'no-change',
    found: 'no change: `own` has these values already',
    expected: 'a value that differs from the fixture, so that a change shows',
  },
  {
    it: 'an update without a column',
    text: withOperations('  rename: { update: own, set: ‸{} }'),
    code: 'no-change',
    found: 'no change: `own` has these values already',
    expected: 'a value that differs from the fixture, so that a change shows',
  },
  {
    it: 'a comparison with an unknown operation',
    text: withOperations('  read: { select: own }\n  tell: { distinguish: [read, ‸reed] }'),
    code: 'unknown-operation',
    found: 'the operation `reed`',
    expected: 'an operation of this matrix',
    hint: 'did you mean `read`?',
  },
  {
    it: 'a comparison of an operation with itself',
    text: withOperations('  read: { select: own }\n  tell: { distinguish: ‸[read, read] }'),
    code: 'same-operation',
    found: '`read` twice',
    expected: 'two different operations',
  },
  {
    it: 'a comparison of a comparison',
    text: withOperations(
      '  a: { select: own }\n  b: { select: theirs }\n  c: { distinguish: [a, b] }\n  d: { distinguish: [a, ‸c] }',
    ),
    code: 'compared-comparison',
    found: 'the operation `c`, which compares',
    expected: 'an operation that asks the service',
  },
  {
    it: 'a comparison of three',
    text: withOperations('  a: { select: own }\n  b: { select: theirs }\n  c: { distinguish: ‸[a, b, a] }'),
    code: 'wrong-value',
    found: 'a list',
    expected: 'at most 2 entries',
  },
  ...['a.b', '$own', '"*"', '"a, b"'].map((name) => ({
    it: `an operation of the name ${name}`,
    text: withOperations(`  ‸${name}: { select: own }`),
    code: 'name-form',
    found: `the name \`${name.replace(/["']/g, '')}\` for an operation`,
    expected: 'a name without comma, dot, `$`, `›` or braces, and not `*`',
  })),
]

describe('a read of all fixtures where there is none', () => {
  const readsOf = (decisions: string) =>
    readMatrixText(
      matrixText({
        fixtures: '',
        operations: 'operations: { list: { select: "*" }, add: { insert: { title: "t $unique" } } }',
        expect: decisions,
      }),
    ).problems.map(({ code }) => code)

  test.each(['{ "*": { add: deny } }', '{ "*": { "*": define } }', '{ alice: { add: allow }, "*": { list: define } }'])(
    'is read while no cell of it is decided: %s',
    (decisions) => {
      expect(readsOf(`expect: ${decisions}`)).toEqual([])
    },
  )

  test.each(['{ "*": { list: deny } }', '{ alice: { list: allow }, "*": { list: define } }'])(
    'is refused once a cell of it is decided: %s',
    (decisions) => {
      expect(readsOf(`expect: ${decisions}`)).toEqual(['nothing-to-read'])
    },
  )
})

describe('rows of others', () => {
  const call = (keys: string) => `matrix: list
resource: { function: public.list, of: public.documents }
fixtures:
  theirs: { table: public.documents, values: { owner_id: $actor.id } }
operations:
  list: { call: {}${keys} }
expect: { "*": { "*": deny } }
`

  test('are allowed by an operation that reads', () => {
    const { result, problems } = readMatrixText(call(', reads: theirs, others: allow'))
    expect(problems).toEqual([])
    expect(result?.matrix.operations[0]?.others).toBe('allow')
  })

  test.each([
    [', others: allow', 'others-unused'],
    [', reads: theirs, others: deny', 'wrong-value'],
  ])('are no option of %j', (keys, code) => {
    expect(readMatrixText(call(keys)).problems.map((problem) => problem.code)).toEqual([code])
  })

  test('are no option of a request that is bounded to its fixtures', () => {
    const { problems } = readMatrixText(withOperations('  read: { select: own, others: allow }'))
    expect(problems.map((problem) => problem.code)).toEqual(['unknown-key'])
  })
})

test.each(mistakes)('$it is refused', (mistake) => {
  const [text, problem] = expectation(mistake, matrixFile)
  expect(readMatrixText(text).problems).toEqual([problem])
})
