import { randomUUID } from 'node:crypto'
import {
  createClient,
  type RealtimeChannel,
  type RealtimeChannelOptions,
  type SupabaseClient,
} from '@supabase/supabase-js'
import { SignJWT } from 'jose'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { type Sandbox, type SandboxOptions, startSandbox } from '../index.ts'
import { eventually, makeWorkspace } from '../test-support.ts'

/**
 * Channels whose members are rows. The permissions of a member for each extension are columns; the topic `broken` has a policy
 * that raises an error.
 */
const rooms = `
  create table public.members (
    topic text, user_id uuid, reads text[] default '{broadcast,presence}', writes text[] default '{broadcast,presence}');
  grant select on public.members to authenticated;
  create policy "members read" on realtime.messages for select to authenticated using (
    exists (select from public.members where topic = realtime.topic() and user_id = auth.uid() and extension = any (reads)));
  create policy "members write" on realtime.messages for insert to authenticated with check (
    exists (select from public.members where topic = realtime.topic() and user_id = auth.uid() and extension = any (writes)));
  create function public.fail() returns boolean language plpgsql as $$ begin raise exception 'broken'; end $$;
  create policy "broken" on realtime.messages as restrictive for all to authenticated
    using (case when realtime.topic() = 'broken' then public.fail() else true end)
    with check (case when realtime.topic() like 'broken%' then public.fail() else true end);`

/** A user: an id and a token. The database has no row of it. */
export interface Person {
  id: string
  token: string
}

/** A sandbox with such channels, and functions to add and remove members. */
export interface Bench {
  sandbox: Sandbox
  /** Connected as the role postgres. */
  database: pg.Client
  /** Makes a user with a token that is valid for a quarter of an hour. */
  person(claims?: Record<string, unknown>): Promise<Person>
  /** Signs a token that is valid for the given seconds. A claim that is undefined is left out. */
  sign(claims: Record<string, unknown>, seconds?: number): Promise<string>
  /** Makes a user a member of a channel. */
  admit(person: Person, topic: string, reads?: string[], writes?: string[]): Promise<void>
  /** Removes a user from a channel. */
  expel(person: Person, topic: string): Promise<void>
  /** Makes a client with the publishable key, with a user's token or without. It is disconnected when the test ends. */
  client(person?: Person, version?: string): Promise<SupabaseClient>
  stop(): Promise<void>
}

