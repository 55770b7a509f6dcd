import { expect, test } from 'vitest'
import { catalog, catalogProblems, foreign, read, table } from '../../test/support/example-catalog.ts'
import {
  actorsFile,
  actorsText,
  expectation,
  type Mistake,
  matrixFile,
  matrixText,
  readActorsText,
} from '../../test/support/matrix-texts.ts'
import { checkWorldAgainstCatalog } from './check-catalog.ts'

const mistakes: readonly Mistake[] = [
  {
    it: 'an unknown table',
    text: matrixText({ resource: 'resource: { table: ‸public.documnets }', fixtures: table, operations: read }),
    code: 'unknown-relation',
    found: 'the table `public.documnets`',
    expected: 'a table that the target has',
    hint: 'did you mean `public.documents`?',
  },
  {
    it: 'an unknown view',
    text: matrixText({ resource: 'resource: { view: ‸public.title }', fixtures: foreign, operations: read }),
    code: 'unknown-relation',
    found: 'the view `public.title`',
    expected: 'a view that the target has',
    hint: 'did you mean `public.titles`?',
  },
  {
    it: 'an unknown function',
    text: matrixText({
      resource: 'resource: { function: ‸public.archives }',
      fixtures: foreign,
      operations: 'operations: { a: { call: {} } }',
    }),
    code: 'unknown-function',
    found: 'the function `public.archives`',
    expected: 'a function that the target has',
    hint: 'did you mean `public.archive`?',
  },
  {
    it: 'a view named as a table',
    text: matrixText({
      resource: 'resource: { table: ‸public.titles }',
      fixtures: 'fixtures: { own: {} }',
      operations: read,
    }),
    code: 'relation-kind',
    found: '`public.titles` as a table',
    expected: '`view: public.titles`, for it is a view',
  },
  {
    it: 'a table named as a view',
    text: matrixText({ resource: 'resource: { view: ‸public.documents }', fixtures: foreign, operations: read }),
    code: 'relation-kind',
    found: '`public.documents` as a view',
    expected: '`table: public.documents`, for it is a table',
  },
  {
    it: 'an unknown table behind a view',
    text: matrixText({
      resource: 'resource: { view: public.titles, of: ‸public.document }',
      fixtures: foreign,
      operations: read,
    }),
    code: 'unknown-relation',
    found: 'the table `public.document`',
    expected: 'a table that the target has',
    hint: 'did you mean `public.documents`?',
  },
  {
    it: 'an unknown column of the key',
    text: matrixText({
      resource: 'resource: { table: public.documents, key: [id, ‸titel] }',
      fixtures: 'fixtures: { other: { table: public.organizations, values: {} } }',
      operations: 'operations: { add: { insert: { owner_id: $bob.id, title: $unique } } }',
    }),
    code: 'unknown-column',
    found: 'the column `titel`',
    expected: 'a column of `public.documents`',
    hint: 'did you mean `title`?',
  },
  {
    it: 'a table without primary key and without `key`',
    text: matrixText({
      resource: '‸resource: { table: public.log }',
      fixtures: 'fixtures: { other: { table: public.organizations, values: {} } }',
      operations: 'operations: { add: { insert: { path: $unique } } }',
    }),
    code: 'no-key',
    found: 'no `key`, and `public.log` has no primary key',
    expected: '`key: […]`, the columns that identify a row',
  },
  {
    it: 'a view that does not show the key',
    text: matrixText({ resource: '‸resource: { view: public.counts }', fixtures: foreign, operations: read }),
    code: 'no-key',
    found: 'no `key`, and the view does not show `id`',
    expected: '`key: […]`, columns of `public.counts` that identify a row',
  },
  {
    it: 'a key column that the view computes',
    text: matrixText({
      resource: 'resource: { view: public.counts, key: [owner_id, ‸count] }',
      fixtures: foreign,
      operations: read,
    }),
    code: 'key-not-shared',
    found: 'the column `count`, which `public.documents` does not have',
    expected: 'columns that `public.counts` shows under the names that they have in `public.documents`',
    hint: 'both have `owner_id`',
  },
  {
    it: 'a key column that the view renames',
    text: matrixText({
      resource: 'resource: { view: public.renamed, key: [‸document_id] }',
      fixtures: foreign,
      operations: read,
    }),
    code: 'key-not-shared',
    found: 'the column `document_id`, which `public.documents` does not have',
    expected: 'columns that `public.renamed` shows under the names that they have in `public.documents`',
    hint: 'both have `owner_id` and `slug`',
  },
  {
    it: 'a key column of a function that the table of its rows does not have',
    text: matrixText({
      resource: 'resource: { function: public.archive, key: [‸identity] }',
      fixtures: foreign,
      operations: 'operations: { a: { call: { document_id: $own.id, force: true }, reads: own } }',
    }),
    code: 'key-not-shared',
    found: 'the column `identity`, which `public.documents` does not have',
    expected: 'columns that `public.archive` shows under the names that they have in `public.documents`',
  },
]

