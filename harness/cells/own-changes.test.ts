import { expect, it } from 'vitest'
import type { ChangedRow } from '../model/verdict.ts'
import { OwnChanges } from './own-changes.ts'

const fixture = { name: 'theirs', table: 'public.notes' }
const change: ChangedRow = { table: 'public.notes', action: 'update', fixture: 'theirs', columns: ['title'] }

it('knows the columns that the attempt changed, and no others', () => {
  const own = new OwnChanges([change], null)
  expect(own.mayHaveChanged(fixture, 'title')).toBe(true)
  expect(own.mayHaveChanged(fixture, 'processed_at')).toBe(false)
  expect(own.mayHaveChanged({ ...fixture, name: 'sibling' }, 'title')).toBe(false)
})

it('takes a row that was not recognised for any fixture of its table', () => {
  const { fixture: _, ...unknown } = change
  expect(new OwnChanges([unknown], null).mayHaveChanged(fixture, 'title')).toBe(true)
  expect(new OwnChanges([{ ...unknown, action: 'insert' }], null).mayHaveChanged(fixture, 'title')).toBe(false)
  expect(new OwnChanges([{ ...unknown, table: 'public.others' }], null).mayHaveChanged(fixture, 'title')).toBe(false)
})

it('fixtures that were not read may have changed', () => {
  const own = new OwnChanges([], new Set(['sibling']))
  expect(own.mayHaveChanged(fixture, 'title')).toBe(true)
  expect(own.mayHaveChanged({ ...fixture, name: 'sibling' }, 'title')).toBe(false)
  expect(own.addedNothingTo('public.notes')).toBe(false)
  expect(new OwnChanges([], null).addedNothingTo('public.notes')).toBe(true)
})

it('things that a service keeps outside of the database may have changed', () => {
  const own = new OwnChanges([], null, (table) => table === 'storage.objects')
  const object = { name: 'ours', table: 'storage.objects' }
  expect([own.covers(object), own.mayHaveChanged(object, 'content'), own.addedNothingTo(object.table)]).toEqual([
    ...[false, true, false],
  ])
})

it('leaves out a column that changes by itself', () => {
  const own = new OwnChanges([{ ...change, permitted: 'it also changes by itself' }], new Set(['theirs']))
  expect(own.mayHaveChanged(fixture, 'title')).toBe(false)
})

it('knows a row that is several fixtures under each of their names', () => {
  const own = new OwnChanges([change], null, undefined, () => ['theirs', "bob's"])
  expect(own.mayHaveChanged({ ...fixture, name: "bob's" }, 'title')).toBe(true)
  expect(own.mayHaveChanged({ ...fixture, name: "bob's" }, 'processed_at')).toBe(false)
  expect(own.mayHaveChanged({ ...fixture, name: 'own' }, 'title')).toBe(false)
})

it('a fixture whose changes no log holds may have changed, unless it was compared', () => {
  const own = new OwnChanges([], null, (table) => table === fixture.table)
  expect([own.covers(fixture), own.mayHaveChanged(fixture, 'title'), own.addedNothingTo(fixture.table)]).toEqual([
    ...[false, true, false],
  ])
  const changed = own.withCompared(new OwnChanges([change], new Set(['theirs'])))
  expect([changed.covers(fixture), changed.mayHaveChanged(fixture, 'title')]).toEqual([true, true])
  expect([changed.mayHaveChanged(fixture, 'other'), changed.addedNothingTo(fixture.table)]).toEqual([false, false])
  const sibling = { ...fixture, name: 'sibling' }
  expect([changed.covers(sibling), changed.mayHaveChanged(sibling, 'title')]).toEqual([false, true])
})
