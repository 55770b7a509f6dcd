import { expect, it } from 'vitest'
import type { JsonObject } from '../json.ts'
import type { ObjectStore, OpenObjectStore } from '../paths/path.ts'
import type { Catalog } from './catalog.ts'
import { type OpenStores, withStores } from './stores.ts'
import type { RowKey, Witness } from './witness.ts'

/** A store that keeps its things in memory, and logs the order of its calls. */
function shelves(table: string, log: string[]): OpenStores {
  const things = new Map<string, JsonObject>()
  const name = ({ id }: JsonObject) => String(id)
  const open: OpenObjectStore = {
    read: async (key) => things.get(name(key)) ?? null,
    make: async (values) => {
      log.push(`make ${table} ${name(values)}`)
      things.set(name(values), { size: 0, ...values })
    },
    change: async (key, values) => {
      things.set(name(key), { ...things.get(name(key)), ...values })
    },
    remove: async (key) => {
      if (things.get(name(key))?.kept === true) throw new Error('it is not empty')
      log.push(`remove ${table} ${name(key)}`)
      things.delete(name(key))
    },
  }
  const store: ObjectStore = {
    table,
    key: ['id'],
    columns: { id: { type: 'text', required: true }, size: { type: 'integer', readOnly: true } },
    open: () => open,
  }
  return { store, open }
}

/** A witness of rows that has none and logs its calls. */
function rowsOnly(log: string[]): Witness {
  const never = () => Promise.reject(new Error('not asked for'))
  return {
    sees: 'database',
    setting: never,
    catalog: async () => ({ relations: {}, functions: {} }),
    insert: never,
    read: async () => ({ from: 'tables' }),
    matching: never,
    restore: never,
    remove: async (rows) => {
      log.push(`remove ${rows.length} rows`)
      return { gone: rows.length, left: [] }
    },
    removeDependents: async () => [],
    schema: async () => null,
    close: async () => undefined,
  }
}

function opened() {
  const log: string[] = []
  const witness = withStores(rowsOnly(log), [shelves('s.boxes', log), shelves('s.things', log)])
  return { log, witness }
}

const box = (id: string): RowKey => ({ table: 's.boxes', key: { id } })
const thing = (id: string): RowKey => ({ table: 's.things', key: { id } })

it('leaves an existing thing alone: it is neither made nor journaled, so that no sweep takes it', async () => {
  const { log, witness } = opened()
  const batch = { table: 's.things', keyColumns: ['id'], rows: [{ id: 'a' }] }
  await witness.insert(batch, () => undefined)
  log.length = 0
  const again = { ...batch, rows: [{ id: 'b' }, { id: 'a' }] }
  const refused = witness.insert(again, (keys) => log.push(`journal ${JSON.stringify(keys)}`))
  await expect(refused).rejects.toThrow('s.things holds a already, and a run touches only what it makes')
  expect(log).toEqual([])
})

it('journals a thing before it is made, and returns its state afterwards', async () => {
  const { log, witness } = opened()
  const batch = { table: 's.things', keyColumns: ['id'], rows: [{ id: 'a' }] }
  const made = await witness.insert(batch, (keys) => log.push(`journal ${JSON.stringify(keys)}`))
  expect(made).toEqual([{ id: 'a' }])
  expect(await witness.read(thing('a'))).toEqual({ size: 0, id: 'a' })
  expect(log).toEqual(['journal [{"table":"s.things","key":{"id":"a"}}]', 'make s.things a'])
})

it('finds a thing by its key, when the other values fit too', async () => {
  const { witness } = opened()
  await witness.insert({ table: 's.things', keyColumns: ['id'], rows: [{ id: 'a', text: 'x' }] }, () => undefined)
  expect(await witness.matching('s.things', { id: 'a', text: 'x' })).toHaveLength(1)
  expect(await witness.matching('s.things', { id: 'a', text: 'y' })).toEqual([])
  await expect(witness.matching('s.things', { text: 'x' })).rejects.toMatchObject({ code: 'incomplete-key' })
})

