import { expect, test } from 'vitest'
import { expectation, type Mistake, matrixFile, matrixText, readMatrixText } from '../../test/support/matrix-texts.ts'

const referenceForms =
  '`$run`, `$unique`, `$uuid`, `$number`, `$date`, `$future`, `$name.column` or, for a name with spaces, quotes or hyphens, `$' +
  '{name.column}`'

const mistakes: readonly Mistake[] = [
  {
    it: 'a fixture without values',
    text: matrixText({ fixtures: 'fixtures: { own: { title: mine }, ‸team: { table: public.teams } }' }),
    code: 'missing-key',
    found: 'no `values`',
    expected: 'a mapping',
  },
  {
    it: 'an unknown key beside the values',
    text: matrixText({ fixtures: 'fixtures: { own: { table: public.documents, values: {}, ‸keys: [id] } }' }),
    code: 'unknown-key',
    found: 'the key `keys`',
    expected: 'one of the keys `table`, `key` or `values`',
    hint: 'did you mean `key`?',
  },
  {
    it: 'plain values for a view',
    text: matrixText({
      resource: 'resource: { view: public.titles }',
      fixtures: 'fixtures: { own: ‸{ title: mine } }',
      operations: 'operations: { read: { select: own } }',
    }),
    code: 'fixture-table',
    found: 'plain values, though the view `public.titles` holds no rows of its own',
    expected: '`{ table: …, values: { … } }`',
  },
  {
    it: 'a row that is found by nothing of this run',
    text: matrixText({ fixtures: 'fixtures: { own: { find: ‸{ title: mine } } }' }),
    code: 'row-of-nobody',
    found: 'a row that is found by nothing of this run',
    expected: "a user's `id`, `$run`, or the key of another row of this run in one of its columns",
    hint: "without it, it could be another user's row",
  },
  {
    it: 'a row that is found by what is new for every row',
    text: matrixText({ fixtures: 'fixtures: { own: { find: { owner_id: $actor.id, title: ‸"mine $unique" } } }' }),
    code: 'found-unique',
    found: '`$unique`, which no row can hold already',
    expected: 'a value that identifies the row that is there',
  },
  {
    it: 'a row that is both made and found',
    text: matrixText({ fixtures: 'fixtures: { own: { find: { owner_id: $actor.id }, ‸values: { title: mine } } }' }),
    code: 'unknown-key',
    found: 'the key `values`',
    expected: 'one of the keys `table`, `key` or `find`',
  },
  {
    it: 'a row elsewhere that is found by a text',
    text: matrixText({ fixtures: 'fixtures: { own: { title: mine }, team: { table: public.teams, find: ‸acme } }' }),
    code: 'wrong-type',
    found: '`acme`',
    expected: 'a mapping',
  },
  {
    it: 'a row that is found by an unknown reference',
    text: matrixText({ fixtures: 'fixtures: { own: { find: { owner_id: ‸$alicia.id } } }' }),
    code: 'unknown-reference',
    found: 'the reference `$alicia.id`',
    expected: 'the name of an actor, of a row of the world or of a fixture',
    hint: 'did you mean `alice`?',
  },
  {
    it: 'a row that is found in a view',
    text: matrixText({
      resource: 'resource: { view: public.titles }',
      fixtures: 'fixtures: { own: ‸{ find: { id: $actor.id } } }',
      operations: 'operations: { read: { select: own } }',
    }),
    code: 'fixture-table',
    found: 'no `table`, though the view `public.titles` holds no rows of its own',
    expected: '`{ table: …, find: { … } }`',
  },
  {
    it: 'an unknown reference',
    text: matrixText({ fixtures: 'fixtures: { own: { owner_id: ‸$alicia.id } }' }),
    code: 'unknown-reference',
    found: 'the reference `$alicia.id`',
    expected: 'the name of an actor, of a row of the world or of a fixture',
    hint: 'did you mean `alice`?',
  },
  {
    it: 'a reference without a column',
    text: matrixText({ fixtures: 'fixtures: { own: { owner_id: ‸$alice } }' }),
    code: 'reference-form',
    found: 'the reference `$alice`',
    expected: referenceForms,
    hint: 'a dollar sign itself is written `$$`',
  },
  {
    it: 'a dollar sign of its own',
    text: matrixText({ fixtures: 'fixtures: { own: { title: ‸costs 5 $ } }' }),
    code: 'reference-form',
    found: 'the reference `$`',
    expected: referenceForms,
    hint: 'a dollar sign itself is written `$$`',
  },
  {
    it: 'a column that a user does not have',
    text: matrixText({ fixtures: 'fixtures: { own: { owner_id: ‸$actor.uid } }' }),
    code: 'unknown-reference',
    found: 'the reference `$actor.uid`',
    expected: "one of a user's columns: `id` and `email`",
    hint: 'did you mean `id`?',
  },
  {
    it: 'the user of an actor that has none',
    text: matrixText({ fixtures: 'fixtures: { own: { owner_id: ‸$visitor.id } }' }),
    code: 'no-user',
    found: 'the reference `$visitor.id`: an `anon` actor has no user',
    expected: 'an actor that signs in',
  },
  {
    it: 'fixtures in a circle',
    text: matrixText({ fixtures: 'fixtures: { ‸own: { title: $theirs.title }, theirs: { title: $own.title } }' }),
    code: 'fixture-circle',
    found: 'fixtures that refer to one another in a circle: `own` → `theirs` → `own`',
    expected: 'a fixture that can be made first',
  },
  {
    it: 'a fixture with the name of an actor',
    text: matrixText({ fixtures: 'fixtures: { own: {}, ‸alice: { title: mine } }' }),
    code: 'name-taken',
    found: 'the name `alice` for a fixture',
    expected: 'a name that is free: this one is an actor',
  },
  {
    it: 'a fixture with a word of references',
    text: matrixText({ fixtures: 'fixtures: { own: {}, ‸actor: { title: mine } }' }),
    code: 'name-taken',
    found: 'the name `actor` for a fixture',
    expected: 'a name that is free: this one is a word of its own in references',
  },
  ...['a.b', '$own', "'*'", '"a, b"'].map((name) => ({
    it: `a fixture of the name ${name}`,
    text: matrixText({ fixtures: `fixtures: { own: {}, ‸${name}: { title: mine } }` }),
    code: 'name-form',
    found: `the name \`${name.replace(/["']/g, '')}\` for a fixture`,
    expected: 'a name without comma, dot, `$`, `›` or braces, and not `*`',
  })),
]

