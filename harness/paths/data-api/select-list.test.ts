import { describe, expect, it } from 'vitest'
import { readSelectList } from './select-list.ts'

const plain = { columns: { id: 'id' } }

describe('an embedded relation', () => {
  it.each([
    ['by its name', ['projects(id)'], [{ relation: 'projects', at: ['projects'], ...plain, direct: true }]],
    ['by an alias', ['p:projects(id)'], [{ relation: 'projects', at: ['p'], ...plain, direct: true }]],
    ['with hints', ['projects!fk!inner(id)'], [{ relation: 'projects', at: ['projects'], ...plain, direct: true }]],
    ['spread', ['...projects(id)'], [{ relation: 'projects', at: [], ...plain, direct: false }]],
    ['with all columns', ['projects(*)'], [{ relation: 'projects', at: ['projects'], columns: null, direct: true }]],
    [
      'with other names for its columns',
      ['projects(label:name::text)'],
      [{ relation: 'projects', at: ['projects'], columns: { label: 'name' }, direct: true }],
    ],
  ])('is read %s', (_, columns, embeds) => {
    expect(readSelectList(['id', ...columns]).embeds).toEqual(embeds)
  })

  it('is read at every level, through spreads too', () => {
    const { embeds } = readSelectList(['id', 'projs(id,...orgs(oname:name),tags(id))'])
    expect(embeds.map(({ relation, at, direct }) => [relation, at, direct])).toEqual([
      ['projs', ['projs'], true],
      ['orgs', ['projs'], false],
      ['tags', ['projs', 'tags'], false],
    ])
  })
})

describe('a list of aggregates', () => {
  it.each([
    [['count()'], [{ key: 'count', counts: true }]],
    [['n:count()'], [{ key: 'n', counts: true }]],
    [
      ['amount.sum()', 'top:amount.max()::text'],
      [
        { key: 'sum', counts: false },
        { key: 'top', counts: false },
      ],
    ],
  ])('%j shows no rows', (columns, aggregates) => {
    expect(readSelectList(columns).aggregates).toEqual(aggregates)
  })

  it.each([[['title', 'count()']], [['*']], [[]]])('%j shows rows', (columns) => {
    expect(readSelectList(columns).aggregates).toBeNull()
  })
})
