import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { freshToken, shortToken } from '../../harness/actors/renewal.ts'
import { openSessions } from '../../harness/actors/sign-in.ts'
import type { JsonObject } from '../../harness/json.ts'
import type { ActorDeclaration } from '../../harness/model/matrix.ts'
import type { ActorSession, PrivilegedSession } from '../../harness/model/session.ts'
import type { OpenTarget } from '../../harness/model/target.ts'
import type { Answer, Call, TargetRow } from '../../harness/paths/path.ts'
import { realtime } from '../../harness/paths/realtime/index.ts'
import { makeWorkspace, openWith } from '../workspace.ts'

/**
 * Channels whose members are rows. The permissions of a member for each extension are columns. A trigger sends a message for
 * each change of a note, and some notes are published.
 */
const migration = `
create table public.members (topic text, user_id uuid, reads text[], writes text[], primary key (topic, user_id));
grant select on public.members to authenticated;
alter table public.members enable row level security;
create policy "own" on public.members for select to authenticated using (user_id = auth.uid());
create policy "members read" on realtime.messages for select to authenticated using (
  exists (select from public.members m where m.topic = realtime.topic() and m.user_id = auth.uid() and extension = any (m.reads)));
create policy "members write" on realtime.messages for insert to authenticated with check (
  exists (select from public.members m where m.topic = realtime.topic() and m.user_id = auth.uid() and extension = any (m.writes)));

create table public.notes (id uuid primary key default gen_random_uuid(), owner_id uuid not null, title text not null, secret text);
alter table public.notes enable row level security;
create policy "owners" on public.notes for select to authenticated using (owner_id = auth.uid());
grant select (id, owner_id, title) on public.notes to authenticated;
grant all on public.notes to service_role;
create function public.tell() returns trigger language plpgsql security definer as $$ begin
  perform realtime.broadcast_changes('notes', tg_op, tg_op, tg_table_name, tg_table_schema, new, old); return null; end $$;
create trigger tell after insert or update or delete on public.notes for each row execute function public.tell();
alter publication supabase_realtime add table public.notes;
create table public.unpublished (id uuid primary key default gen_random_uuid());
grant select on public.unpublished to authenticated;
`

const at = { file: 'matrices/actors.yaml', line: 1, column: 1 }
const actors: readonly ActorDeclaration[] = [
  { name: 'visitor', kind: 'anon', at },
  { name: 'alice', kind: 'authenticated', at },
  { name: 'bob', kind: 'authenticated', at },
  { name: 'mallory', kind: 'authenticated', at },
  { name: 'forger', kind: 'authenticated', as: 'alice', token: 'wrong-key', at },
  { name: 'keyless', kind: 'authenticated', as: 'alice', apiKey: 'none', at },
]

/** The result of an attempt. */
export interface Tried {
  readonly answer: Answer
  readonly face: string | undefined
  readonly means: string | undefined
}

/** The context of an attempt in a test. */
type Surroundings = Partial<Omit<Call, 'verb' | 'body'>>

/** The options of a bench. */
export interface BenchOptions {
  /** Further SQL. */
  readonly sql?: string
  /** A relay between the sessions and the sandbox; closed with the bench. */
  readonly relay?: (url: string) => Promise<{ readonly url: string; close(): Promise<void> }>
}

