import { expect, it } from 'vitest'
import { RowNames } from './row-names.ts'

const names = new RowNames([
  { name: 'note', table: 'public.notes', key: { id: 7 } },
  { name: 'member', table: 'public.members', key: { user_id: 'u', org_id: 'o' } },
  { name: 'flag', table: 'public.flags', key: { on: true } },
  { name: 'own', table: 'public.profiles', key: { id: 'u' } },
  { name: "bob's", table: 'public.profiles', key: { id: 'u' } },
  { name: 'own', table: 'public.profiles', key: { id: 'u' } },
])

it.each([
  [['public.notes'], { id: '7', title: 'x' }, ['note']],
  [['public.notes_partition', 'public.notes'], { id: '7' }, ['note']],
  [['public.members'], { org_id: 'o', role: 'admin', user_id: 'u' }, ['member']],
  [['public.flags'], { on: 't' }, ['flag']],
  [['public.profiles'], { id: 'u' }, ['own', "bob's"]],
  [['public.notes'], { id: '8' }, []],
  [['public.others', undefined], { id: '7' }, []],
])('a row of %j as PostgreSQL prints it: %j', (tables, row, found) => {
  expect(names.of(tables, row)).toEqual(found)
})
