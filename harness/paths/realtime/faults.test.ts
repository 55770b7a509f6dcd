import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { alone } from '../../../test/support/example-answers.ts'
import { isObject, type JsonObject } from '../../json.ts'
import type { ActorSession, PrivilegedSession } from '../../model/session.ts'
import type { Call } from '../path.ts'
import { realtime } from './index.ts'

/** A message of Phoenix: the reference of the join, that of the message, the topic, the event and what it carries. */
type Message = readonly [joinRef: string | null, ref: string | null, topic: string, event: string, payload: JsonObject]

/** A server's reaction to a message; the default answers `ok` to every message that is not binary. */
type Handler = (message: Message, socket: WebSocket) => void

let server: WebSocketServer
let handle: Handler
let connections = 0

const reply = ([joinRef, ref, topic]: Message, socket: WebSocket, status = 'ok', response: JsonObject = {}): void => {
  socket.send(JSON.stringify([joinRef, ref, topic, 'phx_reply', { status, response }]))
}

beforeEach(async () => {
  connections = 0
  handle = reply
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket) => {
    connections += 1
    socket.on('message', (data, isBinary) => {
      // supabase-js sends broadcasts as bytes; these tests look at nothing in them.
      const message: Message = isBinary ? [null, null, '', 'broadcast', {}] : JSON.parse(String(data))
      handle(message, socket)
    })
  })
  await new Promise((resolve) => server.once('listening', resolve))
})

afterEach(async () => {
  await realtime.close?.()
  for (const socket of server.clients) socket.terminate()
  await new Promise((resolve) => server.close(resolve))
})

function address(): string {
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('the server has no port')
  return `http://127.0.0.1:${bound.port}`
}

const actorAt = (url: string): ActorSession => ({
  kind: 'actor',
  actor: 'alice',
  actorKind: 'authenticated',
  user: null,
  credential: 'intact',
  url,
  apiKey: 'a-key',
  token: 'a-token',
})
const privileged = (): PrivilegedSession => ({ kind: 'privileged', url: address(), secretKey: 'a-secret' })

/** Makes an attempt. @returns the response pattern of its answer, and what was seen to happen. */
async function outcome(verb: string, body: JsonObject = {}, more: Partial<Call> = {}, caller = actorAt(address())) {
  const target = { name: 'room', table: 'realtime.channels', key: { topic: 'room' }, values: { topic: 'room' } }
  const call: Call = {
    ...alone,
    resource: { kind: 'channel', name: 'rooms' },
    verb,
    body: { [verb]: 'room', ...body },
    targets: [target],
    ...more,
  }
  const answer = await realtime.attempt(caller, call)
  const face = realtime.responses.find((candidate) => candidate.matches(answer, verb))
  return { face: face?.name, means: face?.means.kind, failure: answer.failure, caught: answer.caught?.kind }
}

describe('a connection', () => {
  it('that is lost before the answer to a join leaves it unknown, and is not made again', async () => {
    handle = (_, socket) => socket.terminate()
    expect(await outcome('join')).toMatchObject({ face: 'no-answer', means: 'unknown', failure: 'network' })
    expect(connections).toBe(1)
  })

  it('that is lost in the middle leaves the attempt unknown', async () => {
    handle = (message, socket) => (message[3] === 'phx_join' ? reply(message, socket) : socket.terminate())
    const lost = { face: 'no-answer', means: 'unknown', failure: 'network' }
    expect(await outcome('send')).toMatchObject({ ...lost, caught: 'unread' })
    expect(await outcome('track')).toMatchObject({ ...lost, caught: 'unread' })
  })

  it('that is refused is recognised by its handshake', async () => {
    server.options.verifyClient = (_, done: (ok: boolean, code: number, text: string) => void) => done(false, 401, 'no')
    expect(await outcome('join')).toMatchObject({ face: 'handshake-refused', means: 'denied' })
  })

  it('that no server accepts is no denial', async () => {
    const nobody = actorAt('http://127.0.0.1:1')
    expect(await outcome('join', {}, {}, nobody)).toMatchObject({ face: 'no-answer', failure: 'network' })
    expect(await outcome('send', { via: 'http' }, {}, nobody)).toMatchObject({ face: 'no-answer', failure: 'network' })
  })

  it('is used again by the same actor, and closed at the end', async () => {
    const alice = actorAt(address())
    await outcome('join', {}, {}, alice)
    await outcome('join', {}, {}, alice)
    expect([connections, server.clients.size]).toEqual([1, 1])
    await realtime.close?.()
    await expect.poll(() => server.clients.size).toBe(0)
  })

  it('is not shared by attempts that are under way at once', async () => {
    await Promise.all([outcome('join'), outcome('join'), outcome('join')])
    expect(connections).toBe(3)
  })
})

describe('a server', () => {
  it('that takes a join back is not asked again', async () => {
    let joins = 0
    handle = (message, socket) => {
      if (message[3] === 'phx_join') joins += 1
      reply(message, socket, 'error', { reason: 'Unauthorized: no' })
    }
    expect(await outcome('join')).toMatchObject({ face: 'channel-unreadable', means: 'denied' })
    expect(joins).toBe(1)
  })

  it('that closes a channel without a word leaves it unknown', async () => {
    handle = (message, socket) => {
      reply(message, socket)
      const [joinRef, , topic, event] = message
      if (event === 'phx_join') socket.send(JSON.stringify([joinRef, joinRef, topic, 'phx_close', {}]))
    }
    expect(await outcome('send')).toMatchObject({ face: 'channel-closed', means: 'unknown' })
  })

  it('whose messages reach no subscriber proves no silence', { timeout: 60_000 }, async () => {
    const unproven = { face: 'silence-unproven', means: 'unknown' }
    const [sent, received, unheard] = await Promise.all([
      outcome('send', {}, { witness: privileged() }),
      outcome('receive', {}, { witness: privileged() }),
      outcome('receive'),
    ])
    expect(sent).toMatchObject({ ...unproven, caught: 'unread' })
    expect([received, unheard]).toMatchObject([unproven, unproven])
  })

  it('that loses the connection of a presence proves no silence', { timeout: 60_000 }, async () => {
    let tracked = 0
    handle = (message, socket) => {
      const [joinRef, , topic, event, payload] = message
      if (payload.event === 'track') {
        tracked += 1
        if (tracked === 2) return socket.terminate()
        const joins = { key: { metas: [{ phx_ref: '1', ...(isObject(payload.payload) ? payload.payload : {}) }] } }
        socket.send(JSON.stringify([joinRef, null, topic, 'presence_diff', { joins, leaves: {} }]))
      }
      reply(message, socket)
      if (event === 'phx_join') socket.send(JSON.stringify([joinRef, null, topic, 'presence_state', {}]))
    }
    const seen = await outcome('presence', {}, { witness: privileged() })
    expect(seen).toMatchObject({ face: 'silence-unproven', means: 'unknown' })
    expect(tracked).toBe(2)
  })

  it('that never answers leaves it unknown', { timeout: 60_000 }, async () => {
    handle = () => {}
    expect(await outcome('join')).toMatchObject({ face: 'no-answer', means: 'unknown', failure: 'timeout' })
  })
})
