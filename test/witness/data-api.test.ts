import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../harness/json.ts'
import { connectDataApi } from '../../harness/witness/data-api/index.ts'
import type { RowKey, Witness } from '../../harness/witness/witness.ts'
import { type Sandbox, startSandbox } from '../../sandbox/index.ts'

let folder = ''
let sandbox: Sandbox
let client: pg.Pool
let witness: Witness

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trespass-test-'))
  const apply = [resolve(import.meta.dirname, 'library.sql')]
  sandbox = await startSandbox({ workspace: folder, apply, oldDefaultGrants: true })
  client = new pg.Pool({ connectionString: sandbox.databaseUrl, max: 1 })
  witness = await connectDataApi({ kind: 'privileged', url: sandbox.url, secretKey: sandbox.secretKey })
})
afterAll(async () => {
  await client.end()
  await sandbox.stop()
  await rm(folder, { recursive: true })
})
beforeEach(() => client.query('truncate shelves, books, pages, marks, pairs, loose, profiles restart identity'))

const sql = async (text: string) => (await client.query<JsonObject>(text)).rows

async function insert(table: string, keyColumns: readonly string[], rows: readonly JsonObject[], ofRun = true) {
  const journaled: [string, RowKey][] = []
  const made = await witness.insert({ table, keyColumns, rows, ofRun }, (keys, by = 'key') => {
    for (const key of keys) journaled.push([by, key])
  })
  return { made, journaled }
}

describe('the catalog', () => {
  it('is the description of the Data API', async () => {
    const { relations, functions } = await witness.catalog()
    expect(relations['public.books']).toMatchObject({
      kind: 'unknown',
      primaryKey: ['id'],
      foreignKeys: [{ columns: ['shelf_id'], references: 'public.shelves', referencedColumns: ['id'] }],
      columns: {
        id: { type: 'bigint', nullable: false, hasDefault: true },
        title: { type: 'text', nullable: false, hasDefault: true },
        shelf_id: { type: 'uuid', nullable: true, hasDefault: false },
      },
    })
    expect(relations['public.pairs']?.primaryKey).toEqual(['a', 'b'])
    expect(Object.keys(relations)).toContain('public.titles')
    expect(functions['public.add_up']).toMatchObject([
      {
        arguments: [
          { name: 'x', optional: false },
          { name: 'y', optional: true },
        ],
        volatility: 'volatile',
      },
    ])
  })

  it('has no fingerprint and no settings, and leaves out objects without a grant', async () => {
    expect(await witness.schema()).toBeNull()
    await expect(witness.setting('app.environment')).rejects.toMatchObject({ code: 'setting-unreadable' })
    expect((await witness.catalog()).relations['public.withheld']).toBeUndefined()
    await expect(witness.read({ table: 'public.withheld', key: { id: 1 } })).rejects.toMatchObject({
      message: 'the Data API shows no relation public.withheld to the secret key',
      hint: expect.stringContaining('service_role'),
    })
  })
})

