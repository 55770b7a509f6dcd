import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectWitness } from '../../harness/witness/postgres.ts'
import type { Witness } from '../../harness/witness/witness.ts'
import { startDatabase, type TestDatabase } from './database.ts'

let database: TestDatabase
let witness: Witness

beforeAll(async () => {
  database = await startDatabase('kept-tables.sql')
  witness = database.witness
})
afterAll(() => database.stop())

const first = (table: string) => [{ table: `public.${table}`, key: { id: 1 } }]
const past = { pastRules: true }

async function ids(table: string) {
  return (await database.sql(`select id from ${table} order by 1`)).map(({ id }) => id)
}

/** @returns every trigger and rule with its state. */
function states() {
  return database.sql(`select tgrelid::regclass::text as on, tgname as name, tgenabled as state from pg_trigger where not tgisinternal
    union all select ev_class::regclass::text, rulename, ev_enabled from pg_rewrite order by 1, 2`)
}

const shapes = [
  'raises_before',
  'raises_after',
  'raises_for_statements',
  'raises_at_commit',
  'raises_in_a_helper',
  'raises_with_odd_names',
  'raises_always',
  'raises_as_owner',
  'skips',
  'deletes_softly',
  'puts_back',
  'ruled_nothing',
  'ruled_softly',
  'ruled_always',
  'keeps_twice',
  'parted',
  'inherited',
  'logs_deletes',
  'counted',
]

describe('a row that a trigger or a rule keeps', () => {
  it.each(shapes)('stays without the option, goes with it, and the rest is as before: %s', async (table) => {
    const before = await states()
    expect((await witness.remove(first(table))).left).toMatchObject([{ row: first(table)[0] }])
    expect(await witness.remove(first(table), past)).toEqual({ gone: 1, left: [] })
    expect(await ids(table)).toEqual([2])
    expect(await database.sql(`select deleted_at from ${table}`)).toEqual([{ deleted_at: null }])
    expect(await states()).toEqual(before)
  })

  it('is counted down by the trigger that keeps nothing', async () => {
    expect(await database.sql('select total from counter')).toEqual([{ total: 1 }])
  })

  it('goes with a hundred others that are kept in the same way', async () => {
    await database.sql('insert into raises_before select n from generate_series(100, 199) as n')
    const rows = Array.from({ length: 100 }, (_, n) => ({ table: 'public.raises_before', key: { id: 100 + n } }))
    expect(await witness.remove(rows, past)).toEqual({ gone: 100, left: [] })
  })
})

it('a trigger of a table that holds no named row is switched off only where the database was made for runs', async () => {
  const before = await states()
  const { left } = await witness.remove(first('parents_of_kept'), past)
  expect(left).toEqual([
    { row: first('parents_of_kept')[0], why: expect.stringContaining('rows of kept_children are kept') },
  ])
  const own = await connectWitness(database.url, { ownsSchema: true })
  try {
    expect(await own.remove(first('parents_of_kept'), past)).toEqual({ gone: 1, left: [] })
  } finally {
    await own.close()
  }
  expect(await database.sql('select parent from kept_children')).toEqual([{ parent: 2 }])
  expect(await states()).toEqual(before)
})

describe('while another session holds the table', () => {
  const table = 'blocked'
  const held = () => database.sql(`begin; lock table ${table} in row exclusive mode`)

  beforeAll(async () => {
    await database.sql(`create table ${table} (id int primary key);
      insert into ${table} values (1);
      create trigger keep before delete on ${table} for each row execute function raise_kept()`)
  })

  it('a row is left after the lock timeout, and the message names the trigger', async () => {
    await held()
    const { left } = await witness.remove(first(table), past)
    await database.sql('rollback')
    expect(left.map(({ why }) => why)).toEqual([
      expect.stringMatching(/trigger keep on blocked, not switched off: .*lock timeout/),
    ])
  })

  it('a removal that is killed with the trigger switched off leaves trigger and row', async () => {
    const before = await states()
    // The delete waits for this advisory lock after the trigger that keeps the row has been disabled.
    await database.sql(`create function wait_here() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock(7); return old; end $$;
      create trigger wait after delete on ${table} for each row execute function wait_here()`)
    await database.sql('select pg_advisory_lock(7)')
    const killed = witness.remove(first(table), past).then(
      ({ left }) => left.map(({ why }) => why),
      (error: unknown) => error,
    )
    const waiting = `select pid from pg_stat_activity where wait_event = 'advisory' and application_name = 'trespass-witness'`
    await expect.poll(async () => (await database.sql(waiting)).length, { interval: 20 }).toBe(1)
    await database.sql(`select pg_terminate_backend(pid) from (${waiting}) as w`)
    expect(await killed).toBeDefined()
    await database.sql(`select pg_advisory_unlock(7); drop function wait_here cascade`)
    expect([await states(), await ids(table)]).toEqual([before, [1]])
    expect(await witness.remove(first(table), past)).toEqual({ gone: 1, left: [] })
  })
})

it('a table keeps its rows if the database user may not act as its owner, and the message contains the reason', async () => {
  await database.sql(`create role small login bypassrls password 'small'; grant usage on schema public to small;
    create table foreign_rows (id int primary key); insert into foreign_rows values (1);
    grant select, delete on foreign_rows to small;
    create trigger keep before delete on foreign_rows for each row execute function raise_kept()`)
  const url = new URL(database.url)
  url.username = 'small'
  url.password = 'small'
  const small = await connectWitness(url.href)
  try {
    const { left } = await small.remove(first('foreign_rows'), past)
    expect(left.map(({ why }) => why)).toEqual([
      expect.stringMatching(/trigger keep on foreign_rows, not switched off: permission denied/),
    ])
  } finally {
    await small.close()
  }
  expect(await ids('foreign_rows')).toEqual([1])
})
