import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json.ts'
import type { Relation } from '../catalog.ts'
import { filterOf } from './filters.ts'

const column = (name: string, type: string) => [
  name,
  { name, type, nullable: true, hasDefault: false, generated: false, identity: 'no' as const },
]

const relation: Relation = {
  name: 'public.notes',
  kind: 'unknown',
  columns: Object.fromEntries([
    column('id', 'integer'),
    column('title', 'text'),
    column('tags', 'text[]'),
    column('doc', 'jsonb'),
    column('odd name', 'text'),
  ]),
  primaryKey: ['id'],
  uniqueKeys: [],
  foreignKeys: [],
}

const filter = (...keys: JsonObject[]) => [...filterOf(relation, keys)].map(([name, value]) => `${name}=${value}`)

describe('a filter', () => {
  it('of one key has a condition for each column', () => {
    expect(filter({ id: 1, title: 'a,"b".c' })).toEqual(['id=eq.1', 'title=eq.a,"b".c'])
    expect(filter({ title: null })).toEqual(['title=is.null'])
    expect(filter({ 'odd name': 'x' })).toEqual(['"odd name"=eq.x'])
  })

  it('of many keys of one column lists the values', () => {
    expect(filter({ title: 'a' }, { title: 'say "hi", \\' })).toEqual([String.raw`title=in.("a","say \"hi\", \\")`])
  })

  it('of many keys of several columns, or with a null in one, has a condition for each', () => {
    expect(filter({ id: 1, title: 'a' }, { id: 2, title: null })).toEqual([
      'or=(and(id.eq."1",title.eq."a"),and(id.eq."2",title.is.null))',
    ])
    expect(filter({ id: 1 }, { id: null })).toEqual(['or=(and(id.eq."1"),and(id.is.null))'])
  })

  it('writes lists and objects as their columns read them', () => {
    expect(filter({ tags: ['a', 'b "c"', null], doc: { a: [1] } })).toEqual([
      String.raw`tags=eq.{"a","b \"c\"",NULL}`,
      'doc=eq.{"a":[1]}',
    ])
    expect(filter({ doc: [1, 2] })).toEqual(['doc=eq.[1,2]'])
  })

  it('never means every row, and names no column that is not there', () => {
    expect(() => filter({})).toThrow('by no column at all')
    expect(() => filter()).toThrow('by no column at all')
    expect(() => filter({ nowhere: 1 })).toThrow('no column public.notes.nowhere')
  })
})
