import { expect, test } from 'vitest'
import { expectation, type Mistake, matrixFile, matrixText, readMatrixText } from './test-support.ts'

const referenceForms = '`$run`, `$unique`, `$name.column` or, for a name with spaces, `$' + '{name.column}`'

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