/** Opens a sandbox with these channels for the tests of one file, and closes it after them. */
export function realtimeBench({ sql = '', relay }: BenchOptions = {}) {
  let opened: OpenTarget
  let sessions: Readonly<Record<string, ActorSession>>
  let remove: () => void
  let database: pg.Client
  let service: PrivilegedSession | null
  let closeRelay = async () => {}

  beforeAll(async () => {
    const workspace = makeWorkspace({ 'supabase/migrations/1_rooms.sql': migration + sql })
    remove = workspace.remove
    opened = await openWith(workspace.root, {})
    const { target } = opened
    const journal = { append: () => {} }
    const common = { target, journal, runId: '20261121-084512-k3f9', emailDomain: 'trespass.test', concurrency: 4 }
    sessions = (await openSessions({ ...common, roster: { actors, world: [] } })).sessions
    service = target.privileged
    if (relay !== undefined && service !== null) {
      const { url, close } = await relay(service.url)
      closeRelay = close
      sessions = Object.fromEntries(Object.entries(sessions).map(([name, one]) => [name, { ...one, url }]))
      service = { ...service, url }
    }
    database = new pg.Client(target.databaseUrl ?? '')
    await database.connect()
  })

  afterAll(async () => {
    await realtime.close?.()
    await closeRelay()
    await database.end()
    await opened.close()
    remove()
  })

  const session = (name: string): ActorSession => {
    const found = sessions[name]
    if (found === undefined) throw new Error(`no session for ${name}`)
    return found
  }
  const privileged = (): PrivilegedSession => {
    if (service === null) throw new Error('no secret key')
    return service
  }

  const callOf = (
    caller: ActorSession | PrivilegedSession,
    verb: string,
    topic: string,
    body: JsonObject,
    more: Surroundings,
  ): Call => ({
    resource: { kind: 'channel', name: 'rooms' },
    verb,
    body: { [verb]: 'room', ...body },
    targets: [channel(topic)],
    touched: [],
    meanwhile: async () => {},
    afterwards: async () => {},
    add: async (table, values) => {
      const columns = Object.keys(values)
      const places = columns.map((_, index) => `$${index + 1}`)
      const text = `insert into ${table} (${columns.join(', ')}) values (${places.join(', ')})`
      await database.query(text, Object.values(values))
    },
    witness: privileged(),
    secretOf: (name) => {
      throw new Error(`no secret is known by the name ${name}`)
    },
    session,
    freshToken: () => freshToken(caller, opened.target),
    shortToken: (seconds) => shortToken(caller, opened.target, seconds),
    ...more,
  })

  return {
    session,
    privileged,
    databaseUrl: () => opened.target.databaseUrl ?? '',
    query: (text: string, values: unknown[] = []) => database.query(text, values),
    userId: (name: string) => session(name).user?.id ?? '',
    /** Makes an actor a member of a channel. */
    async admit(name: string, topic: string, reads = both, writes = both): Promise<void> {
      const values = [topic, session(name).user?.id, reads, writes]
      await database.query('insert into public.members values ($1, $2, $3, $4)', values)
    },
    async expel(name: string, topic: string): Promise<void> {
      await database.query('delete from public.members where topic = $1 and user_id = $2', [
        topic,
        session(name).user?.id,
      ])
    },
    /** Makes one attempt. */
    async attempt(
      who: string,
      verb: string,
      topic: string,
      body: JsonObject = {},
      more: Surroundings = {},
    ): Promise<Tried> {
      const caller = who === 'privileged' ? privileged() : session(who)
      const call = callOf(caller, verb, topic, body, more)
      const answer = await realtime.attempt(caller, call)
      return tried(answer, verb)
    },
    /** Joins a channel and stays joined. */
    async hold(who: string, topic: string) {
      const caller = session(who)
      const held = await realtime.hold?.(caller, callOf(caller, 'receive', topic, {}, {}))
      if (held === null || held === undefined) throw new Error('nothing is held')
      const renew = async () => held.renew?.((await freshToken(caller, opened.target)) ?? '')
      return { use: async () => tried(await held.use(), 'receive'), renew, end: () => held.end() }
    },
  }
}

function tried(answer: Answer, verb: string): Tried {
  const face = realtime.responses.find((candidate) => candidate.matches(answer, verb))
  const means = face?.means
  return { answer, face: face?.name, means: means?.kind === 'denied' ? means.layer : means?.kind }
}

/** A topic as a fixture. */
function channel(topic: string): TargetRow {
  return { name: 'room', table: 'realtime.channels', key: { topic }, values: { topic } }
}

const both = ['broadcast', 'presence']