test.each(mistakes)('$it is refused', (mistake) => {
  const [text, problem] = expectation(mistake, matrixFile)
  expect(catalogProblems(text)).toEqual([problem])
})

const sound: Readonly<Record<string, string>> = {
  'a table': matrixText({ fixtures: table, operations: read }),
  'a view that shows the key': matrixText({
    resource: 'resource: { view: public.titles }',
    fixtures: foreign,
    operations: 'operations: { list: { select: "*", columns: [title, "upper:title", "owner(id)"] } }',
  }),
  'a view with a key': matrixText({
    resource: 'resource: { view: public.counts, key: [owner_id] }',
    fixtures: foreign,
    operations: read,
  }),
  'a table without primary key': matrixText({
    resource: 'resource: { table: public.log, key: [path] }',
    fixtures: 'fixtures: { own: { path: $unique } }',
    operations: read,
  }),
  'a function': matrixText({
    resource: 'resource: { function: public.archive }',
    fixtures: foreign,
    operations: 'operations: { a: { call: { document_id: $own.id, force: true } }, b: { call: { document_id: "1" } } }',
  }),
  'a function that takes its body whole': matrixText({
    resource: 'resource: { function: public.raw }',
    fixtures: '',
    operations: 'operations: { a: { call: { anything: 1 } } }',
  }),
  'a unique column whose parent is new in every copy': matrixText({
    resource: 'resource: { table: public.memberships }',
    fixtures:
      'fixtures: { team: { table: public.organizations, values: { name: Team } },' +
      ' own: { organization_id: $team.id, user_id: $bob.id } }',
    operations: 'operations: { leave: { delete: own } }',
  }),
  'a unique column in a fixture that is made once': matrixText({
    fixtures: 'fixtures: { own: { owner_id: $bob.id, slug: mine } }',
    operations: read,
  }),
  "a unique column that holds the actor's id, when cells only read": matrixText({
    resource: 'resource: { table: public.memberships }',
    fixtures: 'fixtures: { own: { organization_id: $acme.id, user_id: $actor.id } }',
    operations: read,
  }),
}

test.each(Object.entries(sound))('%s can be tried', (_, text) => {
  expect(catalogProblems(text)).toEqual([])
})

test.each<Mistake>([
  {
    it: 'an unknown table',
    text: actorsText.replace('public.organizations', '‸public.organisations'),
    code: 'unknown-relation',
    found: 'the table `public.organisations`',
    expected: 'a table that the target has',
    hint: 'did you mean `public.organizations`?',
  },
  {
    it: 'an unknown column',
    text: actorsText.replace('name:', '‸nam:'),
    code: 'unknown-column',
    found: 'the column `nam`',
    expected: 'a column of `public.organizations`',
    hint: 'did you mean `name`?',
  },
  {
    it: 'a reference to an unknown column',
    text: actorsText.replace('$acme.id', '‸$acme.ids'),
    code: 'unknown-column',
    found: 'the reference `$acme.ids`',
    expected: 'a column of `public.organizations`',
    hint: 'did you mean `id`?',
  },
])('$it in the world is refused', (mistake) => {
  const [text, problem] = expectation(mistake, actorsFile)
  const { result } = readActorsText(text)
  if (result === undefined) throw new Error('no actors')
  expect(checkWorldAgainstCatalog(result.roster, catalog, result.locateInActors)).toEqual([problem])
  expect(checkWorldAgainstCatalog(result.roster, catalog)).toMatchObject([{ code: problem.code }])
})
