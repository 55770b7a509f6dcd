import type { RealtimeChannel, SupabaseClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../test-support.ts'
import { type Bench, join, type Person, startBench } from './test-support.ts'

const migration = `
  create table public.projects (id int primary key, owner uuid, name text, secret text);
  alter table public.projects enable row level security;
  create policy "owners" on public.projects for select to authenticated using (owner = auth.uid());
  create policy "plan" on public.projects for select to authenticated using (name = auth.jwt() ->> 'plan');
  create table public.open (id int primary key, name text, n int, at timestamptz, tags text[], extra jsonb, ok boolean, bytes bytea);
  create table public.whole (id int primary key, name text, secret text);
  alter table public.whole replica identity full;
  alter table public.whole enable row level security;
  create policy "all" on public.whole for select to authenticated using (true);
  create table public.keyless (name text);
  create table public.hidden (id int primary key, name text);
  create table public.unpublished (id int primary key);
  create table public.listed (id int primary key, name text, secret text);
  create table public.broken (id int primary key);
  alter table public.broken enable row level security;
  create policy "broken" on public.broken for select to authenticated using (public.fail());
  grant select on public.projects, public.open, public.keyless, public.listed, public.broken to authenticated, anon;
  grant select (id, name) on public.whole to authenticated;
  alter publication supabase_realtime add table public.projects, public.open, public.whole, public.keyless, public.hidden,
    public.listed (id, name) where (id < 100), public.broken;`

let bench: Bench
beforeAll(async () => {
  bench = await startBench(migration)
})
afterAll(() => bench.stop())

const ok = { extension: 'postgres_changes', status: 'ok', message: 'Subscribed to PostgreSQL' }

/** A change as supabase-js passes it on. */
interface Seen {
  eventType: string
  new: Record<string, unknown>
  old: Record<string, unknown>
  errors: string[] | null
  [more: string]: unknown
}

interface Watcher {
  channel: RealtimeChannel
  client: SupabaseClient
  seen: Seen[]
  told: { message: string; status: string }[]
}

/** Subscribes to changes of one table and waits for the answer of the database. */
async function watch(person: Person | undefined, filter: Record<string, unknown>): Promise<Watcher> {
  const seen: Seen[] = []
  const client = await bench.client(person)
  const ear = await join(client, 'changes', {}, (channel) =>
    channel.on('postgres_changes', { event: '*', schema: 'public', ...filter } as never, (change: unknown) =>
      seen.push(change as Seen),
    ),
  )
  await eventually('the answer', () => ear.told.length > 0)
  return { channel: ear.channel, client, seen, told: ear.told }
}

/**
 * Inserts a last row and waits until every watcher has received it: an earlier change that has not arrived by then never will.
 */
async function fence(table: string, watchers: Watcher[], values: string): Promise<void> {
  await bench.database.query(`insert into public.${table} values (${values})`)
  const id = Number.parseInt(values, 10)
  await eventually('the fence', () => watchers.every(({ seen }) => seen.some((change) => change.new.id === id)))
}

const brief = ({ seen }: Watcher) => seen.map(({ eventType, new: now, old }) => [eventType, now.id ?? old.id])

describe('a subscription to changes', () => {
  it('is announced after the join, and brings inserts, updates and deletes', async () => {
    const watcher = await watch(undefined, { table: 'open' })
    expect(watcher.told).toEqual([{ ...ok, channel: 'changes' }])
    await bench.database.query("insert into public.open (id, name) values (1, 'a')")
    await bench.database.query("update public.open set name = 'b' where id = 1")
    await bench.database.query('update public.open set id = 2 where id = 1')
    await bench.database.query('delete from public.open where id = 2')
    await eventually('all four', () => watcher.seen.length === 4)
    const rest = { n: null, at: null, tags: null, extra: null, ok: null, bytes: null }
    const common = { schema: 'public', table: 'open', errors: null }
    const commit_timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(watcher.seen).toEqual([
      { ...common, commit_timestamp, eventType: 'INSERT', new: { id: 1, name: 'a', ...rest }, old: {} },
      { ...common, commit_timestamp, eventType: 'UPDATE', new: { id: 1, name: 'b', ...rest }, old: { id: 1 } },
      { ...common, commit_timestamp, eventType: 'UPDATE', new: { id: 2, name: 'b', ...rest }, old: { id: 1 } },
      { ...common, commit_timestamp, eventType: 'DELETE', new: {}, old: { id: 2 } },
    ])
  })

  it('has values as JSON of their types', async () => {
    const watcher = await watch(undefined, { table: 'open' })
    await bench.database.query(`insert into public.open values
      (10, 'q"', 7, '2026-01-02 03:04:05+00', '{x,"y z"}', '{"deep": [1, null]}', true, '\\x01ff')`)
    await eventually('the row', () => watcher.seen.length === 1)
    expect(watcher.seen[0]?.new).toEqual({
      id: 10,
      name: 'q"',
      n: 7,
      at: '2026-01-02T03:04:05+00:00',
      tags: ['x', 'y z'],
      extra: { deep: [1, null] },
      ok: true,
      bytes: '01ff',
    })
  })

  it('brings only the events and the tables that it names', async () => {
    const deletes = await watch(undefined, { table: 'open', event: 'DELETE' })
    const inserts = await watch(undefined, { table: 'open', event: 'INSERT' })
    const everything = await watch(undefined, { table: '*' })
    await bench.database.query('insert into public.open (id) values (20); update public.open set n = 1 where id = 20')
    await bench.database.query('insert into public.listed (id) values (20); delete from public.open where id = 20')
    await eventually('the delete', () => deletes.seen.length === 1 && everything.seen.length === 4)
    expect(brief(deletes)).toEqual([['DELETE', 20]])
    expect(brief(inserts)).toEqual([['INSERT', 20]])
    expect(everything.seen.map(({ table, eventType }) => `${table} ${eventType}`)).toEqual([
      'open INSERT',
      'open UPDATE',
      'listed INSERT',
      'open DELETE',
    ])
  })

  it('gives each part of one channel its changes, under its own number', async () => {
    const seen: string[] = []
    const ear = await join(await bench.client(), 'parts', {}, (channel) => {
      const on = (event: string, name: string) =>
        channel.on('postgres_changes', { event, schema: 'public', table: 'open' } as never, () => seen.push(name))
      on('INSERT', 'insert')
      on('*', 'any')
      on('INSERT', 'insert again')
    })
    await eventually('the answer', () => ear.told.length > 0)
    await bench.database.query('insert into public.open (id) values (30); delete from public.open where id = 30')
    await eventually('all', () => seen.length === 4)
    expect(seen.sort()).toEqual(['any', 'any', 'insert', 'insert again'])
  })

  it('reads whole rows of a published table, as the decoder of the real service does', async () => {
    const watcher = await watch(undefined, { table: 'listed' })
    await bench.database.query("insert into public.listed values (500, 'n', 's')")
    await eventually('the row', () => watcher.seen.length === 1)
    expect(watcher.seen[0]?.new).toEqual({ id: 500, name: 'n', secret: 's' })
  })

  it('ends with the channel', async () => {
    const watcher = await watch(undefined, { table: 'open' })
    const count = async () => {
      const { rows } = await bench.database.query('select count(*)::int as n from realtime.subscription')
      return rows[0].n
    }
    expect(await count()).toBeGreaterThan(0)
    await watcher.client.removeAllChannels()
    await eventually('no subscriptions', async () => (await count()) === 0)
  })
})

describe('filters', () => {
  const rows = `(1, 'ann', 5, null), (2, 'Bob', 15, true), (3, 'anna', null, false)`
  it.each([
    ['name=eq.ann', [1]],
    ['name=neq.ann', [2, 3]],
    ['n=lt.15', [1]],
    ['n=lte.15', [1, 2]],
    ['n=gt.5', [2]],
    ['n=gte.5', [1, 2]],
    ['name=in.(ann,Bob)', [1, 2]],
    ['name=like.ann%', [1, 3]],
    ['name=ilike.%B', [2]],
    ['name=match.^a.*a$', [3]],
    ['name=imatch.^b', [2]],
    ['n=is.null', [3]],
    ['ok=is.true', [2]],
    ['n=isdistinct.5', [2, 3]],
    ['n=not.is.null', [1, 2]],
    ['name=not.in.(ann,Bob)', [3]],
    ['n=not.eq.5', [2]],
    ['name=like.ann%,n=gt.1', [1]],
    ['name=eq."ann"', [1]],
    [' ', [1, 2, 3]],
  ])('%s', async (filter, expected) => {
    const watcher = await watch(undefined, { table: 'open', filter, event: 'INSERT' })
    const all = await watch(undefined, { table: 'open', event: 'DELETE' })
    await bench.database.query(`insert into public.open (id, name, n, ok) values ${rows}`)
    await bench.database.query('delete from public.open where id <= 3')
    await eventually('the fence', () => all.seen.length === 3)
    expect(watcher.seen.map((change) => change.new.id)).toEqual(expected)
  })

  it('match deletes by the old row', async () => {
    const byKey = await watch(undefined, { table: 'open', filter: 'id=eq.40' })
    const byName = await watch(undefined, { table: 'open', filter: 'name=eq.x', event: 'DELETE' })
    const all = await watch(undefined, { table: 'open' })
    await bench.database.query(
      "insert into public.open (id, name) values (40, 'x'); delete from public.open where id = 40",
    )
    await fence('open (id)', [all], '41')
    expect(brief(byKey)).toEqual([
      ['INSERT', 40],
      ['DELETE', 40],
    ])
    expect(byName.seen).toEqual([])
  })

  it('restrict columns with select, the key always among them', async () => {
    const watcher = await watch(undefined, { table: 'open', select: ['name'] })
    await bench.database.query("insert into public.open (id, name, n) values (50, 'x', 1)")
    await eventually('the row', () => watcher.seen.length === 1)
    expect(watcher.seen[0]?.new).toEqual({ id: 50, name: 'x' })
  })
})

describe('a subscription that cannot be', () => {
  const unable = 'Unable to subscribe to changes with given parameters.'
  const shown = (table: string, filters = '[]', select = 'nil') =>
    `[event: *, schema: public, table: ${table}, filters: ${filters}, select: ${select}]`
  const check = `${unable} Please check Realtime is enabled for the given connect parameters:`
  const exception = `${unable} An exception happened so please check your connect parameters:`
  it.each([
    [{ table: 'unpublished' }, `${check} ${shown('unpublished')}`],
    [{ table: 'missing' }, `${check} ${shown('missing')}`],
    [
      { table: 'open', filter: 'nope=eq.1' },
      `${exception} ${shown('open', '[{"nope", "eq", "1", false}]')}. Exception: ERROR P0001 (raise_exception) invalid column for filter nope`,
    ],
    [
      { table: 'open', filter: 'n=eq.x' },
      `${exception} ${shown('open', '[{"n", "eq", "x", false}]')}. Exception: ERROR 22P02 (invalid_text_representation) invalid input syntax for type integer: "x"`,
    ],
    [
      { table: 'whole', filter: 'secret=not.eq.x' },
      `${exception} ${shown('whole', '[{"secret", "eq", "x", true}]')}. Exception: ERROR P0001 (raise_exception) invalid column for filter secret`,
    ],
    [
      { table: 'whole', select: ['secret'] },
      `${exception} ${shown('whole', '[]', '["secret"]')}. Exception: ERROR P0001 (raise_exception) invalid column for select secret`,
    ],
    [
      { table: 'open', filter: `n=in.(${Array.from({ length: 101 }, () => '1').join()})` },
      expect.stringMatching(/too many values for `in` filter\. Maximum 100$/),
    ],
    [
      { table: 'open', filter: 'n=is.true' },
      expect.stringMatching(/is true filter requires a boolean column, got integer$/),
    ],
    [
      { table: 'open', filter: 'n=is.x' },
      expect.stringMatching(/invalid value for is filter: must be null, true, false, or/),
    ],
    [
      { table: 'open', filter: 'n=like.x' },
      expect.stringMatching(/operator like requires a text-compatible column type, got/),
    ],
    [{ table: 'open', filter: 'name=match.(' }, expect.stringMatching(/invalid regular expression for match filter: /)],
    [{ table: 'open', filter: 'name=foo.hey' }, 'Error parsing `filter` params: ["foo", "hey"]'],
    [{ table: 'open', filter: 'undefined' }, 'Error parsing `filter` params: ["undefined"]'],
    [
      { table: 'open', filter: 'n=in.1' },
      'Error parsing `filter` params: `in` filter value must be wrapped by parentheses',
    ],
    [
      { table: 'open', filter: 'n=eq.1,,' },
      'Error parsing `filter` params: filter must not contain empty segments (check for extra commas)',
    ],
    [
      { table: 'open', select: 'name' },
      'Error parsing `select` params: expected a list of column name strings, e.g. select: ["col1", "col2"]',
    ],
    [
      { table: '*', select: ['name'] },
      'Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.',
    ],
    [
      { filter: 'n=eq.1' },
      'No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: ' +
        '%{"event" => "*", "filter" => "n=eq.1", "schema" => "public"}',
    ],
  ])('is reported, and the channel stays: %j', async (filter, message) => {
    const person = await bench.person()
    const { told, channel } = await watch(person, filter)
    expect(told).toEqual([{ extension: 'postgres_changes', status: 'error', message, channel: 'changes' }])
    expect(channel.state).toBe('joined')
  })
})

describe('row security', () => {
  it('lets each user see own inserts and updates; a delete reaches all users, with its key only', async () => {
    const [ada, bob] = [await bench.person(), await bench.person()]
    const [own, other] = [await watch(ada, { table: 'projects' }), await watch(bob, { table: 'projects' })]
    // A row that is deleted before its change is checked belongs to no user, so each change waits for the one before.
    await bench.database.query("insert into public.projects values (1, $1, 'a', 's')", [ada.id])
    await eventually('the insert', () => own.seen.length === 1)
    await bench.database.query("update public.projects set name = 'b' where id = 1")
    await eventually('the update', () => own.seen.length === 2)
    await bench.database.query('delete from public.projects where id = 1')
    await eventually('the delete', () => own.seen.length === 3 && other.seen.length > 0)
    expect(brief(own)).toEqual([
      ['INSERT', 1],
      ['UPDATE', 1],
      ['DELETE', 1],
    ])
    expect(brief(other)).toEqual([['DELETE', 1]])
    expect(other.seen[0]?.old).toEqual({ id: 1 })
  })

  it('is judged on the row as it is now, so that rights taken away hold at once', async () => {
    const [ada, bob] = [await bench.person(), await bench.person()]
    const [one, two] = [await watch(ada, { table: 'projects' }), await watch(bob, { table: 'projects' })]
    await bench.database.query('insert into public.projects values (10, $1)', [ada.id])
    await eventually('the insert', () => one.seen.length === 1)
    await bench.database.query('update public.projects set owner = $1 where id = 10', [bob.id])
    await eventually('the update', () => two.seen.length === 1)
    expect(brief(one)).toEqual([['INSERT', 10]])
    expect(brief(two)).toEqual([['UPDATE', 10]])
    expect(two.seen[0]?.old).toEqual({ id: 10 })
  })

  it('goes by the claims at the time of subscribing, until the token is renewed', async () => {
    const person = await bench.person()
    const watcher = await watch(person, { table: 'projects' })
    const control = await watch(
      { ...person, token: await bench.sign({ sub: person.id, plan: 'gold' }) },
      { table: 'projects' },
    )
    await bench.database.query("insert into public.projects values (20, null, 'gold')")
    await eventually('the control', () => control.seen.length === 1)
    await watcher.client.realtime.setAuth(await bench.sign({ sub: person.id, plan: 'gold' }, 800))
    await eventually('the second answer', () => watcher.told.length === 2)
    expect(watcher.told[1]).toEqual({ ...ok, channel: 'changes' })
    await bench.database.query("insert into public.projects values (21, null, 'gold')")
    await eventually('the second row', () => watcher.seen.length === 1)
    expect(brief(watcher)).toEqual([['INSERT', 21]])
  })

  it('is not asked where the table has none, and for service_role', async () => {
    const watcher = await watch(await bench.person({ role: 'service_role' }), { table: 'projects' })
    await bench.database.query('grant select on public.projects to service_role')
    await bench.database.query('insert into public.projects values (30)')
    await eventually('the row', () => watcher.seen.length === 1)
  })

  it('that raises an error withholds the change from all users', async () => {
    const watcher = await watch(await bench.person(), { table: '*' })
    await bench.database.query('insert into public.broken values (1)')
    await fence('open (id)', [watcher], '60')
    expect(watcher.seen.map(({ table }) => table)).toEqual(['open'])
  })
})

describe('privileges', () => {
  it('take columns out, from the old row too, which row security does not look at', async () => {
    const watcher = await watch(await bench.person(), { table: 'whole' })
    await bench.database.query("insert into public.whole values (1, 'a', 's')")
    await eventually('the insert', () => watcher.seen.length === 1)
    await bench.database.query("update public.whole set name = 'b'")
    await eventually('the update', () => watcher.seen.length === 2)
    await bench.database.query('delete from public.whole')
    await eventually('all three', () => watcher.seen.length === 3)
    expect(watcher.seen.map(({ new: now, old }) => [now, old])).toEqual([
      [{ id: 1, name: 'a' }, {}],
      [
        { id: 1, name: 'b' },
        { id: 1, name: 'a' },
      ],
      [{}, { id: 1 }],
    ])
  })

  it('that are missing for the key leave an error, and deletes without a row', async () => {
    const watcher = await watch(await bench.person(), { table: 'hidden' })
    expect(watcher.told[0]?.status).toBe('ok')
    await bench.database.query("insert into public.hidden values (1, 'a'); delete from public.hidden")
    await eventually('both', () => watcher.seen.length === 2)
    expect(watcher.seen).toMatchObject([
      { eventType: 'INSERT', new: {}, errors: ['Error 401: Unauthorized'] },
      { eventType: 'DELETE', old: {}, errors: null },
    ])
  })

  it('are not the question where a table has no primary key', async () => {
    const watcher = await watch(undefined, { table: 'keyless' })
    await bench.database.query("insert into public.keyless values ('a')")
    await eventually('the error', () => watcher.seen.length === 1)
    expect(watcher.seen[0]).toMatchObject({ new: {}, errors: ['Error 400: Bad Request, no primary key'] })
  })

  it('do not matter for a row that is too large: only its short values come', async () => {
    const watcher = await watch(undefined, { table: 'open' })
    await bench.database.query("insert into public.open (id, name, n) values (70, repeat('x', 1100000), 7)")
    await eventually('the row', () => watcher.seen.length === 1)
    expect(watcher.seen[0]?.new).toMatchObject({ id: 70, n: 7 })
    expect(watcher.seen[0]?.new.name).toBeUndefined()
    expect(watcher.seen[0]?.errors).toEqual(['Error 413: Payload Too Large'])
  })
})

describe('a publication that is made anew', () => {
  it('loses its tables at once and takes new ones along at once', async () => {
    const before = await watch(undefined, { table: 'open' })
    await bench.database.query('drop publication supabase_realtime')
    await bench.database.query('insert into public.open (id) values (80)')
    await bench.database.query(
      'create publication supabase_realtime; alter publication supabase_realtime add table public.open',
    )
    await fence('open (id)', [before], '81')
    expect(brief(before)).toEqual([['INSERT', 81]])
  })
})
