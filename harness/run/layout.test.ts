import { expect, test } from 'vitest'
import { layoutOf } from './layout.ts'

const actors = (...names: readonly string[]) => ({ actors: names.map((name) => ({ name })) })

test.each([
  ['without groups', {}, ['zoe', 'bob', 'eve', 'ann']],
  ['members of a group beside its first', { team: ['ann', 'zoe'] }, ['zoe', 'ann', 'bob', 'eve']],
  ['an actor of two groups once', { team: ['ann', 'zoe'], others: ['ann', 'eve'] }, ['zoe', 'ann', 'bob', 'eve']],
  ['a group of names that are no actors', { team: ['max', 'eve'] }, ['zoe', 'bob', 'eve', 'ann']],
])('the layout lists actors in declared order: %s', (_, groups, order) => {
  const layout = layoutOf({ roster: actors('zoe', 'bob', 'eve', 'ann'), groups, matrices: [] })
  expect(layout.actors).toEqual(order)
})

test('the layout lists matrices and operations in declared order', () => {
  const matrix = { name: 'notes', operations: [{ name: 'write' }, { name: 'list' }] }
  expect(layoutOf({ roster: actors(), groups: {}, matrices: [{ matrix }] }).matrices).toEqual([
    { matrix: 'notes', operations: ['write', 'list'] },
  ])
})
