import { expect, test } from 'vitest'
import { tableOf } from '../../test/support/mutable-schema.ts'
import { bucketMutants, publicationMutants, realtimeMutants, tableRules, viewMutants } from './objects.ts'

const statements = (mutants: readonly { readonly apply: readonly string[]; readonly undo: readonly string[] }[]) =>
  mutants.map(({ apply, undo }) => [...apply, '--', ...undo])

test('a constraint is removed and added again by its definition; a trigger is disabled and enabled', () => {
  const constraints = [
    { name: 'notes_key', type: 'unique' as const, definition: 'UNIQUE (title)', references: null },
    {
      name: 'Owner',
      type: 'foreign key' as const,
      definition: 'FOREIGN KEY (owner_id) REFERENCES auth.users(id)',
      references: 'auth.users',
    },
  ]
  const mutants = tableRules(tableOf({ constraints, triggers: [{ name: 'audit', definition: 'CREATE TRIGGER' }] }))
  expect(statements(mutants)).toEqual([
    [
      'alter table public.notes drop constraint notes_key',
      '--',
      'alter table public.notes add constraint notes_key UNIQUE (title)',
    ],
    [
      'alter table public.notes drop constraint "Owner"',
      '--',
      'alter table public.notes add constraint "Owner" FOREIGN KEY (owner_id) REFERENCES auth.users(id)',
    ],
    ['alter table public.notes disable trigger audit', '--', 'alter table public.notes enable trigger audit'],
  ])
  expect(mutants.map(({ touches }) => touches)).toEqual([
    ['public.notes'],
    ['public.notes', 'auth.users'],
    ['public.notes'],
  ])
  expect(mutants.map(({ reloads }) => reloads)).toEqual([true, true, false])
})

test.each(['on', 'true', 'TRUE', '1'])('a view with security_invoker=%s loses it', (invoker) => {
  expect(statements(viewMutants({ schema: 'public', name: 'v', invoker, writable: [], grants: [] }))).toEqual([
    ['alter view public.v reset (security_invoker)', '--', `alter view public.v set (security_invoker = ${invoker})`],
  ])
})

test.each([null, 'off', 'false'])('a view with security_invoker=%s has none', (invoker) => {
  expect(viewMutants({ schema: 'public', name: 'v', invoker, writable: [], grants: [] })).toEqual([])
})

test('a bucket becomes public and loses its limits', () => {
  const bucket = { id: "it's", public: false, fileSizeLimit: '100', allowedMimeTypes: ['image/png', 'a'] }
  expect(statements(bucketMutants(bucket))).toEqual([
    [
      "update storage.buckets set public = true where id = 'it''s'",
      '--',
      "update storage.buckets set public = false where id = 'it''s'",
    ],
    [
      "update storage.buckets set file_size_limit = null where id = 'it''s'",
      '--',
      "update storage.buckets set file_size_limit = 100 where id = 'it''s'",
    ],
    [
      "update storage.buckets set allowed_mime_types = null where id = 'it''s'",
      '--',
      "update storage.buckets set allowed_mime_types = array['image/png', 'a']::text[] where id = 'it''s'",
    ],
  ])
})

test('a table is added to the publication, or removed, or loses its list of columns and its filter', () => {
  const one = { schema: 'public', name: 'notes', columns: ['id', 'title'] }
  expect(statements(publicationMutants({ ...one, published: null }))).toEqual([
    [
      'alter publication supabase_realtime add table public.notes',
      '--',
      'alter publication supabase_realtime drop table only public.notes',
    ],
  ])
  const drop = 'alter publication supabase_realtime drop table only public.notes'
  const add = 'alter publication supabase_realtime add table only public.notes'
  expect(statements(publicationMutants({ ...one, published: { columns: ['id'], rowFilter: 'a' } }))).toEqual([
    [drop, '--', `${add} (id) where (a)`],
    [drop, `${add} where (a)`, '--', drop, `${add} (id) where (a)`],
    [drop, `${add} (id, title) where (a)`, '--', drop, `${add} (id) where (a)`],
    [drop, `${add} (id)`, '--', drop, `${add} (id) where (a)`],
  ])
})

test('the setting that only private channels may be joined is switched off, where it is on', () => {
  expect(statements(realtimeMutants({ database: 'postgres', privateOnly: true }))).toEqual([
    [
      'alter database postgres set trespass.realtime_private_only = off',
      '--',
      'alter database postgres set trespass.realtime_private_only = on',
    ],
  ])
  expect(realtimeMutants({ database: 'postgres', privateOnly: false })).toEqual([])
})
