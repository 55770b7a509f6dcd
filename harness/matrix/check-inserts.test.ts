import { expect, test } from 'vitest'
import { catalogProblems } from '../../test/support/example-catalog.ts'
import { expectation, matrixFile, matrixText } from '../../test/support/matrix-texts.ts'

const memberships = (fixtures: string, values: string, expected = 'allow') =>
  matrixText({
    resource: 'resource: { table: public.memberships }',
    fixtures: `fixtures: { ${fixtures} }`,
    operations: `operations: { join: { insert: ${values} } }`,
    expect: `expect: { alice: { join: ${expected} }, "*": { join: deny } }`,
  })

const met = {
  code: 'insert-meets-fixture',
  found: '',
  expected: 'a row that no fixture and no row of the world takes the place of',
  hint: 'Refer to another parent row, such as a fixture of its own, or put `$unique` into a column of the key.',
}

test.each([
  ['a row of the world', '', '‸{ organization_id: $acme.id, user_id: $actor.id }', 'alice in acme'],
  [
    'a row of the world, by braces',
    '',
    '‸{ organization_id: "\u0024{acme.id}", user_id: "\u0024{actor.id}" }',
    'alice in acme',
  ],
  [
    'a fixture of the actor',
    'mine: { organization_id: $beta.id, user_id: $actor.id }, beta: { table: public.organizations, values: { name: b } }',
    '‸{ organization_id: $beta.id, user_id: $alice.id }',
    'mine',
  ],
])('an allowed insert that meets %s is refused', (_, fixtures, values, row) => {
  const found = `the same \`organization_id\` and \`user_id\` as in the row \`${row}\`, which the run makes before the insert`
  const [text, problem] = expectation({ ...met, it: '', text: memberships(fixtures, values), found }, matrixFile)
  expect(catalogProblems(text)).toEqual([problem])
})

test.each([
  ['an insert that is denied', '', '{ organization_id: $acme.id, user_id: $actor.id }', 'deny'],
  ['an insert for another user', '', '{ organization_id: $acme.id, user_id: $bob.id }', 'allow'],
  [
    'an insert that names the fixture, and so means to meet it',
    'mine: { organization_id: $beta.id, user_id: $actor.id }, beta: { table: public.organizations, values: { name: b } }',
    '{ organization_id: $mine.organization_id, user_id: $mine.user_id }',
    'allow',
  ],
])('%s may be written', (_, fixtures, values, expected) => {
  expect(catalogProblems(memberships(fixtures, values, expected))).toEqual([])
})

test.each([
  ['{}', '{}', ['insert-meets-fixture']],
  ['{ status: over }', '{}', []],
  ['{}', '{ ended_at: now }', []],
])('the key of some rows is met where it holds for both: %s and %s', (kept, added, codes) => {
  const row = (owner: string, rest: string) => rest.replace('{', `{ owner_id: ${owner},`)
  const text = matrixText({
    resource: 'resource: { table: public.plans }',
    fixtures: `fixtures: { own: ${row('$alice.id', kept)} }`,
    operations: `operations: { subscribe: { insert: ${row('$actor.id', added)} } }`,
    expect: 'expect: { alice: { subscribe: allow }, "*": { subscribe: deny } }',
  })
  expect(catalogProblems(text).map(({ code }) => code)).toEqual(codes)
})
