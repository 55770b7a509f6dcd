import { afterAll, beforeAll, expect, it } from 'vitest'
import { sweep } from '../../harness/fixtures/sweep.ts'
import { connectWitness } from '../../harness/witness/postgres.ts'
import { startDatabase, type TestDatabase } from './database.ts'

/** Materialized views of every shape, each of the rooms that it shows. */
const schema = `
  create table rooms (id int primary key, name text);
  create table doors (id int primary key, room_id int references rooms on delete cascade);
  create table halls (id int, kind int) partition by list (kind);
  create table small_halls partition of halls for values in (1);
  create table nodes (id int primary key, parent_id int references nodes, next_id int);
  create table links (id int primary key, node_id int references nodes);
  alter table nodes add foreign key (next_id) references links;

  create materialized view plain as select id from rooms;
  create materialized view keyed as select id from rooms;
  create unique index on keyed (id);
  create materialized view partly_keyed as select id from rooms;
  create unique index on partly_keyed (id) where id > 0;
  create view over_plain as select id from plain;
  create materialized view "Over That" as select id from over_plain;
  create materialized view above_all as select id from "Over That" union select id from keyed;
  create materialized view "an earlier name" as select id from above_all;
  create materialized view empty as select id from rooms with no data;
  create materialized view of_doors as select id from doors;
  create materialized view of_halls as select id from halls;
  create materialized view of_links as select id from links;
  create function rooms_now() returns setof int language sql as 'select id from public.rooms';
  create materialized view by_function as select id from rooms_now() id;
  create view over_function as select id from by_function;
  create table apart (id int);
  create materialized view of_apart as select id from apart;`

let database: TestDatabase
beforeAll(async () => {
  database = await startDatabase()
  await database.sql(schema)
})
afterAll(() => database.stop())

const rowsOf = async (view: string) => (await database.sql(`select id from ${view} order by id`)).map(({ id }) => id)
const refresh = async (tables: readonly string[], relations: readonly string[] = []) =>
  await database.witness.refreshViews?.({ tables, relations })

it('a refresh brings new rows into every view that shows them, through other views', async () => {
  const views = ['plain', 'keyed', 'partly_keyed', '"Over That"', 'above_all', '"an earlier name"']
  await database.sql('insert into rooms values (1); insert into apart values (1)')
  for (const view of views) expect(await rowsOf(view), view).toEqual([])
  const unpopulated = {
    view: 'public.empty',
    isRead: false,
    mayHoldRows: false,
    why: expect.stringContaining('never populated'),
  }
  expect(await refresh(['public.rooms'])).toEqual([unpopulated])
  for (const view of views) expect(await rowsOf(view), view).toEqual([1])
  expect(await rowsOf('of_apart')).toEqual([])
})

it('a refresh follows partitions, and tables that refer to a table', async () => {
  await database.sql('insert into small_halls values (1, 1); insert into doors values (1, 1)')
  await refresh(['public.small_halls', 'public.rooms'])
  expect(await rowsOf('of_halls')).toEqual([1])
  expect(await rowsOf('of_doors')).toEqual([1])
})

it('tables that refer to one another in a circle end the search', async () => {
  await database.sql('insert into nodes values (1); insert into links values (1, 1)')
  expect(await refresh(['public.nodes'])).toEqual([])
  expect(await rowsOf('of_links')).toEqual([1])
})

it('a view of a function is refreshed for the relation that is going to be read', async () => {
  await refresh(['public.rooms'])
  expect(await rowsOf('by_function')).toEqual([])
  expect(await refresh([], ['public.over_function'])).toEqual([])
  expect(await rowsOf('by_function')).toEqual([1])
  expect(await refresh([], ['public.no_such_view'])).toEqual([])
})

it('a view with a unique index is refreshed while another transaction reads it', async () => {
  const other = await connectWitness(database.url, { hold: 1000 })
  await database.sql('insert into rooms values (2)')
  await database.sql('begin; select * from keyed')
  try {
    const stale = await other.refreshViews?.({ tables: ['public.rooms'], relations: [] })
    expect(stale?.map(({ view }) => view)).not.toContain('public.keyed')
  } finally {
    await database.sql('rollback')
    await other.close()
  }
  expect(await rowsOf('keyed')).toEqual([1, 2])
})

it('a view that was never populated is filled where the target is the run’s own', async () => {
  const own = await connectWitness(database.url, { ownsSchema: true })
  expect(await own.refreshViews?.({ tables: ['public.rooms'], relations: [] })).toEqual([])
  await own.close()
  expect(await rowsOf('empty')).toEqual([1, 2])
})

it('a view that cannot be refreshed is named with the reason, and whether it is read', async () => {
  await database.sql(`create materialized view broken as select 1 / (count(*) - 1) as id from apart with no data`)
  const own = await connectWitness(database.url, { ownsSchema: true })
  const stale = await own.refreshViews?.({ tables: ['public.apart'], relations: ['public.broken'] })
  await own.close()
  const why = expect.stringContaining('division by zero')
  expect(stale).toEqual([{ view: 'public.broken', isRead: true, mayHoldRows: true, why }])
  await database.sql('drop materialized view broken')
})

it('a sweep takes the rows of a run out of the views too', async () => {
  await database.sql('insert into rooms values (7); insert into doors values (7, 7)')
  await refresh(['public.rooms'])
  expect(await rowsOf('"an earlier name"')).toEqual([1, 2, 7])
  const admin = { deleteUser: async () => undefined, findMarkedUsers: async () => [] }
  const entries = [{ made: 'row', table: 'public.rooms', key: { id: 7 } }] as const
  const since = new Date().toISOString()
  expect(await sweep({ witness: database.witness, admin, entries, since })).toEqual({ made: 1, swept: 1, left: [] })
  expect(await rowsOf('"an earlier name"')).toEqual([1, 2])
  expect(await rowsOf('of_doors')).toEqual([1])
})