test.each(mistakes)('$it is refused', (mistake) => {
  const [text, problem] = expectation(mistake, matrixFile)
  expect(readMatrixText(text).problems).toEqual([problem])
})

test('a row that exists already is declared by the columns by which it is found', () => {
  const resource = 'resource: { table: public.documents, key: [owner_id] }'
  const theirs = 'theirs: { table: public.notes, key: [slug], find: { owner_id: $bob.id, note: null } }'
  const plain = 'plain: { find: me, owner_id: $bob.id }'
  const text = matrixText({
    resource,
    fixtures: `fixtures: { own: { find: { owner_id: $actor.id } }, ${theirs}, ${plain} }`,
  })
  const { result, problems } = readMatrixText(text.replace('rename own', 'rename'))
  expect(problems).toEqual([])
  expect(result?.matrix.fixtures.map(({ at: _, ...row }) => row)).toEqual([
    { name: 'own', table: 'public.documents', key: ['owner_id'], values: { owner_id: '$actor.id' }, found: true },
    { name: 'theirs', table: 'public.notes', key: ['slug'], values: { owner_id: '$bob.id', note: null }, found: true },
    { name: 'plain', table: 'public.documents', key: ['owner_id'], values: { find: 'me', owner_id: '$bob.id' } },
  ])
})
