import { expect, test } from 'vitest'
import { catalogProblems, read } from './test-catalog.ts'
import { expectation, type Mistake, matrixFile, matrixText } from './test-support.ts'

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
    hint: 'several cells of one actor write, and each has a copy of its own',
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

test('a row that is found may stand in every copy', () => {
  const fixtures = 'fixtures: { own: { find: { slug: $actor.id } } }'
  const operations = 'operations: { rename: { update: own, set: { title: renamed } } }'
  expect(catalogProblems(matrixText({ fixtures, operations }))).toEqual([])
})
