import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../harness/json.ts'
import type { RowKey, Witness } from '../../harness/witness/witness.ts'
import { startDatabase, type TestDatabase } from './database.ts'

let database: TestDatabase
let witness: Witness

beforeAll(async () => {
  database = await startDatabase('odd-tables.sql', 'family-tables.sql')
  witness = database.witness
})
afterAll(() => database.stop())
beforeEach(() =>
  database.sql(`truncate parents, strict_children, plain_children, plain_grandchildren, cascading_children,
    held_grandchildren, loose_children, stuck_children, hens, eggs, nodes, accounts, account_log, account_profile,
    papers, lines, paper_history, sealed, kept, phoenixes, teams, members, user_notes, user_profiles, profile_badges,
    no_key, by_uuid, events`),
)

const row = (table: string, key: JsonObject): RowKey => ({ table: `public.${table}`, key })
const byId = (table: string, ...ids: readonly number[]) => ids.map((id) => row(table, { id }))

async function count(table: string): Promise<number> {
  return (await database.sql(`select 1 from ${table}`)).length
}

describe('remove', () => {
  it('counts a row that is gone already, a key that cannot exist and a table that was dropped as gone', async () => {
    const rows = [...byId('parents', 1), row('by_uuid', { id: 'no uuid' }), row('never', { id: 1 })]
    expect(await witness.remove([...rows, ...rows])).toEqual({ gone: 3, left: [] })
    expect(await witness.remove([])).toEqual({ gone: 0, left: [] })
  })

  it('removes dependents of a new foreign key, and forgets a dropped table, since the catalog was read', async () => {
    await database.sql('create table late_parents (id int primary key); create table late_events (id int primary key)')
    await database.sql('insert into late_parents values (1); insert into late_events values (1)')
    await witness.catalog()
    await database.sql(`
      create table late_children (id int primary key, parent_id int references late_parents);
      insert into late_children values (7, 1);
      drop table late_events`)
    expect(await witness.remove([...byId('late_parents', 1), ...byId('late_events', 1)])).toEqual({ gone: 2, left: [] })
    expect(await count('late_children')).toBe(0)
    await database.sql('drop table late_children, late_parents')
  })

  it('removes named rows in any order, and no other row', async () => {
    await database.sql(`insert into parents values (1), (2), (3); insert into strict_children values (1, 1), (2, 2)`)
    const rows = [...byId('parents', 1, 2), ...byId('strict_children', 2, 1)]
    expect(await witness.remove(rows)).toEqual({ gone: 4, left: [] })
    expect(await database.sql('select id from parents')).toEqual([{ id: 3 }])
  })

  it('removes dependents by a key that blocks, at every depth and through cascades', async () => {
    await database.sql(`
      insert into parents values (1), (2);
      insert into strict_children values (1, 1), (2, 2);
      insert into plain_children values (1, 1), (2, 2);
      insert into plain_grandchildren values (1), (1), (2), (null);
      insert into cascading_children values (1, 1), (2, 2);
      insert into held_grandchildren values (1), (2);
      insert into loose_children values (1, 1), (2, 2);
      insert into stuck_children values (1, 1), (2, 2)`)
    expect(await witness.remove(byId('parents', 1))).toEqual({ gone: 1, left: [] })
    for (const table of ['parents', 'strict_children', 'plain_children', 'cascading_children', 'stuck_children']) {
      expect(await database.sql(`select id from ${table}`), table).toEqual([{ id: 2 }])
    }
    expect(await database.sql('select * from plain_grandchildren order by 1')).toEqual([
      { child_id: 2 },
      { child_id: null },
    ])
    expect(await database.sql('select * from loose_children order by id')).toEqual([
      { id: 1, parent_id: null },
      { id: 2, parent_id: 2 },
    ])
  })

  it('removes rows that refer to each other in a circle, and a tree', async () => {
    await database.sql(`
      insert into hens values (1), (2), (3); insert into eggs values (1, 1), (2, 2), (3, 3);
      update hens set egg_id = case id when 1 then 2 when 2 then 1 end where id < 3;
      insert into nodes values (1, null), (2, 1), (3, 2), (4, 2), (5, null)`)
    expect(await witness.remove(byId('hens', 1))).toEqual({ gone: 1, left: [] })
    expect(await database.sql('select id from hens')).toEqual([{ id: 3 }])
    expect(await database.sql('select id from eggs')).toEqual([{ id: 3 }])
    expect(await witness.remove(byId('nodes', 1))).toEqual({ gone: 1, left: [] })
    expect(await database.sql('select id from nodes')).toEqual([{ id: 5 }])
  })

  it('removes rows that a trigger added, with and without a cascade', async () => {
    await witness.insert({ table: 'public.accounts', keyColumns: ['id'], rows: [{ id: 1 }, { id: 2 }] }, () => {})
    expect(await count('account_log')).toBe(2)
    expect(await witness.remove(byId('accounts', 1, 2))).toEqual({ gone: 2, left: [] })
    expect([await count('account_log'), await count('account_profile')]).toEqual([0, 0])
  })

  it('removes rows that a trigger writes during the removal', async () => {
    await database.sql('insert into papers values (1); insert into lines values (1, 1), (2, 1)')
    expect(await witness.remove(byId('papers', 1))).toEqual({ gone: 1, left: [] })
    expect(await count('paper_history')).toBe(0)
  })

  it('lets a cascade take a row that cannot go alone', async () => {
    await database.sql('insert into teams values (1); insert into members values (1, 1)')
    const { left } = await witness.remove([...byId('members', 1), ...byId('teams', 1)])
    expect(left).toEqual([])
    expect(await count('members')).toBe(0)
  })

  it('lists the rows that it could not remove, with the reasons, and removes those beside them', async () => {
    await database.sql(`insert into sealed select n, n = 700 from generate_series(1, 1500) n;
      insert into kept values (1); insert into phoenixes values (1)`)
    const sealed = byId('sealed', ...Array.from({ length: 1500 }, (_, n) => n + 1))
    expect(await witness.remove(sealed)).toEqual({
      gone: 1499,
      left: [{ row: row('sealed', { id: 700 }), why: expect.stringContaining('row 700 is sealed') }],
    })
    const stubborn = [...byId('kept', 1), ...byId('phoenixes', 1)]
    const { gone, left } = await witness.remove(stubborn)
    expect(gone).toBe(0)
    expect(left.map(({ why }) => why)).toEqual(stubborn.map(() => expect.stringContaining('trigger')))
    const unknown = await witness.remove([row('sealed', { no_column: 1 })])
    expect(unknown.left[0]?.why).toContain('no column')
  })

  it('removes rows of a table without a primary key, of partitions and through a view', async () => {
    await database.sql(`insert into no_key values ('a', null), ('a', 1), ('b', null);
      insert into events values (1, '2024-01-01'), (1, '2025-01-01');
      insert into by_uuid (title, mood) values ('v', 'calm'), ('w', 'calm')`)
    await witness.remove([row('no_key', { name: 'a', amount: null }), row('events', { id: 1, day: '2024-01-01' })])
    expect(await database.sql('select name, amount from no_key order by 1')).toEqual([
      { name: 'a', amount: 1 },
      { name: 'b', amount: null },
    ])
    expect(await count('events')).toBe(1)
    expect(await witness.remove([row('calm', { title: 'v' })])).toEqual({ gone: 1, left: [] })
    expect(await count('by_uuid')).toBe(1)
  })

  it('never removes by nothing', async () => {
    await database.sql('insert into parents values (1)')
    await expect(witness.remove([row('parents', {})])).rejects.toMatchObject({ code: 'no-columns' })
    expect(await count('parents')).toBe(1)
  })

  it('removes ten thousand rows of two tables in bulk', async () => {
    await database.sql(`insert into parents select n from generate_series(1, 5000) n;
      insert into cascading_children select n, n from generate_series(1, 5000) n`)
    const ids = Array.from({ length: 5000 }, (_, n) => n + 1)
    const start = performance.now()
    const result = await witness.remove([...byId('parents', ...ids), ...byId('cascading_children', ...ids)])
    expect(performance.now() - start).toBeLessThan(10_000)
    expect(result).toEqual({ gone: 10_000, left: [] })
  })
})