describe('insert', () => {
  it('chooses random keys itself, so that the journal knows them before they are sent', async () => {
    const { made, journaled } = await insert('public.shelves', ['id'], [{ name: 'a' }, { name: 'b' }], false)
    expect(made.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(journaled).toEqual(made.map(({ id }) => ['key', { table: 'public.shelves', key: { id } }]))
  })

  it('identifies rows with database-generated keys by values of the run first, then by their keys', async () => {
    const rows = [{ title: 'one' }, { title: 'two' }]
    const { made, journaled } = await insert('public.books', ['id'], rows)
    expect(journaled).toEqual([
      ...rows.map((key) => ['values', { table: 'public.books', key }]),
      ...made.map(({ id }) => ['key', { table: 'public.books', key: { id } }]),
    ])
  })

  it('makes nothing that a crash would leave without a trace', async () => {
    await expect(insert('public.books', ['id'], [{ title: 'one' }], false)).rejects.toMatchObject({
      code: 'key-not-known',
    })
    expect(await sql('select from books')).toEqual([])
  })

  it('never takes a row of another client for a new one', async () => {
    await sql(`insert into pairs values (1, 'x'); insert into books (title) values ('one')`)
    const journaled: unknown[] = []
    const journal = (keys: readonly RowKey[]) => journaled.push(...keys)
    const pair = { table: 'public.pairs', keyColumns: ['a', 'b'], rows: [{ a: 1, b: 'x' }] }
    await expect(witness.insert(pair, journal)).rejects.toMatchObject({ code: 'key-not-unique' })
    const book = { table: 'public.books', keyColumns: ['id'], rows: [{ title: 'one' }], ofRun: true }
    await expect(witness.insert(book, journal)).rejects.toMatchObject({ code: 'key-not-unique' })
    expect(journaled).toEqual([])
  })

  it("throws an error with the database's reason", async () => {
    const refused = insert('public.books', ['id'], [{ title: 'one', shelf_id: crypto.randomUUID() }])
    await expect(refused).rejects.toMatchObject({ code: 'database-refused', message: expect.stringContaining('23503') })
  })
})

describe('reading', () => {
  it('carries every type there and back', async () => {
    const given = { name: 'it’s "odd", \\ (ünï.code)', tags: ['x', 'y, "z"'], doc: { a: [1, null] } }
    const { made } = await insert('public.shelves', ['id'], [given])
    const [row] = made
    expect(await witness.read({ table: 'public.shelves', key: { id: row?.id ?? null } })).toEqual(row)
    expect(await witness.matching('public.shelves', given)).toEqual(made)
    for (const [name, value] of Object.entries(given)) {
      expect(await witness.matching('public.shelves', { [name]: value }), name).toEqual(made)
    }
    const [book] = (await insert('public.books', ['id'], [{ title: 't', price: 1.5, big: '9007199254740993' }])).made
    expect(book).toMatchObject({ big: '9007199254740993', loud: 'T' })
    expect(await witness.matching('public.books', { big: '9007199254740993', price: 1.5 })).toEqual([book])
  })

  it('of many rows at once distinguishes each from the others, whichever way a key is written', async () => {
    await sql(`insert into pairs select n, 'b' || n from generate_series(1, 100) n; insert into loose values (1, null)`)
    const asked = [3, 1, 100, 101].map((a) => witness.read({ table: 'public.pairs', key: { a, b: `b${a}` } }))
    const odd = witness.read({ table: 'public.pairs', key: { a: '07', b: 'b7' } })
    expect(await Promise.all([...asked, odd])).toEqual([
      { a: 3, b: 'b3' },
      { a: 1, b: 'b1' },
      { a: 100, b: 'b100' },
      null,
      { a: 7, b: 'b7' },
    ])
    expect(await witness.read({ table: 'public.loose', key: { a: 1, note: null } })).toEqual({ a: 1, note: null })
  })

  it('of a value that its column cannot hold finds nothing, beside others that it finds', async () => {
    const [row] = (await insert('public.shelves', ['id'], [{ name: 'a' }])).made
    const ids = [row?.id ?? null, 'no uuid']
    const found = ids.map((id) => witness.read({ table: 'public.shelves', key: { id } }))
    expect(await Promise.all(found)).toEqual([row, null])
    expect(await witness.matching('public.shelves', { id: 'no uuid' })).toEqual([])
  })

  it('of a key that names several rows is refused, and never asks for all', async () => {
    await sql(`insert into loose values (1, 'x'), (1, 'x')`)
    const twice = witness.read({ table: 'public.loose', key: { a: 1 } })
    await expect(twice).rejects.toMatchObject({ code: 'ambiguous-key' })
    await expect(witness.matching('public.loose', {})).rejects.toMatchObject({ code: 'no-columns' })
  })

  it('throws an error when the Data API returns a part', async () => {
    await sql(`insert into loose select 1, 'x' from generate_series(1, 1001)`)
    await expect(witness.matching('public.loose', { a: 1 })).rejects.toMatchObject({ code: 'too-many-rows' })
  })
})

describe('restore', () => {
  it('gives one row its values back, and changes no other number of rows', async () => {
    await sql(`insert into loose values (1, 'changed'), (2, 'x'), (2, 'x')`)
    expect(await witness.restore({ table: 'public.loose', key: { a: 1 } }, { note: 'before' })).toEqual({
      a: 1,
      note: 'before',
    })
    for (const a of [2, 3]) {
      await expect(witness.restore({ table: 'public.loose', key: { a } }, { note: 'y' })).rejects.toThrow('PGRST116')
    }
    expect(await sql('select note from loose where a = 2')).toEqual([{ note: 'x' }, { note: 'x' }])
  })
})

describe('remove', () => {
  it('removes rows and their dependents, and no other row', async () => {
    await sql(`
      insert into shelves values ('00000000-0000-4000-8000-000000000001', 'a'),
        ('00000000-0000-4000-8000-000000000002', 'b');
      insert into books (shelf_id, title) select id, name from shelves;
      insert into pages select id, id from books;
      insert into marks select id, id from pages`)
    const id = '00000000-0000-4000-8000-000000000001'
    const rows = [
      { table: 'public.shelves', key: { id } },
      { table: 'public.shelves', key: { id } },
      { table: 'public.pages', key: { id: 99 } },
      { table: 'public.never', key: { id: 1 } },
    ]
    expect(await witness.remove(rows)).toEqual({ gone: 3, left: [] })
    for (const table of ['shelves', 'books', 'pages', 'marks']) {
      expect(await sql(`select from ${table}`), table).toHaveLength(1)
    }
  })

  it('names the rows that it cannot remove, and removes the rest', async () => {
    await sql(`
      create table held (id int primary key, book_id bigint references books);
      revoke all on held from service_role;
      insert into books (title) values ('a'), ('b'); insert into held values (1, 1)`)
    const rows = [1, 2].map((id) => ({ table: 'public.books', key: { id } }))
    expect(await witness.remove(rows)).toEqual({
      gone: 1,
      left: [{ row: rows[0], why: expect.stringContaining('"held"') }],
    })
    await sql('drop table held')
  })

  it('removes the rows that belong to a user together', async () => {
    const users = [crypto.randomUUID(), crypto.randomUUID()]
    await sql(
      `insert into auth.users (id) values ('${users.join(`'), ('`)}'); insert into profiles select id from auth.users`,
    )
    expect(await witness.removeDependents([{ table: 'auth.users', key: { id: users[0] ?? '' } }])).toEqual([])
    expect(await sql('select id from profiles')).toEqual([{ id: users[1] }])
  })
})
