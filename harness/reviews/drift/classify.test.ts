import { describe, expect, test } from 'vitest'
import type { SchemaFact } from '../../model/record.ts'
import { agreement, type ClassifiedSide, differencesOf, type History, unrecordedMigrations } from './classify.ts'
import { objectsOf } from './objects.ts'
import { Timeline } from './timeline.ts'

const [first, second, third] = ['1_notes', '2_plans', '3_audit'].map((name) => `supabase/migrations/${name}.sql`)

const at = (file: string | undefined, line: number) => ({ file: file ?? '', line, column: 1 })
const platform: readonly SchemaFact[] = [['schema', 'public', 'pg_database_owner']]
const notes: readonly SchemaFact[] = [
  ['relation', 'public.notes', 'r postgres f f'],
  ['column', 'public.notes.id', 'uuid t'],
]
const secured: readonly SchemaFact[] = [
  ['relation', 'public.notes', 'r postgres t f'],
  ['column', 'public.notes.id', 'uuid t'],
]
const policy: SchemaFact = ['policy', 'public.notes own', 'r t authenticated using true check']
const plans: readonly SchemaFact[] = [['relation', 'public.plans', 'r postgres f f']]
const granted: readonly SchemaFact[] = [['relation', 'public.plans', 'r postgres f f anon=SELECT']]
const audit: SchemaFact = ['function', 'public.audit()', 'f postgres sql f v']

/** 1 makes notes with row security and a policy, 2 makes plans and grants it, 3 drops the policy and makes a function. */
function timeline(): Timeline {
  const states = new Timeline()
  const steps: readonly (readonly [string | undefined, number, readonly SchemaFact[]])[] = [
    [undefined, 0, platform],
    [first, 1, [...platform, ...notes]],
    [first, 5, [...platform, ...secured]],
    [first, 6, [...platform, ...secured, policy]],
    [second, 1, [...platform, ...secured, policy, ...plans]],
    [second, 3, [...platform, ...secured, policy, ...granted]],
    [third, 1, [...platform, ...secured, ...granted]],
    [third, 2, [...platform, ...secured, ...granted, audit]],
  ]
  for (const [migration, line, facts] of steps) {
    states.add({ migration: migration ?? null, at: migration === undefined ? null : at(migration, line), facts })
  }
  return states
}

const whole = [...platform, ...secured, ...granted, audit]
const side = (facts: readonly SchemaFact[], history: History | null = null): ClassifiedSide => ({
  objects: objectsOf(facts),
  history,
  isMigrations: false,
})
const migrations: ClassifiedSide = { ...side(whole), isMigrations: true }
const history = (applied: readonly (string | undefined)[], more: Partial<History> = {}): History => ({
  source: 'supabase_migrations',
  applied: new Set(applied.filter((one) => one !== undefined)),
  partial: new Set(),
  withoutFile: [],
  ...more,
})
const reasons = (to: ClassifiedSide, from = migrations) =>
  differencesOf(from, to, timeline()).map((one) => [one.object, one.how, one.class, one.migration])

describe('differences between the migrations and a target', () => {
  test('an equal target differs in nothing', () => {
    expect(reasons(side(whole))).toEqual([])
  })

  test('the objects of migrations that are not applied are missing by them', () => {
    const behind = side([...platform, ...secured, policy])
    expect(reasons(behind)).toEqual([
      ['function public.audit()', 'missing', 'unapplied-migration', third],
      ['table public.notes', 'different', 'unapplied-migration', third],
      ['table public.plans', 'missing', 'unapplied-migration', second],
    ])
    expect(agreement(migrations, behind, differencesOf(migrations, behind, null))).toEqual({ agree: 1, all: 4 })
  })

  test('a migration whose statements are there in part is interrupted, with the first line that is missing', () => {
    const [found] = differencesOf(migrations, side([...platform, ...secured, ...granted]), timeline())
    expect(found).toMatchObject({ class: 'interrupted-application', migration: third, missingFrom: at(third, 2) })
  })

  test('an interruption within one table is found by its parts', () => {
    expect(reasons(side([...platform, ...notes]))).toContainEqual([
      ...['table public.notes', 'different', 'interrupted-application', first],
    ])
    expect(reasons(side([...platform, ...secured, policy, ...plans]))).toContainEqual([
      ...['table public.plans', 'different', 'interrupted-application', second],
    ])
  })

  test('a fact that no statement leaves, and an object that no statement makes, are edits', () => {
    const edited = side([
      ...platform,
      ...secured,
      ...granted,
      audit,
      ['policy', 'public.notes all', 'r t public using true'],
    ])
    expect(reasons(edited)).toEqual([['table public.notes', 'different', 'unrecorded-edit', null]])
    const more = side([...whole, ['relation', 'public.temp', 'r postgres f f']])
    expect(reasons(more)).toEqual([['table public.temp', 'additional', 'unrecorded-edit', null]])
  })

  test('what a migration made that is recorded as applied, and is missing, was edited', () => {
    const recorded = side([...platform, ...secured, ...granted], history([first, second, third]))
    expect(reasons(recorded)).toEqual([['function public.audit()', 'missing', 'unrecorded-edit', null]])
  })

  test('a record that calls a migration partial makes it interrupted', () => {
    const records = history([first], { source: 'deployment records', partial: new Set([second ?? '']) })
    expect(reasons(side([...platform, ...secured, policy], records))).toContainEqual([
      ...['table public.plans', 'missing', 'interrupted-application', second],
    ])
  })

  test('a target with none of the objects, or with a history of other versions, is another project', () => {
    const other = side([...platform, ['relation', 'public.orders', 'r postgres t f']])
    expect(reasons(other).map(([, , kind]) => kind)).toEqual(Array(4).fill('wrong-project'))
    const foreign = side([...platform, ...secured], history([], { withoutFile: ['2020_other'] }))
    expect(new Set(reasons(foreign).map(([, , kind]) => kind))).toEqual(new Set(['wrong-project']))
  })

  test('an empty target is behind and no other project', () => {
    expect(new Set(reasons(side(platform)).map(([, , kind]) => kind))).toEqual(new Set(['unapplied-migration']))
  })

  test('without the states between the migrations no reason is given', () => {
    expect(differencesOf(migrations, side([...platform, ...secured]), null)).toEqual(
      expect.arrayContaining([expect.objectContaining({ class: 'not-known' })]),
    )
  })
})

