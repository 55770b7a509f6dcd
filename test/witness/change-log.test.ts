import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ChangeLog } from '../../harness/witness/changes/change-log.ts'
import { startDatabase, type TestDatabase } from './database.ts'

let database: TestDatabase
let log: ChangeLog
let client: pg.Client
let marks = 0

beforeAll(async () => {
  database = await startDatabase('changed-tables.sql')
  log = await ChangeLog.open(database.url, null)
  client = new pg.Client(database.url)
  await client.connect()
})
afterAll(async () => {
  await Promise.all([log.close(), client.end()])
  await database.stop()
})
beforeEach(async () => {
  await database.sql(
    `truncate public.tags, public.loose, public.events; delete from public.notes where id < 100;
     insert into public.notes (id, title, body) values (1, 'one', repeat('long ', 9000)), (2, 'two', null);
     insert into public.tags values (1, 'a'), (1, 'b')`,
  )
})

/** The changes of one marked transaction, in short: `update public.notes 1 title`. */
async function changesOf(...statements: readonly string[]): Promise<readonly string[]> {
  const mark = `mark ${++marks}`
  await client.query('begin')
  try {
    await client.query(`select pg_logical_emit_message(true, 'trespass', '${mark}')`)
    for (const statement of statements) await client.query(statement)
    await client.query('commit')
  } catch {
    await client.query('rollback')
  }
  return await described(mark)
}

async function described(mark: string): Promise<readonly string[]> {
  const transactions = await log.changesOf(mark)
  return transactions.flatMap(({ rows, more }) => [
    ...rows
      .map(({ action, table, partition, before, after, columns }) => ({
        action,
        table,
        partition,
        columns,
        row: after ?? before,
      }))
      .map(({ action, table, partition, row, columns }) =>
        [action, table, partition, row?.id ?? row?.tag, columns?.join('+')].filter((part) => part != null).join(' '),
      )
      .sort(),
    ...[...more].map(([table, count]) => `${count} more of ${table}`),
  ])
}

describe('the changes of a marked transaction', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['an update', [`update notes set title = 'x' where id = 1`], ['update public.notes 1 title']],
    [
      'an update of several columns',
      [`update notes set title = 'x', counter = 9`],
      [
        'update public.notes 1 counter+title',
        'update public.notes 100 counter+title',
        'update public.notes 2 counter+title',
      ],
    ],
    ['an update of a key', ['update notes set id = 3 where id = 2'], ['update public.notes 3 id']],
    ['an update that changes nothing', [`update notes set title = 'one' where id = 1`], []],
    [
      'an update that is taken back',
      [`update notes set title = 'x' where id = 1`, `update notes set title = 'one' where id = 1`],
      [],
    ],
    ['an insert', [`insert into notes (id) values (5)`], ['insert public.notes 5']],
    [
      'an insert that is changed',
      ['insert into notes (id) values (5)', 'update notes set counter = 1 where id = 5'],
      ['insert public.notes 5'],
    ],
    ['an insert that is taken back', ['insert into notes (id) values (5)', 'delete from notes where id = 5'], []],
    [
      'a delete with what goes along',
      ['delete from notes where id = 1'],
      ['delete public.notes 1', 'delete public.tags a', 'delete public.tags b'],
    ],
    [
      'a row under another key and gone',
      ['update notes set id = 3 where id = 2', 'delete from notes where id = 3'],
      ['delete public.notes 2'],
    ],
    [
      'a table without a key',
      [`insert into loose values ('a')`, `update loose set what = 'b'`],
      ['insert public.loose', 'update public.loose'],
    ],
    [
      'a delete from a table without a key',
      [`insert into loose values ('a')`, 'delete from loose'],
      ['delete public.loose', 'insert public.loose'],
    ],
    ['a row from before the log', ['update strangers set n = n + 1'], ['update public.strangers n']],
    ['truncate', ['truncate notes cascade'], ['truncate public.notes', 'truncate public.tags']],
    [
      'odd names',
      [`insert into "odd.schema"."a ""table"", with" values ('k', 'it''s')`],
      ['insert odd.schema.a "table", with'],
    ],
    [
      'a partition',
      [`insert into events values (7, '2024-05-05', 'x')`],
      ['insert public.events public.events_2024 7'],
    ],
    ['what a savepoint took back', ['savepoint a', 'delete from notes', 'rollback to savepoint a'], []],
    ['what failed', ['delete from notes', 'select 1/0'], []],
    [
      'no more than a number of rows',
      ['insert into notes (id) select g from generate_series(1000, 1099) g'],
      [...Array.from({ length: 50 }, (_, n) => `insert public.notes ${1000 + n}`), '50 more of public.notes'],
    ],
  ])('%s', async (_name, statements, expected) => {
    const changes = await changesOf(...statements)
    const shortened = changes.map((change) => change.replace(/(strangers) \S{36}/, '$1').replace(/(with) .*/, '$1'))
    expect(shortened).toEqual(expected)
    await database.sql('delete from notes where id >= 1000; delete from "odd.schema"."a ""table"", with"')
  })

  it('leaves out the changes of other transactions at the same time', async () => {
    await client.query(`begin; select pg_logical_emit_message(true, 'trespass', 'slow')`)
    await client.query(`update notes set title = 'mine' where id = 1`)
    await database.sql(`update notes set title = 'theirs' where id = 2`)
    await client.query('commit')
    expect(await described('slow')).toEqual(['update public.notes 1 title'])
  })

  it('answers many at once, each with its own', async () => {
    const pool = new pg.Pool({ connectionString: database.url, max: 8 })
    const numbers = Array.from({ length: 200 }, (_, n) => n + 2000)
    const found = await Promise.all(
      numbers.map(async (n) => {
        await pool.query(
          `begin; select pg_logical_emit_message(true, 'trespass', 'm${n}'); insert into notes (id) values (${n}); commit`,
        )
        return await described(`m${n}`)
      }),
    )
    await pool.end()
    expect(found).toEqual(numbers.map((n) => [`insert public.notes ${n}`]))
    await database.sql('delete from notes where id >= 2000')
  })

  it('sees a row as it stood at the last restart where the log does not hold it', async () => {
    await database.sql(`insert into notes (id, title) values (100, 'renamed') on conflict do nothing`)
    await log.restart()
    expect(await changesOf(`update notes set title = 'renamed', counter = 4 where id = 100`)).toEqual([
      'update public.notes 100 counter',
    ])
  })
})

it('leaves no slot when it is closed', async () => {
  const another = await ChangeLog.open(database.url, null)
  expect(await database.sql('select count(*)::int as n from pg_replication_slots')).toEqual([{ n: 2 }])
  await another.close()
  await expect.poll(() => database.sql('select count(*)::int as n from pg_replication_slots')).toEqual([{ n: 1 }])
  await expect(another.changesOf('any')).rejects.toMatchObject({ code: 'log-not-read' })
})

it('a change log that the role may not replicate is reported with the reason', async () => {
  await database.sql(`create role plain login password 'plain'`)
  const url = new URL(database.url)
  url.username = 'plain'
  url.password = 'plain'
  await expect(ChangeLog.open(url.href, null)).rejects.toMatchObject({ code: 'log-not-read' })
})
