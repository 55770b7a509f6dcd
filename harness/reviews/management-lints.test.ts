import { expect, test } from 'vitest'
import { adviceOn } from './advisors.ts'
import { lintsOfAnswer } from './management-lints.ts'
import type { TriedCells } from './tried.ts'

const lint = (name: string, metadata: object | null, more: object = {}) => ({
  ...{ name, title: 'Title', level: 'ERROR', facing: 'EXTERNAL', categories: ['SECURITY'], description: 'Why' },
  ...{
    detail: 'Table \\`public.plans\\` is public',
    remediation: 'https://supabase.com/docs',
    cache_key: 'key',
    metadata,
    ...more,
  },
})

test('a lint names its object, and the object of the cells that show it', () => {
  const answer = {
    lints: [
      lint('rls_disabled_in_public', { schema: 'public', name: 'plans', type: 'table' }),
      lint('function_search_path_mutable', { schema: 'public', name: 'find', type: 'function' }, { level: 'WARN' }),
      lint(
        'unindexed_foreign_keys',
        { schema: 'public', name: 'plans', type: 'table' },
        { categories: ['PERFORMANCE'] },
      ),
      lint('auth_leaked_password_protection', { type: 'auth', entity: 'Auth' }, { level: 'WARN' }),
      lint('extension_in_public', { name: 'pg_trgm', type: 'extension' }),
      lint('other', null),
    ],
  }
  expect(lintsOfAnswer(answer)?.map(({ object, about, tried }) => [object, about, tried])).toEqual([
    ['table public.plans', 'security', 'relation public.plans'],
    ['function public.find', 'security', 'function public.find'],
    ['table public.plans', 'performance', undefined],
    ['project', 'security', undefined],
    ['extension pg_trgm', 'security', undefined],
    ['project', 'security', undefined],
  ])
  expect(lintsOfAnswer(answer)?.[0]?.detail).toBe('Table `public.plans` is public')
})

test('a lint of the Management API is confirmed by a cell like one of the catalog', () => {
  const lints = lintsOfAnswer({
    lints: [lint('rls_disabled_in_public', { schema: 'public', name: 'plans', type: 'table' })],
  })
  const cell = {
    cell: 'plans › visitor › list',
    role: 'anon',
    object: 'relation public.plans',
    commands: ['select'],
  } as const
  const shown = { ...cell, decision: 'allow', provesDenial: false, verdict: 'held' } as const
  const tried: TriedCells = { run: 'run', cells: [shown], changes: [] }
  const [advice] = adviceOn(lints ?? [], tried, [], '2026-01-01')
  expect(advice?.behaviour[0]).toMatchObject({ role: 'anon', seen: 'let through', cells: [shown.cell] })
})

test.each([[null], [{}], [{ lints: [{ name: 'x' }] }], [{ lints: [lint('x', null, { level: 'FATAL' })] }]])(
  'an answer of another form is none: %j',
  (answer) => {
    expect(lintsOfAnswer(answer)).toBe(null)
  },
)
