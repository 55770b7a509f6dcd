import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Catalog } from '../../harness/witness/catalog.ts'
import { startDatabase, type TestDatabase } from './database.ts'

let database: TestDatabase
let catalog: Catalog

beforeAll(async () => {
  database = await startDatabase('odd-tables.sql', 'family-tables.sql')
  catalog = await database.witness.catalog()
})
afterAll(() => database.stop())

describe('catalog', () => {
  it('knows columns as they are declared', () => {
    const columns = catalog.relations['public.by_uuid']?.columns
    expect(columns?.id).toEqual({
      name: 'id',
      type: 'uuid',
      nullable: false,
      hasDefault: true,
      default: 'gen_random_uuid()',
      generated: false,
      identity: 'no',
    })
    expect(columns?.shout).toMatchObject({ generated: true, hasDefault: false })
    const types = Object.fromEntries(Object.entries(columns ?? {}).map(([name, { type }]) => [name, type]))
    expect(types).toMatchObject({
      mood: 'public.mood',
      slug: 'public.slug',
      tags: 'text[]',
      price: 'numeric(12,4)',
      at: 'timestamp with time zone',
    })
    expect(catalog.relations['public.by_identity']?.columns.id?.identity).toBe('always')
    expect(catalog.relations['public.all_defaults']?.columns.id?.identity).toBe('by-default')
  })

  it('knows keys', () => {
    expect(catalog.relations['public.by_two']?.primaryKey).toEqual(['a', 'b', 'c'])
    expect(catalog.relations['public.no_key']?.primaryKey).toEqual([])
    expect(catalog.relations['public.events']?.primaryKey).toEqual(['id', 'day'])
    expect(catalog.relations['app.elsewhere']?.uniqueKeys).toEqual([['n']])
    expect(catalog.relations['public.by_uuid']?.uniqueKeys).toEqual([])
    expect(catalog.relations['public.by_uuid']?.partialKeys).toEqual([
      { columns: expect.arrayContaining(['title', 'price']), where: "(mood = 'cross'::public.mood)" },
    ])
    const exclusions = catalog.relations['public.by_uuid']?.exclusions
    expect(exclusions).toEqual([
      { columns: expect.arrayContaining(['title', 'price']), byValue: false },
      { columns: ['id'], byValue: true },
    ])
    expect(catalog.relations['public.held_grandchildren']?.foreignKeys).toEqual([
      {
        name: 'held_grandchildren_child_id_fkey',
        columns: ['child_id'],
        references: 'public.cascading_children',
        referencedColumns: ['id'],
        onDelete: 'no-action',
      },
    ])
    expect(catalog.relations['public.user_profiles']?.foreignKeys[0]).toMatchObject({
      references: 'auth.users',
      onDelete: 'cascade',
    })
  })

  it('knows relations of every kind, and none of PostgreSQL’s own', () => {
    expect(catalog.relations['public.calm']).toMatchObject({ kind: 'view', primaryKey: [] })
    expect(catalog.relations['public.events']?.kind).toBe('table')
    expect(catalog.relations['auth.users']?.primaryKey).toEqual(['id'])
    const names = [...Object.keys(catalog.relations), ...Object.keys(catalog.functions)]
    expect(names.filter((name) => /^(pg_|information_schema)/.test(name))).toEqual([])
  })

  it('finds functions by their arguments', () => {
    expect(catalog.functions['public.find_rows']).toEqual([
      {
        name: 'public.find_rows',
        arguments: [
          { name: 'wanted', type: 'text', optional: false },
          { name: 'second', type: 'text', optional: true },
          { name: 'rest', type: 'integer[]', optional: true },
        ],
        volatility: 'stable',
        returnsSet: false,
        returnsRowsOf: null,
        securityDefiner: false,
      },
    ])
    expect(catalog.functions['public.all_uuid']?.[0]).toMatchObject({
      returnsSet: true,
      returnsRowsOf: 'public.by_uuid',
      securityDefiner: true,
    })
  })

  it('travels as plain data', () => {
    expect(structuredClone(catalog)).toEqual(catalog)
    expect(JSON.parse(JSON.stringify(catalog))).toEqual(catalog)
  })
})

