import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { sweep, type UserAdmin } from '../../harness/fixtures/sweep.ts'
import type { JsonObject } from '../../harness/json.ts'
import { connectWitness } from '../../harness/witness/postgres.ts'
import { realtimeBench } from './bench.ts'

/** A trigger stores a message for each change of a note; the key of a share is a note of other people. */
const sql = `
create table public.shares (note_id uuid references public.notes, n int, primary key (note_id, n));
create role reader login bypassrls;
grant usage on schema public, realtime to reader;
grant all on all tables in schema public to reader;
grant select, insert on realtime.messages to reader;
`
const bench = realtimeBench({ sql })
const admin: UserAdmin = { deleteUser: async () => {}, findMarkedUsers: async () => [] }
const since = new Date().toISOString()

/** Sweeps one row, as the role of the database URL or as another one. */
async function sweepRow(table: string, key: JsonObject, user?: string) {
  const url = new URL(bench.databaseUrl())
  if (user !== undefined) [url.username, url.password] = [user, user]
  const witness = await connectWitness(url.href)
  try {
    return await sweep({ witness, admin, since, entries: [{ made: 'row', table, key }] })
  } finally {
    await witness.close()
  }
}

async function newNote(): Promise<string> {
  const id = randomUUID()
  await bench.query('insert into public.notes (id, owner_id, title) values ($1, $2, $3)', [id, randomUUID(), 'a note'])
  return id
}

async function messagesAbout(id: string): Promise<number> {
  const { rows } = await bench.query('select from realtime.messages where payload::text like $1', [`%${id}%`])
  return rows.length
}

test('entries about users of the run in the log of Auth are counted and named, and those of others are not', async () => {
  const [ours, others] = [randomUUID(), randomUUID()]
  for (const [user, age] of [
    [ours, '0'],
    [ours, '0'],
    [ours, '3 days'],
    [others, '0'],
  ]) {
    const entry = `insert into auth.audit_log_entries (id, payload, created_at)
      values (gen_random_uuid(), $1, now() - $2::interval)`
    await bench.query(entry, [{ action: 'user_signedup', traits: { user_id: user } }, age])
  }
  const witness = await connectWitness(bench.databaseUrl())
  const entries = [{ made: 'kept-user', id: ours }] as const
  try {
    const { made, left, stays } = await sweep({ witness, admin, since, entries })
    expect([made, left]).toEqual([1, []])
    expect(stays).toEqual([expect.stringMatching(/^2 entries about the users of the run in auth\.audit_log_entries/)])
  } finally {
    await witness.close()
  }
})

describe('messages that Realtime has stored', () => {
  test('are swept with the rows that they are about, and those of others stay', async () => {
    const [ours, others] = [await newNote(), await newNote()]
    // One message about the insert, one about the delete.
    expect(await sweepRow('public.notes', { id: ours })).toEqual({ made: 3, swept: 3, left: [] })
    expect([await messagesAbout(ours), await messagesAbout(others)]).toEqual([0, 1])
  })

  test('stay where the run has only referred to a row of others', async () => {
    const others = await newNote()
    await bench.query('insert into public.shares values ($1, 1)', [others])
    expect(await sweepRow('public.shares', { note_id: others, n: 1 })).toEqual({ made: 1, swept: 1, left: [] })
    expect(await messagesAbout(others)).toBe(1)
  })

  test('are counted as expiring where the role may not delete them', async () => {
    await bench.query(`alter role reader password 'reader'`)
    const ours = await newNote()
    const swept = await sweepRow('public.notes', { id: ours }, 'reader')
    expect(swept).toEqual({ made: 3, swept: 1, expiring: 2, left: [] })
    expect(await messagesAbout(ours)).toBe(2)
  })
})
