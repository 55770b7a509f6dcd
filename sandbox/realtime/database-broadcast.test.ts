import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientOf, eventually } from '../test-support.ts'
import { type Bench, type Ear, hears, join, type Person, startBench } from './test-support.ts'

const migration = `
  create table public.documents (id int primary key, room text, title text, secret text);
  create function public.tell_room() returns trigger language plpgsql security definer as $$
  begin
    perform realtime.broadcast_changes(coalesce(new.room, old.room), tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
    return null;
  end $$;
  create trigger tell_room after insert or update or delete on public.documents
    for each row execute function public.tell_room();
  create function public.say(words text, room text) returns void language sql as
    $$ select realtime.send(jsonb_build_object('words', words), 'said', room, true) $$;`

let bench: Bench
beforeAll(async () => {
  bench = await startBench(migration)
})
afterAll(() => bench.stop())

const ready = { broadcast: { replication_ready: true } }
const secret = { private: true, ...ready }

/** Joins, and waits until broadcasts from the database are delivered. */
async function listen(person: Person | undefined, topic: string, config = {}): Promise<Ear> {
  const ear = await join(await bench.client(person), topic, { ...ready, ...config })
  await eventually('the replication connection', () => ear.told.length > 0)
  return ear
}

describe('a broadcast from SQL', () => {
  it('is announced, and reaches private and public channels apart', async () => {
    const person = await bench.person()
    await bench.admit(person, 'sql')
    const inside = await listen(person, 'sql', secret)
    const outside = await listen(undefined, 'sql')
    const message = 'Replication connection established'
    expect(inside.told).toEqual([{ extension: 'system', status: 'ok', message, channel: 'sql' }])
    await bench.database.query(
      `select realtime.send('{"n": 1}', 'one', 'sql'), realtime.send('{"n": 2}', 'two', 'sql', false)`,
    )
    await hears(inside, 'one')
    await hears(outside, 'two')
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/)
    expect(inside.heard).toEqual([{ type: 'broadcast', event: 'one', payload: { n: 1, id }, meta: { id } }])
    expect(outside.heard).toEqual([{ type: 'broadcast', event: 'two', payload: { n: 2, id }, meta: { id } }])
    expect(inside.heard[0]?.payload).toEqual({ n: 1, id: inside.heard[0]?.meta?.id })
  })

  it('may be binary', async () => {
    const ear = await listen(undefined, 'bytes')
    await bench.database.query(`select realtime.send_binary('\\x01fa', 'bytes', 'bytes', false)`)
    await hears(ear, 'bytes')
    expect([...new Uint8Array(ear.heard[0]?.payload as ArrayBuffer)]).toEqual([1, 250])
  })

  it('comes only when it is committed', async () => {
    const ear = await listen(undefined, 'commits')
    await bench.database.query(`begin; select realtime.send('{}', 'lost', 'commits', false); rollback`)
    await bench.database.query(`select realtime.send('{}', 'fence', 'commits', false)`)
    await hears(ear, 'fence')
    expect(ear.events()).toEqual(['fence'])
  })

  it('carries a whole row from a trigger, also columns that a member may not read', async () => {
    const person = await bench.person()
    await bench.admit(person, 'papers')
    const ear = await listen(person, 'papers', secret)
    await bench.database.query(`insert into public.documents values (1, 'papers', 'a', 'hidden')`)
    await bench.database.query(`update public.documents set title = 'b' where id = 1`)
    await bench.database.query('delete from public.documents where id = 1')
    await hears(ear, 'DELETE')
    const row = (title: string) => ({ id: 1, room: 'papers', title, secret: 'hidden' })
    const common = { table: 'documents', schema: 'public', id: expect.any(String) }
    expect(ear.heard.map(({ payload }) => payload)).toEqual([
      { ...common, operation: 'INSERT', record: row('a'), old_record: null },
      { ...common, operation: 'UPDATE', record: row('b'), old_record: row('a') },
      { ...common, operation: 'DELETE', record: null, old_record: row('b') },
    ])
  })

  it('is decided by the policies of the calling role, without an error when it is refused', async () => {
    const [writer, reader] = [await bench.person(), await bench.person()]
    await bench.admit(writer, 'called')
    await bench.admit(reader, 'called', ['broadcast'], [])
    const ear = await listen(reader, 'called', secret)
    const say = async (person: Person, words: string) => {
      const headers = { apikey: bench.sandbox.publishableKey, authorization: `Bearer ${person.token}` }
      const body = JSON.stringify({ words, room: 'called' })
      return await fetch(`${bench.sandbox.url}/rest/v1/rpc/say`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
      })
    }
    expect((await say(reader, 'denied')).status).toBe(204)
    expect((await say(writer, 'allowed')).status).toBe(204)
    await hears(ear, 'said')
    expect(ear.heard.map(({ payload }) => payload)).toEqual([{ words: 'allowed', id: expect.any(String) }])
  })

  it('is not sent twice to a member that has it from a replay', async () => {
    const person = await bench.person()
    await bench.admit(person, 'again')
    const first = await listen(person, 'again', secret)
    await bench.database.query(`select realtime.send('{}', 'old', 'again')`)
    await hears(first, 'old')
    const replay = { since: Date.now() - 60_000 }
    const second = await listen(person, 'again', { private: true, broadcast: { replay, replication_ready: true } })
    await bench.database.query(`select realtime.send('{}', 'new', 'again')`)
    await hears(second, 'new')
    expect(second.events()).toEqual(['old', 'new'])
    expect(first.events()).toEqual(['old', 'new'])
  })
})

describe('realtime.messages', () => {
  it('takes policies from postgres, and the Data API does not show it', async () => {
    await bench.database.query('create policy "mine" on realtime.messages for select to anon using (false)')
    await expect(bench.database.query('create table realtime.mine ()')).rejects.toMatchObject({ code: '42501' })
    const { error } = await clientOf(bench.sandbox.url, bench.sandbox.secretKey)
      .schema('realtime')
      .from('messages')
      .select()
    expect(error?.code).toBe('PGRST106')
  })

  it('lets API roles insert and read it under its policies only', async () => {
    for (const role of ['anon', 'authenticated']) {
      await bench.database.query(`begin; set local role ${role}`)
      const { rows } = await bench.database.query('select count(*)::int as n from realtime.messages')
      expect(rows).toEqual([{ n: 0 }])
      const insert = "insert into realtime.messages (topic, extension) values ('x', 'broadcast')"
      await expect(bench.database.query(insert)).rejects.toMatchObject({ code: '42501' })
      await bench.database.query('rollback')
    }
  })

  it('contains the messages that realtime.send() refused with a warning', async () => {
    const warnings: string[] = []
    bench.database.on('notice', ({ message }) => warnings.push(message ?? ''))
    await bench.database.query('begin; set local role anon')
    await bench.database.query(`select realtime.send('{}', 'e', 'x')`)
    await bench.database.query('rollback')
    expect(warnings).toEqual([
      expect.stringMatching(/^WarnSendingBroadcastMessage: new row violates row-level security/),
    ])
  })

  it('delivers a row with any extension if its columns form a message', async () => {
    const ear = await listen(undefined, 'shapes')
    const { database } = bench
    await database.query(
      `insert into realtime.messages (topic, extension, event, payload) values ('shapes', 'presence', 'odd', '1')`,
    )
    await database.query(
      `insert into realtime.messages (topic, extension, payload) values ('shapes', 'broadcast', '{}')`,
    )
    await database.query(`select realtime.send('{}', 'fence', 'shapes', false)`)
    await hears(ear, 'fence')
    expect(ear.events()).toEqual(['odd', 'fence'])
  })
})