const fingerprintOf = async ({ witness }: TestDatabase) => (await witness.schema())?.fingerprint

describe('fingerprint', () => {
  it('is the same in another sandbox that was built from the same files', async () => {
    const twin = await startDatabase('odd-tables.sql', 'family-tables.sql')
    try {
      await twin.sql('insert into parents values (1)')
      expect(await fingerprintOf(twin)).toBe(await fingerprintOf(database))
    } finally {
      await twin.stop()
    }
  })

  it.each([
    ['create policy p on parents for select to anon using (true)', 'drop policy p on parents'],
    ['alter table parents enable row level security', 'alter table parents disable row level security'],
    ['alter table forced no force row level security', 'alter table forced force row level security'],
    ['grant select on parents to anon', 'revoke select on parents from anon'],
    [
      'revoke all on parents from service_role',
      'grant truncate, references, trigger, maintain on parents to service_role',
    ],
    ['grant update (name) on parents to authenticated', 'revoke update (name) on parents from authenticated'],
    ['grant usage on schema app to anon', 'revoke usage on schema app from anon'],
    ['revoke execute on function all_uuid from public', 'grant execute on function all_uuid to public'],
    ['alter function all_uuid security invoker', 'alter function all_uuid security definer'],
    [`alter function all_uuid set search_path = ''`, 'alter function all_uuid reset all'],
    ['alter view calm set (security_invoker = true)', 'alter view calm reset (security_invoker)'],
    ['alter table sealed disable trigger refuse', 'alter table sealed enable trigger refuse'],
    [
      'alter default privileges in schema app grant select on tables to anon',
      'alter default privileges in schema app revoke select on tables from anon',
    ],
    ['create index parents_name on parents (name)', 'drop index parents_name'],
    [`create type season as enum ('spring')`, 'drop type season'],
    ['create domain short as text check (length(value) < 9)', 'drop domain short'],
    ['create extension citext', 'drop extension citext'],
    ['grant pg_read_all_data to service_role', 'revoke pg_read_all_data from service_role'],
  ])('changes with: %s', async (change, back) => {
    const before = await fingerprintOf(database)
    await database.sql(change)
    const changed = await fingerprintOf(database)
    await database.sql(back)
    expect(changed).not.toBe(before)
    expect(await fingerprintOf(database)).toBe(before)
  })

  it('includes invalid objects', async () => {
    await database.sql('insert into parents (id) values (1), (2)')
    await database.sql('alter table parents add constraint positive check (id > 1) not valid')
    await expect(database.sql('create unique index concurrently once on parents ((id > 0))')).rejects.toThrow('unique')
    const facts = (await database.witness.schema())?.facts ?? []
    await database.sql('alter table parents drop constraint positive')
    await database.sql('drop index once')
    await database.sql('delete from parents')
    const texts = new Map(facts.map(([kind, name, text]) => [`${kind} ${name}`, text]))
    expect(texts.get('constraint public.parents positive')).toMatch(/NOT VALID$/)
    expect(texts.get('unique index public.parents public.once')).toMatch(/INVALID$/)
    expect(texts.get('unique index public.parents public.parents_pkey')).not.toContain('INVALID')
  })

  it('changes with the text of a policy, a function and a view', async () => {
    const seen = [await fingerprintOf(database)]
    for (const change of [
      'create policy p on parents for all to authenticated using (id > 0)',
      'alter policy p on parents using (id > 1)',
      'alter policy p on parents with check (id > 1)',
      'alter policy p on parents to anon',
      `create or replace function all_uuid() returns setof by_uuid language sql stable security definer
       as $$ select * from public.by_uuid where true $$`,
      'create or replace view calm as select id, title, price from by_uuid',
    ]) {
      await database.sql(change)
      seen.push(await fingerprintOf(database))
    }
    expect(new Set(seen).size).toBe(seen.length)
  })
})
