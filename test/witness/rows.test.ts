import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../harness/json.ts'
import { connectWitness } from '../../harness/witness/postgres.ts'
import type { RowBatch, RowKey, Witness } from '../../harness/witness/witness.ts'
import { startDatabase, type TestDatabase } from './database.ts'

let database: TestDatabase
let witness: Witness

beforeAll(async () => {
  database = await startDatabase('odd-tables.sql')
  witness = database.witness
})
afterAll(() => database.stop())

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

async function insert(table: string, keyColumns: readonly string[], ...rows: readonly JsonObject[]) {
  const keys: RowKey[] = []
  const made = await witness.insert({ table, keyColumns, rows }, (assigned) => keys.push(...assigned))
  return { made, keys }
}

describe('insert', () => {
  it('carries every type there and back', async () => {
    const given = {
      title: 'it’s "odd" \\ ünïcode',
      mood: 'calm',
      slug: 'my-slug',
      data: { a: [1, 'two', null] },
      plain: { b: true },
      tags: ['x', 'y, z'],
      price: 12.5,
      at: '2024-02-29T12:00:00+00:00',
      place: '(1,2)',
    }
    const { made, keys } = await insert('public.by_uuid', ['id'], given)
    expect(made[0]).toMatchObject({ ...given, shout: given.title.toUpperCase() })
    expect(keys).toEqual([{ table: 'public.by_uuid', key: { id: made[0]?.id } }])
    expect(await witness.read({ table: 'public.by_uuid', key: keys[0]?.key ?? {} })).toEqual(made[0])
    for (const [name, value] of Object.entries(given)) {
      expect(await witness.matching('public.by_uuid', { [name]: value }), name).toEqual(made)
    }
    expect(await witness.matching('public.by_uuid', given)).toEqual(made)
  })

  it('returns many rows in the order given, with the keys that the database assigned', async () => {
    const rows = Array.from({ length: 600 }, (_, n) => ({ note: `n${n}` }))
    const { made, keys } = await insert('public.by_serial', ['id'], ...rows)
    expect(made.map((row) => row.note)).toEqual(rows.map((row) => row.note))
    expect(keys.map(({ key }) => key.id)).toEqual(made.map((row) => row.id))
  })

  it('gives a value to an identity column that is always generated', async () => {
    const { keys } = await insert('public.by_identity', ['id'], { id: 77, note: 'chosen' })
    expect(keys[0]?.key).toEqual({ id: 77 })
    expect((await insert('public.by_identity', ['id'], { note: 'assigned' })).keys[0]?.key).toEqual({ id: 1 })
  })

  it('makes rows of which no column is given', async () => {
    expect((await insert('public.all_defaults', ['id'], {}, {}, {})).keys).toHaveLength(3)
  })

  it('writes into a partitioned table, another schema and behind forced row security', async () => {
    const events = [
      { id: 1, day: '2024-05-05', note: 'a' },
      { id: 1, day: '2025-05-05', note: 'b' },
    ]
    expect((await insert('public.events', ['id', 'day'], ...events)).made).toEqual(events)
    expect(await witness.read({ table: 'public.events', key: { id: 1, day: '2025-05-05' } })).toEqual(events[1])
    expect((await insert('app.elsewhere', ['id'], { n: 5 })).keys).toHaveLength(1)
    await insert('public.forced', ['id'], { id: 1 })
    expect(await witness.read({ table: 'public.forced', key: { id: 1 } })).toEqual({ id: 1 })
  })

  it('calls the journal before any client can see the rows, and rolls them back when it throws', async () => {
    const batch: RowBatch = { table: 'public.by_text', keyColumns: ['the key'], rows: [{ 'the key': 'j', select: 1 }] }
    const failing = witness.insert(batch, () => {
      throw new Error('disk full')
    })
    await expect(failing).rejects.toThrow('disk full')
    expect(await database.sql('select * from by_text')).toEqual([])
    await witness.insert(batch, () => {})
    expect(await database.sql('select * from by_text')).toEqual([{ 'the key': 'j', select: 1 }])
  })

  it('refuses a key that names other rows too', async () => {
    await insert('public.no_key', ['name'], { name: 'mine', amount: 1 })
    const second = insert('public.no_key', ['name'], { name: 'mine', amount: 2 })
    await expect(second).rejects.toMatchObject({ code: 'key-not-unique' })
    expect(await witness.matching('public.no_key', { name: 'mine' })).toHaveLength(1)
  })

  it('names the objects that the database lacks, and the values that it refused', async () => {
    await expect(insert('public.nowhere', ['id'], { id: 1 })).rejects.toMatchObject({ code: 'unknown-relation' })
    await expect(insert('public.by_text', ['id'], { id: 1 })).rejects.toMatchObject({ code: 'unknown-column' })
    await expect(insert('public.by_text', ['the key'], { nope: 1 })).rejects.toMatchObject({ code: 'unknown-column' })
    const refused = insert('public.by_uuid', ['id'], { title: null })
    await expect(refused).rejects.toMatchObject({ code: 'database-refused', sqlstate: '23502' })
  })

  it('sees a table that a migration added after it connected', async () => {
    await witness.catalog()
    await database.sql('create table public.later (id int primary key)')
    expect((await insert('public.later', ['id'], { id: 1 })).keys).toHaveLength(1)
  })
})

