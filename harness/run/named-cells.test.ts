import { expect, test } from 'vitest'
import { namedCells } from './named-cells.ts'

function matrix(name: string, actors: readonly string[], operations: readonly string[]) {
  const cells = actors.flatMap((actor) => operations.map((operation) => ({ actor, operation })))
  return { matrix: { name, cells } }
}

const matrices = [
  matrix('notes', ['alice', 'bob'], ['read own', 'read {a,b}']),
  matrix('seats', ['alice'], ['take > one']),
]

test.each([
  [['notes › alice › read own'], ['notes › alice › read own']],
  [['notes > alice > read own'], ['notes › alice › read own']],
  [[' notes  ›  bob › read own '], ['notes › bob › read own']],
  [['notes › {alice,bob} › read own'], ['notes › alice › read own', 'notes › bob › read own']],
  [['notes › bob › read {a,b}'], ['notes › bob › read {a,b}']],
  [['seats › alice › take > one'], ['seats › alice › take > one']],
  [['notes › bob › read own', 'notes › bob › read own'], ['notes › bob › read own']],
])('%j names %j', (given, ids) => {
  expect([...namedCells(given, matrices)]).toEqual(ids)
})

test.each([
  ['notes › alise › read own', 'did you mean `notes › alice › read own`?'],
  ['x', 'A cell is named `matrix › actor › operation`.'],
  ['notes › {alice,bobo} › read own', 'did you mean `notes › bob › read own`?'],
])('%s is no cell', (given, hint) => {
  expect(() => namedCells([given], matrices)).toThrow(expect.objectContaining({ code: 'no-such-cell', hint }))
})
