import { expect, it } from 'vitest'
import { RowNames } from './row-names.ts'

const names = new RowNames([
  { name: 'note', table: 'public.notes', key: { id: 7 } },
  { name: 'member', table: 'public.members', key: { user_id: 'u', org_id: 'o' } },
  { name: 'flag', table: 'public.flags', key: { on: true } },
])

it.each([
  [['public.notes'], { id: '7', title: 'x' }, 'note'],
  [['public.notes_partition', 'public.notes'], { id: '7' }, 'note'],
  [['public.members'], { org_id: 'o', role: 'admin', user_id: 'u' }, 'member'],
  [['public.flags'], { on: 't' }, 'flag'],
  [['public.notes'], { id: '8' }, undefined],
  [['public.others', undefined], { id: '7' }, undefined],
])('a row of %j as PostgreSQL prints it: %j', (tables, row, name) => {
  expect(names.of(tables, row)).toBe(name)
})