describe('read', () => {
  it('compares keys by their types', async () => {
    const row = { a: 1, b: id(1), c: '2024-01-01T10:00:00+00:00', note: 'x' }
    await insert('public.by_two', ['a', 'b', 'c'], row)
    const key = { a: '1', b: id(1).toUpperCase(), c: '2024-01-01 12:00:00+02' }
    expect(await witness.read({ table: 'public.by_two', key })).toMatchObject({ note: 'x' })
  })

  it('keeps every digit of a large number', async () => {
    await database.sql(
      `insert into by_identity overriding system value values (9007199254740993, 'a'), (9007199254740992, 'b')`,
    )
    const [row] = await witness.matching('public.by_identity', { note: 'a' })
    expect(row).toEqual({ id: '9007199254740993', note: 'a' })
    expect(await witness.read({ table: 'public.by_identity', key: { id: row?.id ?? null } })).toEqual(row)
    expect(await witness.read({ table: 'public.by_identity', key: { id: 9007199254740992 } })).toMatchObject({
      note: 'b',
    })
  })

  it('takes a value of the wrong type for one that matches nothing, and answers the calls beside it', async () => {
    const [made] = (await insert('public.by_uuid', ['id'], { title: 'beside' })).made
    const keys = ['no uuid', made?.id ?? null, '', id(999), 'x\u0000y']
    const read = await Promise.all(keys.map((key) => witness.read({ table: 'public.by_uuid', key: { id: key } })))
    expect(read.map((row) => row?.title)).toEqual([undefined, 'beside', undefined, undefined, undefined])
    expect(await witness.matching('public.by_uuid', { slug: 'NO SLUG' })).toEqual([])
    expect(await witness.matching('public.by_serial', { id: 99999999999 })).toEqual([])
  })

  it('finds rows of a table without a primary key, null by null', async () => {
    await insert(
      'public.no_key',
      ['name', 'amount'],
      { name: 'n', amount: null, extra: { a: 1 } },
      { name: 'n', amount: 7, extra: null },
    )
    expect(await witness.read({ table: 'public.no_key', key: { name: 'n', amount: null } })).toMatchObject({
      extra: { a: 1 },
    })
    expect(await witness.read({ table: 'public.no_key', key: { name: 'n', amount: 7 } })).toMatchObject({ extra: null })
    expect(await witness.matching('public.no_key', { extra: { a: 1 } })).toHaveLength(1)
    const ambiguous = witness.read({ table: 'public.no_key', key: { name: 'n' } })
    await expect(ambiguous).rejects.toMatchObject({ code: 'ambiguous-key' })
  })

  it('never looks for rows by nothing', async () => {
    await expect(witness.matching('public.no_key', {})).rejects.toMatchObject({ code: 'no-columns' })
  })

  it('reads views', async () => {
    await insert('public.by_uuid', ['id'], { title: 'through the view', mood: 'calm', price: 3 })
    expect(await witness.matching('public.calm', { title: 'through the view' })).toHaveLength(1)
  })

  it('returns the current rows, even under load', async () => {
    await insert('public.by_text', ['the key'], { 'the key': 'busy', select: 0 })
    const row = { table: 'public.by_text', key: { 'the key': 'busy' } }
    for (let n = 1; n <= 50; n++) {
      void witness.read(row)
      await database.sql('update by_text set "select" = $1 where "the key" = $2', [n, 'busy'])
      expect(await witness.read(row)).toMatchObject({ select: n })
    }
  })

  it('shares statements between calls of one moment', async () => {
    const rows = Array.from({ length: 3000 }, (_, n) => ({ note: `many ${n}` }))
    const { keys } = await insert('public.by_serial', ['id'], ...rows)
    const start = performance.now()
    const read = await Promise.all(keys.map((key) => witness.read(key)))
    expect(performance.now() - start).toBeLessThan(10_000)
    expect(read.map((row) => row?.note)).toEqual(rows.map((row) => row.note))
  })
})