/** Starts a sandbox with these channels and a migration of the test's own. */
export async function startBench(migration = '', options: Partial<SandboxOptions> = {}): Promise<Bench> {
  const workspace = await makeWorkspace({
    'supabase/migrations/1_rooms.sql': rooms,
    'supabase/migrations/2_own.sql': migration,
  })
  const sandbox = await startSandbox({ workspace, ...options })
  const database = new pg.Client(sandbox.databaseUrl)
  await database.connect()
  const sign = (claims: Record<string, unknown>, seconds = 900) => {
    const exp = Math.floor(Date.now() / 1000) + seconds
    const secret = new TextEncoder().encode(sandbox.jwtSecret)
    return new SignJWT({ role: 'authenticated', exp, ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(secret)
  }
  return {
    sandbox,
    database,
    sign,
    person: async (claims = {}) => {
      const id = randomUUID()
      return { id, token: await sign({ sub: id, ...claims }) }
    },
    admit: async ({ id }, topic, reads = ['broadcast', 'presence'], writes = ['broadcast', 'presence']) => {
      await database.query('insert into public.members values ($1, $2, $3, $4)', [topic, id, reads, writes])
    },
    expel: async ({ id }, topic) => {
      await database.query('delete from public.members where topic = $1 and user_id = $2', [topic, id])
    },
    client: async (person, version = '2.0.0') => {
      const client = createClient(sandbox.url, sandbox.publishableKey, {
        auth: { persistSession: false, autoRefreshToken: false },
        realtime: { transport: WebSocket as never, vsn: version },
      })
      onTestFinished(async () => {
        await client.realtime.disconnect()
      })
      if (person !== undefined) await client.realtime.setAuth(person.token)
      return client
    },
    stop: async () => {
      await database.end()
      await sandbox.stop()
    },
  }
}

/** A broadcast as supabase-js passes it on. */
interface Heard {
  type: string
  event: string
  payload: unknown
  meta?: { id: string; replayed?: boolean }
}

/** A channel with everything that it received. */
export interface Ear {
  channel: RealtimeChannel
  /** The states of the subscription in order, with the reason of an error. */
  states: { state: string; reason: string | undefined }[]
  heard: Heard[]
  /** The system messages. */
  told: { extension: string; status: string; message: string; channel: string }[]
  /** The names of the events, in order. */
  events(): string[]
}

/** Subscribes to a channel and waits for the first state. */
export async function subscribe(
  client: SupabaseClient,
  name: string,
  config: RealtimeChannelOptions['config'] = {},
  prepare: (channel: RealtimeChannel) => void = () => undefined,
): Promise<Ear> {
  const channel = client.channel(name, { config })
  const ear: Ear = { channel, states: [], heard: [], told: [], events: () => ear.heard.map(({ event }) => event) }
  channel.on('broadcast', { event: '*' }, (message) => ear.heard.push(message as unknown as Heard))
  channel.on('system', {}, (message) => ear.told.push(message))
  prepare(channel)
  channel.subscribe((state, error) => ear.states.push({ state, reason: error?.message }))
  await eventually(`a state of ${name}`, () => ear.states.length > 0)
  return ear
}

/** Subscribes to a channel and expects success. */
export async function join(...parameters: Parameters<typeof subscribe>): Promise<Ear> {
  const ear = await subscribe(...parameters)
  const [first] = ear.states
  if (first?.state !== 'SUBSCRIBED') throw new Error(`Not let in: ${first?.state} ${first?.reason}`)
  return ear
}

/** Subscribes to a channel and expects a refusal; returns the reason. */
export async function refusal(...parameters: Parameters<typeof subscribe>): Promise<string | undefined> {
  const { states, channel } = await subscribe(...parameters)
  if (states[0]?.state !== 'CHANNEL_ERROR') throw new Error(`Not refused: ${states[0]?.state}`)
  // The client would retry again and again.
  await channel.unsubscribe()
  return states[0].reason
}

/** Broadcasts without waiting for an answer. */
export function broadcast({ channel }: Ear, event: string, payload: unknown = {}): Promise<string> {
  return channel.send({ type: 'broadcast', event, payload })
}

/** Waits until a client has received an event: every earlier message on the same topic has arrived by then, or never will. */
export function hears(ear: Ear, event: string): Promise<void> {
  return eventually(`hearing ${event}`, () => ear.events().includes(event))
}

/** A WebSocket without supabase-js. */
export interface Wire {
  send(frame: unknown): void
  sendBytes(bytes: Buffer): void
  /** Waits for the first frame, text or binary, that matches; earlier frames are kept. */
  next(fits: (text: string) => boolean): Promise<string>
  /** All frames so far. Binary ones are decoded as text. */
  frames: string[]
  closed: Promise<number>
}

/** Opens a WebSocket with these parameters of the URL. */
export async function openWire(sandbox: Sandbox, parameters: Record<string, string> = {}): Promise<Wire> {
  const query = new URLSearchParams({ apikey: sandbox.publishableKey, ...parameters })
  const socket = new WebSocket(`${sandbox.url.replace('http', 'ws')}/realtime/v1/websocket?${query}`)
  onTestFinished(() => socket.terminate())
  const frames: string[] = []
  socket.on('message', (data) => frames.push(String(data)))
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  await new Promise((resolve, fail) => {
    socket.once('open', resolve)
    socket.once('error', fail)
  })
  return {
    frames,
    closed,
    send: (frame) => socket.send(JSON.stringify(frame)),
    sendBytes: (bytes) => socket.send(bytes),
    next: async (fits) => {
      await eventually('a frame', () => frames.some(fits))
      return frames.find(fits) ?? ''
    },
  }
}