it('stores remove rows first, then objects, then their containers, and return the leftovers', async () => {
  const { log, witness } = opened()
  await witness.insert({ table: 's.boxes', keyColumns: ['id'], rows: [{ id: 'b', kept: true }, { id: 'c' }] }, () => 0)
  await witness.insert({ table: 's.things', keyColumns: ['id'], rows: [{ id: 'a' }] }, () => 0)
  log.length = 0
  const row = { table: 'public.t', key: { id: 1 } }
  expect(await witness.remove([box('b'), box('c'), row, thing('a')])).toEqual({
    gone: 3,
    left: [{ row: box('b'), why: 'it is not empty' }],
  })
  expect(log).toEqual(['remove 1 rows', 'remove s.things a', 'remove s.boxes c'])
})

it('restores changed columns', async () => {
  const { witness } = opened()
  await witness.insert({ table: 's.things', keyColumns: ['id'], rows: [{ id: 'a', text: 'x' }] }, () => undefined)
  expect(await witness.restore(thing('a'), { text: 'y' })).toMatchObject({ text: 'y' })
})

it('describes its things as a table, whose rows are known by their key', async () => {
  const { witness } = opened()
  const { relations } = await witness.catalog()
  expect(relations['s.things']).toMatchObject({
    kind: 'table',
    primaryKey: ['id'],
    columns: { id: { nullable: false, hasDefault: false }, size: { generated: true } },
  })
})

it('leaves rows of tables to the witness of rows', async () => {
  expect(await opened().witness.read({ table: 'public.t', key: { id: 1 } })).toEqual({ from: 'tables' })
})

it('reads from the table of the same name the columns that no answer of the service holds, where that can be seen', async () => {
  const log: string[] = []
  const { store, open } = shelves('s.things', log)
  const owned: OpenStores = {
    store: { ...store, columns: { ...store.columns, owner: { type: 'text', databaseOnly: true } } },
    open,
  }
  const relations: Catalog['relations'] = {
    's.things': {
      name: 's.things',
      kind: 'table',
      columns: {
        owner: { name: 'owner', type: 'text', nullable: true, hasDefault: false, generated: false, identity: 'no' },
      },
      primaryKey: [],
      uniqueKeys: [],
      foreignKeys: [],
    },
  }
  const seeing: Witness = {
    ...rowsOnly(log),
    catalog: async () => ({ relations, functions: {} }),
    read: async () => ({ id: 'a', owner: 'alice' }),
  }
  await open.make({ id: 'a' })
  const seen = (rows: Witness) => withStores(rows, [owned]).read(thing('a'))
  expect(await seen(seeing)).toEqual({ id: 'a', size: 0, owner: 'alice' })
  expect(await seen(rowsOnly(log))).toEqual({ id: 'a', size: 0 })
})

it('requests many removals at once, and then that of each remaining thing', async () => {
  const log: string[] = []
  const { store, open } = shelves('s.things', log)
  const several: OpenStores = {
    store,
    open: {
      ...open,
      async removeMany(keys) {
        log.push(`remove ${keys.length} together`)
        await open.remove({ id: 'a' })
      },
    },
  }
  const witness = withStores(rowsOnly(log), [several])
  const rows = [{ id: 'a' }, { id: 'b', kept: true }]
  await witness.insert({ table: 's.things', keyColumns: ['id'], rows }, () => undefined)
  log.length = 0
  expect(await witness.remove([thing('a'), thing('b'), thing('never made')])).toEqual({
    gone: 2,
    left: [{ row: thing('b'), why: 'it is not empty' }],
  })
  expect(log).toEqual(['remove 2 together', 'remove s.things a'])
})

it('reads whether a thing exists', async () => {
  const { witness } = opened()
  await witness.insert({ table: 's.things', keyColumns: ['id'], rows: [{ id: 'a' }] }, () => undefined)
  expect(await Promise.all([witness.has?.(thing('a')), witness.has?.(thing('b'))])).toEqual([true, false])
})