describe('restore', () => {
  it('gives the columns their values back, of every type, and leaves the others', async () => {
    const given = {
      title: 'before',
      mood: 'calm',
      data: { a: [1] },
      tags: ['x, y'],
      price: 12.5,
      place: '(1,2)',
      at: null,
    }
    const { made, keys } = await insert('public.by_uuid', ['id'], given)
    const [row, key] = [made[0] ?? {}, keys[0] ?? { table: '', key: {} }]
    const { id: name } = key.key
    await database.sql(
      `update by_uuid set title = 'after', mood = null, data = null, tags = null, price = 1,
      place = null, at = now(), slug = 'kept' where id = $1`,
      [name],
    )
    const { mood, data, tags, price, place, at } = row
    const values = { title: 'before', mood, data, tags, price, place, at } as const
    const restored = await witness.restore(key, values as JsonObject)
    expect(restored).toEqual({ ...row, slug: 'kept' })
    expect(await witness.read(key)).toEqual(restored)
  })

  it('finds a row by a null, and gives its key back', async () => {
    await insert('public.no_key', ['name', 'amount'], { name: 'moved', amount: null })
    const row = { table: 'public.no_key', key: { name: 'moved', amount: null } }
    expect(await witness.restore(row, { name: 'back' })).toMatchObject({ name: 'back', amount: null })
  })

  it('changes nothing when the key names no row, or several, or the database refuses', async () => {
    await insert('public.no_key', ['name', 'amount'], { name: 'twin', amount: 1 }, { name: 'twin', amount: 2 })
    const twins = { table: 'public.no_key', key: { name: 'twin' } }
    await expect(witness.restore(twins, { amount: 3 })).rejects.toMatchObject({ code: 'key-not-unique' })
    expect((await witness.matching('public.no_key', { name: 'twin' })).map(({ amount }) => amount).sort()).toEqual([
      1, 2,
    ])
    const nobody = { table: 'public.no_key', key: { name: 'nobody' } }
    await expect(witness.restore(nobody, { amount: 3 })).rejects.toMatchObject({ code: 'key-not-unique' })
    const { keys } = await insert('public.by_uuid', ['id'], { title: 'kept' })
    const [key = twins] = keys
    await expect(witness.restore(key, { title: null })).rejects.toMatchObject({ sqlstate: '23502' })
  })
})

describe('connecting', () => {
  it('refuses a role to which row security applies', async () => {
    await database.sql(`create role filtered login password 'filtered'`)
    const url = new URL(database.url)
    url.username = url.password = 'filtered'
    await expect(connectWitness(url.href)).rejects.toMatchObject({ code: 'witness-filtered' })
  })

  it('keeps host, user and password to itself when it cannot connect', async () => {
    const failures = [
      'postgres://someone:secret@nowhere.invalid/db',
      'postgres://someone:secret@127.0.0.1:9/db',
      'no url',
    ]
    for (const url of failures) {
      const error = await connectWitness(url).catch((failure: unknown) => failure)
      expect(error).toMatchObject({ code: 'database-unreachable' })
      expect(String(error)).not.toMatch(/someone|secret|nowhere|127|:9/)
    }
  })

  it('gives up on a locked row instead of waiting for the application', async () => {
    await insert('public.forced', ['id'], { id: 2 })
    await database.sql('begin; select * from forced where id = 2 for update')
    const start = performance.now()
    const { left } = await witness.remove([{ table: 'public.forced', key: { id: 2 } }])
    await database.sql('commit')
    expect(performance.now() - start).toBeLessThan(15_000)
    expect(left[0]?.why).toContain('lock timeout')
    expect((await witness.remove([{ table: 'public.forced', key: { id: 2 } }])).left).toEqual([])
  })
})