describe('differences between two targets', () => {
  test('the side that is behind is named', () => {
    const [staging, production] = [side([...platform, ...secured, policy]), side(whole)]
    const found = differencesOf(staging, production, timeline())
    expect(found.map((one) => one.side)).toEqual(['from', 'from', 'from'])
    expect(differencesOf(production, staging, timeline()).map((one) => one.side)).toEqual(['to', 'to', 'to'])
  })
})

test('a migration whose effects are all there is unrecorded where the history has none of it', () => {
  expect(unrecordedMigrations(side(whole, history([first, third])), timeline())).toEqual([second])
  expect(unrecordedMigrations(side([...platform, ...secured, policy], history([first])), timeline())).toEqual([])
  expect(unrecordedMigrations(side(whole), timeline())).toEqual([])
})

describe('objects of a schema', () => {
  const names = (...facts: SchemaFact[]) => [...objectsOf(facts).keys()]

  test('parts stand with their table, also where a name holds a dot or a space', () => {
    const facts: SchemaFact[] = [
      ['relation', 'public.a', 'r postgres t f'],
      ['relation', 'public.a b', 'r postgres t f'],
      ['relation', 'public.a.b', 'v postgres f f'],
      ['policy', 'public.a b own', 'r t'],
      ['column', 'public.a.b.id', 'uuid f'],
    ]
    const objects = objectsOf(facts)
    expect([...objects.keys()]).toEqual(['table public.a', 'table public.a b', 'view public.a.b'])
    expect(objects.get('table public.a b')?.facts.map(([kind]) => kind)).toEqual(['relation', 'policy'])
    expect(objects.get('view public.a.b')?.facts.map(([kind]) => kind)).toEqual(['relation', 'column'])
  })

  test('of the platform only policies, and triggers that call the project, count', () => {
    expect(
      names(
        ['relation', 'auth.users', 'r supabase_auth_admin t f'],
        ['column', 'auth.users.id', 'uuid t'],
        [
          'trigger',
          'auth.users made',
          'O CREATE TRIGGER made AFTER INSERT ON auth.users EXECUTE FUNCTION public.made()',
        ],
        ['trigger', 'storage.objects own', 'O CREATE TRIGGER own ON storage.objects EXECUTE FUNCTION storage.own()'],
        ['relation', 'storage.objects', 'r supabase_storage_admin t f'],
        ['relation', 'storage.prefixes', 'r supabase_storage_admin t f'],
        ['function', 'auth.uid()', 'f'],
        ['role', 'supabase_admin', 't t'],
        ['role', 'task_worker', 'f f'],
        ['role', 'anon', 'f f'],
        ['extension', 'pgcrypto', 'extensions 1.3'],
        ['schema', 'storage', 'x'],
        ['default privileges', 'supabase_admin public r', 'x'],
        ['default privileges', 'postgres public r', 'x'],
      ),
    ).toEqual(['default privileges postgres public r', 'role anon', 'role task_worker', 'table auth.users'])
  })

  test('members of extensions are no objects of the project', () => {
    expect([
      ...objectsOf(
        [['function', 'public.similarity(text,text)', 'f']],
        new Set(['public.similarity(text,text)']),
      ).keys(),
    ]).toEqual([])
  })

  test.each([
    [
      'r postgres t f anon=SELECT,postgres=INSERT,postgres=MAINTAIN,postgres=SELECT',
      'r postgres t f anon=SELECT,postgres=INSERT,postgres=SELECT',
    ],
    ['r postgres t f postgres=MAINTAIN', 'r postgres t f '],
    ['r postgres t f anon=SELECT,postgres=MAINTAIN', 'r postgres t f anon=SELECT'],
    ['v postgres f f anon=SELECT,postgres=MAINTAIN select 1, 2', 'v postgres f f anon=SELECT select 1, 2'],
  ])('MAINTAIN of newer versions is no difference: %s', (text, left) => {
    expect(
      objectsOf([['relation', 'public.a', text]])
        .values()
        .next().value?.facts[0]?.[2],
    ).toBe(left)
  })
})
