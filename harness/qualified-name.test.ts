import { expect, test } from 'vitest'
import { divided, isNamed } from './qualified-name.ts'

test.each([
  ['public.documents', 'public', 'documents'],
  ['public.Order Items', 'public', 'Order Items'],
  ['public.items v1.2', 'public', 'items v1.2'],
  ['bare', '', 'bare'],
])('%s is divided at the first dot', (qualified, schema, name) => {
  expect(divided(qualified)).toEqual({ schema, name })
})

test('a table whose name ends like another one is another table', () => {
  expect(isNamed('public.a.documents', 'documents')).toBe(false)
  expect(isNamed('public.documents', 'documents')).toBe(true)
})
