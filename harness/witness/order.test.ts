import { expect, it } from 'vitest'
import type { Catalog } from './catalog.ts'
import { childrenFirst } from './order.ts'

/** @param references by table, the tables that it refers to. */
function catalog(references: Readonly<Record<string, readonly string[]>>): Catalog {
  const relations = Object.entries(references).map(([name, parents]) => [
    name,
    {
      name,
      kind: 'table' as const,
      columns: {},
      primaryKey: [],
      uniqueKeys: [],
      foreignKeys: parents.map((parent) => ({
        name: parent,
        columns: [],
        references: parent,
        referencedColumns: [],
        onDelete: 'no-action' as const,
      })),
    },
  ])
  return { relations: Object.fromEntries(relations), functions: {} }
}

it('puts a table before those that it refers to', () => {
  const known = catalog({ a: [], b: ['a'], c: ['b', 'a'], d: ['a'], self: ['self', 'c'] })
  for (const tables of [
    ['a', 'b', 'c', 'd', 'self'],
    ['self', 'd', 'c', 'b', 'a'],
  ]) {
    const order = childrenFirst(tables, known)
    expect(order.every((group) => group.length === 1)).toBe(true)
    const at = (table: string) => order.flat().indexOf(table)
    expect(at('self')).toBeLessThan(at('c'))
    expect(at('c')).toBeLessThan(at('b'))
    expect(at('b')).toBeLessThan(at('a'))
    expect(at('d')).toBeLessThan(at('a'))
  }
})

it('keeps tables together that refer to each other in a circle', () => {
  const known = catalog({ a: ['c'], b: ['a'], c: ['b'], parent: [], child: ['a'], x: ['y'], y: ['x', 'parent'] })
  const order = childrenFirst(['parent', 'a', 'b', 'c', 'child', 'x', 'y', 'dropped'], known)
  const groups = order.map((group) => group.toSorted().join())
  expect(groups.toSorted()).toEqual(['a,b,c', 'child', 'dropped', 'parent', 'x,y'])
  expect(groups.indexOf('child')).toBeLessThan(groups.indexOf('a,b,c'))
  expect(groups.indexOf('x,y')).toBeLessThan(groups.indexOf('parent'))
})
