import { expect, it } from 'vitest'
import type { SchemaFact } from '../model/record.ts'
import { changesOf, schemaChangeInWords, schemaChanges } from './schema-diff.ts'

const older: readonly SchemaFact[] = [
  ['relation', 'public.invoices', 'r postgres t'],
  ['policy', 'public.invoices members read', 'using is_member()'],
  ['policy', 'public.invoices owners write', 'using is_owner()'],
  ['function', 'public.is_member(uuid)', 'f'],
  ['bucket', 'documents', 'false'],
]
const newer: readonly SchemaFact[] = [
  ['policy', 'public.invoices members read', 'using true'],
  ['relation', 'public.invoices', 'r postgres t'],
  ['function', 'public.is_member(uuid)', 'f'],
  ['column', 'public.invoices.paid', 'boolean'],
  ['bucket', 'documents', 'true'],
]

it('the difference lists added, removed and replaced facts, in any order', () => {
  expect(schemaChanges(older, newer).map(schemaChangeInWords)).toEqual([
    'bucket documents was replaced',
    'column public.invoices.paid was added',
    'policy public.invoices members read was replaced',
    'policy public.invoices owners write was removed',
  ])
  expect(schemaChanges(older, older.toReversed())).toEqual([])
})

it.each([
  ['table public.invoices', ['column', 'policy', 'policy']],
  ['table public.invoice', []],
  ['bucket documents', ['bucket']],
])('ties them to %s', (resource, kinds) => {
  expect(changesOf(resource, schemaChanges(older, newer)).map(({ kind }) => kind)).toEqual(kinds)
})