describe('removeDependents', () => {
  const user = '00000000-0000-4000-8000-000000000001'
  const users = [{ table: 'auth.users', key: { id: user } }]
  beforeEach(() => database.sql('delete from auth.users'))

  it("removes the rows that block a user's removal, and leaves the user and the cascades", async () => {
    await database.sql(`insert into auth.users (id) values ('${user}');
      insert into user_notes values (1, '${user}'); insert into user_profiles values ('${user}');
      insert into profile_badges values ('${user}')`)
    expect(await witness.removeDependents(users)).toEqual([])
    expect([await count('user_notes'), await count('profile_badges')]).toEqual([0, 0])
    expect([await count('user_profiles'), await count('auth.users')]).toEqual([1, 1])
    await database.sql('delete from auth.users')
  })

  it('names the row that it could not remove', async () => {
    await database.sql(`insert into auth.users (id) values ('${user}'); insert into user_notes values (1, '${user}');
      create trigger refuse before delete on user_notes for each row execute function refuse()`)
    expect(await witness.removeDependents(users)).toEqual([{ row: users[0], why: expect.any(String) }])
    await database.sql('drop trigger refuse on user_notes')
    expect(await witness.removeDependents(users)).toEqual([])
    expect(await witness.removeDependents([row('never', { id: 1 }), ...users])).toEqual([])
  })
})
