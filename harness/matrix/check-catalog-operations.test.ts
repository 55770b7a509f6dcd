import { expect, test } from 'vitest'
import { catalogProblems, table } from '../../test/support/example-catalog.ts'
import { expectation, type Mistake, matrixFile, matrixText } from '../../test/support/matrix-texts.ts'

const mistakes: readonly Mistake[] = [
  {
    it: 'an unknown column to read',
    text: matrixText({ fixtures: table, operations: 'operations: { read: { select: own, columns: [id, ‸titel] } }' }),
    code: 'unknown-column',
    found: 'the column `titel`',
    expected: 'a column of `public.documents`',
    hint: 'did you mean `title`?',
  },
  {
    it: 'an unknown column to filter by',
    text: matrixText({ fixtures: table, operations: 'operations: { read: { select: own, filter: { ‸titel: x } } }' }),
    code: 'unknown-column',
    found: 'the column `titel`',
    expected: 'a column of `public.documents`',
    hint: 'did you mean `title`?',
  },
  {
    it: 'an unknown column to set',
    text: matrixText({ fixtures: table, operations: 'operations: { do: { update: own, set: { ‸titel: x } } }' }),
    code: 'unknown-column',
    found: 'the column `titel`',
    expected: 'a column of `public.documents`',
    hint: 'did you mean `title`?',
  },
  {
    it: 'an unknown column of a new row',
    text: matrixText({
      fixtures: table,
      operations: 'operations: { add: { insert: [{ owner_id: $actor.id }, { owner_id: $bob.id, ‸titel: x }] } }',
    }),
    code: 'unknown-column',
    found: 'the column `titel`',
    expected: 'a column of `public.documents`',
    hint: 'did you mean `title`?',
  },
  {
    it: 'a merge into whatever row has the values',
    text: matrixText({
      fixtures: table,
      operations: 'operations: { do: { upsert: ‸{ title: shared, owner_id: $actor.id }, on_conflict: [title] } }',
    }),
    code: 'merge-with-others',
    found: 'a merge by `title`, of which no value is this run’s',
    expected: '`$unique`, `$run`, `$actor.id` or a column of another row in one of them',
    hint: 'it would change another user’s row with the same values',
  },
  {
    it: 'a merge of a fixture into whatever row has the new values',
    text: matrixText({
      fixtures: table,
      operations: 'operations: { do: { upsert: own, values: ‸{ title: shared }, on_conflict: [title] } }',
    }),
    code: 'merge-with-others',
    found: 'a merge by `title`, of which no value is this run’s',
    expected: '`$unique`, `$run`, `$actor.id` or a column of another row in one of them',
    hint: 'it would change another user’s row with the same values',
  },
  {
    it: 'a generated column to set',
    text: matrixText({ fixtures: table, operations: 'operations: { do: { update: own, set: { ‸words: 7 } } }' }),
    code: 'generated-column',
    found: 'a value for `words`, which is generated',
    expected: 'no value: `public.documents` computes it',
  },
  {
    it: 'an unknown table that a function adds to',
    text: matrixText({
      resource: 'resource: { function: public.archive }',
      fixtures: '',
      operations:
        'operations: { a: { call: { document_id: "1" }, adds: { table: ‸public.logs, values: { path: $run } } } }',
    }),
    code: 'unknown-relation',
    found: 'the table `public.logs`',
    expected: 'a table that the target has',
    hint: 'did you mean `public.log`?',
  },
  {
    it: 'an unknown argument',
    text: matrixText({
      resource: 'resource: { function: public.archive }',
      fixtures: '',
      operations: 'operations: { a: { call: { document_id: "1", ‸forced: true } } }',
    }),
    code: 'unknown-argument',
    found: 'the argument `forced`',
    expected: 'an argument of `public.archive`: `document_id` or `force`',
    hint: 'did you mean `force`?',
  },
  {
    it: 'an argument that is missing',
    text: matrixText({
      resource: 'resource: { function: public.archive }',
      fixtures: '',
      operations: 'operations: { a: { call: ‸{ force: true } } }',
    }),
    code: 'missing-argument',
    found: 'no value for `document_id`',
    expected: 'a value for every argument of `public.archive` without a default',
  },
]

test.each(mistakes)('$it is refused', (mistake) => {
  const [text, problem] = expectation(mistake, matrixFile)
  expect(catalogProblems(text)).toEqual([problem])
})
