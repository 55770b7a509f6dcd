import { expect, test } from 'vitest'
import { catalogProblems, own, read, table } from '../../test/support/example-catalog.ts'
import { expectation, type Mistake, matrixFile, matrixText } from '../../test/support/matrix-texts.ts'

const mistakes: readonly Mistake[] = [
  {
    it: 'an unknown table of a fixture',
    text: matrixText({
      fixtures: `fixtures: { ${own}, log: { table: ‸public.logs, values: {} } }`,
      operations: read,
    }),
    code: 'unknown-relation',
    found: 'the table `public.logs`',
    expected: 'a table that the target has',
    hint: 'did you mean `public.log`?',
  },
  {
    it: 'a fixture in a view',
    text: matrixText({
      fixtures: `fixtures: { ${own}, title: { table: ‸public.titles, values: {} } }`,
      operations: read,
    }),
    code: 'relation-kind',
    found: 'the view `public.titles`',
    expected: 'a table, in which a row can be made',
  },
  {
    it: 'a fixture elsewhere without a key',
    text: matrixText({ fixtures: `fixtures: { ${own}, ‸log: { table: public.log, values: {} } }`, operations: read }),
    code: 'no-key',
    found: 'no `key`, and `public.log` has no primary key',
    expected: '`key: […]`, the columns that identify a row',
  },
  {
    it: 'an unknown column of plain values',
    text: matrixText({ fixtures: 'fixtures: { own: { owner_id: $bob.id, ‸titel: mine } }', operations: read }),
    code: 'unknown-column',
    found: 'the column `titel`',
    expected: 'a column of `public.documents`',
    hint: 'did you mean `title`?',
  },
  {
    it: 'an unknown column of a fixture elsewhere',
    text: matrixText({
      fixtures: `fixtures: { ${own}, team: { table: public.organizations, values: { ‸title: x } } }`,
      operations: read,
    }),
    code: 'unknown-column',
    found: 'the column `title`',
    expected: 'a column of `public.organizations`',
  },
  {
    it: 'an unknown column of a fixture that names its own table',
    text: matrixText({
      fixtures: 'fixtures: { own: { table: public.documents, values: { owner_id: $bob.id, ‸titel: x } } }',
      operations: read,
    }),
    code: 'unknown-column',
    found: 'the column `titel`',
    expected: 'a column of `public.documents`',
    hint: 'did you mean `title`?',
  },
  {
    it: 'an unknown column by which a row is found',
    text: matrixText({
      fixtures: 'fixtures: { own: { find: { owner_id: $bob.id, ‸titel: mine } } }',
      operations: read,
    }),
    code: 'unknown-column',
    found: 'the column `titel`',
    expected: 'a column of `public.documents`',
    hint: 'did you mean `title`?',
  },
  {
    it: 'a row without a key that is found',
    text: matrixText({
      fixtures: `fixtures: { ${own}, ‸log: { table: public.log, find: { path: $own.id } } }`,
      operations: read,
    }),
    code: 'no-key',
    found: 'no `key`, and `public.log` has no primary key',
    expected: '`key: […]`, the columns that identify a row',
  },
  ...[
    {
      it: 'a column with a constant',
      of: 'team: { table: public.organizations, values: { name: free } }',
      by: '$team.name',
    },
    { it: 'a column that the database fills in', of: own, by: '$own.slug' },
  ].map(({ it, of, by }) => ({
    it: `a row that is found by ${it} of a row of this run`,
    text: matrixText({
      fixtures: `fixtures: { ${of}, plan: { table: public.organizations, find: ‸{ name: ${by} } } }`,
      operations: 'operations: { add: { insert: { owner_id: $bob.id, title: $unique } } }',
    }),
    code: 'row-of-nobody',
    found: `\`${by}\`, which rows of other people may hold too`,
    expected: "a user's `id`, `$run`, or the key of another row of this run in one of its columns",
    hint: "without it, it could be another user's row",
  })),
  ...['words: 7', 'number: 7'].map((entry) => ({
    it: `a fixture with ${entry}`,
    text: matrixText({ fixtures: `fixtures: { own: { owner_id: $bob.id, ‸${entry} } }`, operations: read }),
    code: 'generated-column',
    found: `a value for \`${entry.split(':')[0]}\`, which is generated`,
    expected: 'no value: `public.documents` computes it',
  })),
  ...['title: mine', 'owner_id: null'].map((entry) => ({
    it: `a fixture of ${entry}, without a column that needs a value`,
    text: matrixText({ fixtures: `fixtures: { ‸own: { ${entry} } }`, operations: read }),
    code: 'missing-column',
    found: 'no value for `owner_id`',
    expected: 'a value for every column of `public.documents` that is NOT NULL and has no default',
  })),
  {
    it: 'a reference to a column that a fixture does not have',
    text: matrixText({
      fixtures: `fixtures: { ${own}, team: { table: public.organizations, values: { name: ‸$own.names } } }`,
      operations: read,
    }),
    code: 'unknown-column',
    found: 'the reference `$own.names`',
    expected: 'a column of `public.documents`',
  },
  {
    it: 'a reference to a column that a row of the world does not have',
    text: matrixText({
      fixtures: table,
      operations: 'operations: { read: { select: own, filter: { id: ‸$acme.ids } } }',
    }),
    code: 'unknown-column',
    found: 'the reference `$acme.ids`',
    expected: 'a column of `public.organizations`',
    hint: 'did you mean `id`?',
  },
]

test.each(mistakes)('$it is refused', (mistake) => {
  const [text, problem] = expectation(mistake, matrixFile)
  expect(catalogProblems(text)).toEqual([problem])
})

test('a row that is found needs no value for any column, and may be found by a computed column', () => {
  const found = [
    'own: { find: { owner_id: $actor.id, words: 7 } }',
    'other: { find: { title: $own.owner_id } }',
    'team: { table: public.organizations, values: { name: "Team $run" } }',
    'member: { table: public.memberships, find: { organization_id: $team.id } }',
    'namesake: { table: public.organizations, find: { name: $team.name } }',
  ]
  expect(catalogProblems(matrixText({ fixtures: `fixtures: { ${found.join(', ')} }`, operations: read }))).toEqual([])
})
