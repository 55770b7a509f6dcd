import { expect, test } from 'vitest'
import { catalog, catalogProblems, read } from '../../test/support/example-catalog.ts'
import {
  expectation,
  type Mistake,
  matrixFile,
  matrixText,
  readActorsText,
  readMatrixText,
} from '../../test/support/matrix-texts.ts'
import { paths } from '../paths/registry.ts'
import { withUserRows } from './check-unique.ts'

const mistakes: readonly Mistake[] = [
  {
    it: 'a constant in a unique column of a fixture that cells write',
    text: matrixText({
      fixtures: 'fixtures: { own: { owner_id: $bob.id, slug: ‸"mine $run" } }',
      operations: 'operations: { drop: { delete: own } }',
    }),
    code: 'shared-unique',
    found: 'the same `slug` in every copy of this fixture',
    expected: '`$unique` in a unique column, for every cell that writes gets a copy',
  },
  {
    it: 'a constant in a unique column of a fixture of every actor',
    text: matrixText({ fixtures: 'fixtures: { own: { owner_id: $actor.id, slug: ‸mine } }', operations: read }),
    code: 'shared-unique',
    found: 'the same `slug` in every copy of this fixture',
    expected: '`$unique` in a unique column, for every actor gets a copy',
  },
  {
    it: "the actor's id in a unique key of a fixture that cells write",
    text: matrixText({
      fixtures: 'fixtures: { ‸own: { owner_id: $actor.id, title: mine } }',
      operations: 'operations: { drop: { delete: own } }',
    }),
    code: 'shared-unique',
    found: 'the same `owner_id` and `title` in every copy of this fixture',
    expected: '`$unique` in a unique column, for every cell that writes gets a copy',
    hint: 'several cells of one actor write, and each has a copy of its own; a row whose key is `$actor.id` is made once for each actor where no operation removes it',
  },
  {
    it: 'a column of a row that is found in a unique column of a fixture that cells write',
    text: matrixText({
      fixtures:
        'fixtures: { me: { find: { id: $actor.id, title: null } }, own: { owner_id: $bob.id, slug: ‸$me.slug } }',
      operations: 'operations: { drop: { delete: own } }',
    }),
    code: 'shared-unique',
    found: 'the same `slug` in every copy of this fixture',
    expected: '`$unique` in a unique column, for every cell that writes gets a copy',
  },
]

test.each(mistakes)('$it is refused', (mistake) => {
  const [text, problem] = expectation(mistake, matrixFile)
  expect(catalogProblems(text)).toEqual([problem])
})

test('a row that is found may be in every copy', () => {
  const fixtures = 'fixtures: { own: { find: { slug: $actor.id } } }'
  const operations = 'operations: { rename: { update: own, set: { title: renamed } } }'
  expect(catalogProblems(matrixText({ fixtures, operations }))).toEqual([])
})

/** @returns by fixture: the columns by which the one row of a user is found. */
function sharedIn(fixtures: string, operations: string, resource = 'resource: { table: public.memberships }') {
  const text = matrixText({ resource, fixtures, operations })
  expect(catalogProblems(text)).toEqual([])
  const { result } = readMatrixText(text)
  const { result: roster } = readActorsText()
  if (result === undefined || roster === undefined) throw new Error('no matrix')
  const { fixtures: marked } = withUserRows(result.matrix, roster.roster, catalog, paths)
  return Object.fromEntries(marked.map(({ name, sharedBy = null }) => [name, sharedBy]))
}

const change = 'operations: { change: { update: own, set: { organization_id: $acme.id } } }'
const key = ['organization_id', 'user_id']

test.each([
  ['{ organization_id: $acme.id, user_id: $actor.id }', key],
  ['{ organization_id: $acme.id, user_id: $bob.id }', key],
  ['{ organization_id: x, user_id: $actor.id }', key],
  ['{ organization_id: $uuid, user_id: $actor.id }', null],
  ['{ organization_id: $number, user_id: $bob.id }', null],
  ['{ organization_id: $date, user_id: $bob.id }', null],
])('of a row with the key %s each user has one: %j', (own, shared) => {
  const other = own.includes('$acme.id')
    ? 'operations: { change: { update: own, set: { organization_id: y } } }'
    : change
  expect(sharedIn(`fixtures: { own: ${own} }`, other)).toEqual({ own: shared })
})

test('fixtures that are only read are made as before', () => {
  expect(sharedIn('fixtures: { own: { organization_id: x, user_id: $actor.id } }', read)).toEqual({ own: null })
})

test('a row that some operation removes is refused, for the next cell would miss it', () => {
  const fixtures = 'fixtures: { own: { organization_id: x, user_id: $actor.id } }'
  const resource = 'resource: { table: public.memberships }'
  const problems = catalogProblems(
    matrixText({ resource, fixtures, operations: 'operations: { drop: { delete: own } }' }),
  )
  expect(problems.map(({ code }) => code)).toEqual(['shared-unique'])
})

test('a unique column beside the primary key counts as well', () => {
  const fixtures = 'fixtures: { own: { owner_id: $bob.id, slug: $actor.id } }'
  const operations = 'operations: { rename: { update: own, set: { title: renamed } } }'
  expect(sharedIn(fixtures, operations, 'resource: { table: public.documents }')).toEqual({ own: ['slug'] })
})

test('the key of some rows counts for a row that it surely holds for, and for no other', () => {
  const resource = 'resource: { table: public.plans }'
  const operations = 'operations: { rename: { update: own, set: { code: other } } }'
  const shared = (own: string) => sharedIn(`fixtures: { own: ${own} }`, operations, resource)
  expect(shared('{ owner_id: $actor.id }')).toEqual({ own: ['owner_id'] })
  expect(shared('{ owner_id: $actor.id, status: active }')).toEqual({ own: ['owner_id', 'status'] })
  expect(shared('{ owner_id: $actor.id, status: over }')).toEqual({ own: null })
  expect(shared('{ owner_id: $actor.id, ended_at: now }')).toEqual({ own: null })
  expect(shared('{ code: same, status: over }')).toEqual({ own: null })
})
