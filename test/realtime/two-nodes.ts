import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { framesOf } from '../../sandbox/realtime/frames.ts'

/** The node of a connection, of an HTTP request or of the database's replication connection. */
type Node = 'a' | 'b'

/**
 * The node at which a message entered the cluster. Messages of one lane reach another node in order, those of two lanes may
 * not.
 */
interface Origin {
  readonly node: Node
  readonly lane: string
}

export interface TwoNodesOptions {
  /** Values from 0 to 1: they place connections and choose delays. */
  readonly random: () => number
  /** Milliseconds between two replications of presence (Realtime, `PRESENCE_BROADCAST_PERIOD_IN_MS`). */
  readonly period?: number
  /** The maximum delay of a broadcast to the other node in milliseconds; null if it never arrives. */
  readonly transit: number | null
}

/** A relay in front of a Realtime. */
export interface TwoNodes {
  readonly url: string
  close(): Promise<void>
}

/** The number of presence's shards, each with a timer of its own (Realtime, `PRESENCE_POOL_SIZE`). */
const shards = 10

/** The node that reads the database's log. */
const databaseNode: Node = 'a'

const metas = z.record(z.string(), z.object({ metas: z.array(z.record(z.string(), z.unknown())) }))
const diffSchema = z.object({ joins: metas, leaves: metas })
const joinSchema = z.object({ config: z.object({ presence: z.object({ key: z.string() }).optional() }).optional() })
const presenceCall = z.object({ event: z.string() })
const frameSchema = z.tuple([
  z.string().nullable(),
  z.string().nullable(),
  z.string(),
  z.string(),
  z.record(z.string(), z.unknown()),
])
type Frame = z.output<typeof frameSchema>
const frames = framesOf('2.0.0')

/**
 * Starts a relay that makes one Realtime behave like a cluster of two nodes. Each connection and each HTTP request belongs to
 * one of them. Presence reaches the other node with the next tick of its shard's timer, broadcasts within `transit`, in order
 * for each sender (Phoenix.Tracker, `broadcast_period`; Realtime, gen_rpc/pub_sub.ex). Replies are immediate.
 */
export async function startTwoNodes(upstream: string, options: TwoNodesOptions): Promise<TwoNodes> {
  const cluster = new Cluster(options)
  const server = createServer((request, response) => void cluster.passHttp(upstream, request, response))
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (client) => cluster.connect(upstream, client, request.url ?? '/'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the relay has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

class Cluster {
  readonly #random: () => number
  readonly #period: number
  readonly #transit: number | null
  /** The offsets of the timers, by node and shard. */
  readonly #phases = new Map<string, number>()
  /** The origin of a message, by its mark. */
  readonly #origins = new Map<string, Origin>()
  /** The node at which a presence was tracked, and when the other node gets it, by its key. */
  readonly #tracked = new Map<string, { readonly node: Node; readonly at: number }>()
  /** The presence key of a joined channel. */
  readonly #keys = new Map<string, string>()
  /** The deliveries of a lane to a client, one after the other. */
  readonly #lanes = new Map<string, Promise<void>>()
  #count = 0

  constructor({ random, period = 1_500, transit }: TwoNodesOptions) {
    this.#random = random
    this.#period = period
    this.#transit = transit
  }

  connect(upstream: string, client: WebSocket, path: string): void {
    this.#count += 1
    const id = String(this.#count)
    const node = this.#node()
    const server = new WebSocket(new URL(path, upstream.replace('http', 'ws')))
    const opened = new Promise((resolve) => server.once('open', resolve))
    client.on('message', (data, isBinary) => {
      void opened.then(() => {
        this.#sent(id, node, data, isBinary)
        server.send(data, { binary: isBinary })
      })
    })
    server.on('message', (data, isBinary) => this.#received(id, node, client, data, isBinary))
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => undefined)
      one.on('close', () => other.close())
    }
  }

  async passHttp(upstream: string, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of incoming) parts.push(Buffer.from(part))
    const body = Buffer.concat(parts)
    this.#count += 1
    const origin = { node: this.#node(), lane: `http ${this.#count}` }
    for (const [, mark] of body.toString('utf8').matchAll(markPattern)) this.#origins.set(mark ?? '', origin)
    const { method, headers, url = '/' } = incoming
    const passed = httpRequest(new URL(url, upstream), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    passed.on('error', () => response.destroy())
    passed.end(body)
  }

  /** Records the origin of presences and broadcasts of a client. */
  #sent(client: string, node: Node, data: RawData, isBinary: boolean): void {
    const message = frames?.decode(bufferOf(data), isBinary)
    if (message === undefined) return
    if (message.userBroadcast !== undefined) {
      const mark = markIn(message.userBroadcast.body)
      if (mark !== undefined) this.#origins.set(mark, { node, lane: `${client} ${message.topic}` })
    }
    const channel = `${client} ${message.topic}`
    if (message.event === 'phx_join') {
      this.#keys.set(channel, joinSchema.safeParse(message.payload).data?.config?.presence?.key ?? '')
    }
    if (message.event === 'presence' && presenceCall.safeParse(message.payload).data?.event === 'track') {
      this.#tracked.set(this.#keys.get(channel) ?? '', { node, at: this.#beat(node, message.topic) })
    }
  }

  /** Forwards a message of the service to a client, with a delay if it comes from the other node. */
  #received(id: string, node: Node, client: WebSocket, data: RawData, isBinary: boolean): void {
    const bytes = bufferOf(data)
    const pass = () => client.send(bytes, { binary: isBinary })
    const parsed = isBinary ? null : frameSchema.safeParse(JSON.parse(bytes.toString('utf8')))
    const event = parsed?.data?.[3]
    if (parsed === null || event === 'broadcast') this.#broadcast(id, node, markIn(bytes), pass)
    else if (event === 'postgres_changes') this.#fromNode(databaseNode, node, `${id} changes`, pass)
    else if (event === 'presence_diff' && parsed.success) this.#diff(id, node, client, parsed.data)
    else if (event === 'presence_state' && parsed.success) this.#state(id, node, client, parsed.data)
    else pass()
  }

  #broadcast(id: string, node: Node, mark: string | undefined, pass: () => void): void {
    const origin = this.#origins.get(mark ?? '') ?? { node: databaseNode, lane: 'database' }
    this.#fromNode(origin.node, node, `${id} ${origin.lane}`, pass)
  }

  #fromNode(origin: Node, node: Node, lane: string, pass: () => void): void {
    if (origin === node) this.#late(lane, 0, pass)
    else if (this.#transit !== null) this.#late(lane, this.#random() * this.#transit, pass)
  }

  #diff(id: string, node: Node, client: WebSocket, [, , topic, , payload]: Frame): void {
    const diff = diffSchema.parse(payload)
    const keys = new Set([...Object.keys(diff.joins), ...Object.keys(diff.leaves)])
    for (const key of keys) {
      const origin = this.#tracked.get(key)?.node ?? node
      const part = { joins: only(diff.joins, key), leaves: only(diff.leaves, key) }
      const pass = () => client.send(JSON.stringify([null, null, topic, 'presence_diff', part]))
      if (origin === node) pass()
      else this.#late(`${id} ${topic} ${origin}`, this.#beat(origin, topic) - performance.now(), pass)
    }
  }

  /** A state lacks the members that were tracked on the other node since its last tick; they follow with the next one. */
  #state(id: string, node: Node, client: WebSocket, [joinRef, ref, topic, event, payload]: Frame): void {
    const state = metas.parse(payload)
    const now = performance.now()
    const isLate = (key: string) => {
      const tracked = this.#tracked.get(key)
      return tracked !== undefined && tracked.node !== node && tracked.at > now
    }
    const known = Object.fromEntries(Object.entries(state).filter(([key]) => !isLate(key)))
    client.send(JSON.stringify([joinRef, ref, topic, event, known]))
    for (const key of Object.keys(state).filter(isLate)) {
      const { node: origin = node, at = now } = this.#tracked.get(key) ?? {}
      const diff = { joins: only(state, key), leaves: {} }
      this.#late(`${id} ${topic} ${origin}`, at - now, () =>
        client.send(JSON.stringify([null, null, topic, 'presence_diff', diff])),
      )
    }
  }

  /** Delivers after a delay, and after earlier messages of the same lane. */
  #late(lane: string, milliseconds: number, pass: () => void): void {
    const until = performance.now() + milliseconds
    const before = this.#lanes.get(lane) ?? Promise.resolve()
    const delivery = before
      .then(() => sleep(Math.max(0, until - performance.now()), undefined, { ref: false }))
      .then(pass)
    this.#lanes.set(lane, delivery)
  }

  /** @returns when a presence that is tracked now reaches the other node. */
  #beat(node: Node, topic: string): number {
    const shard = [...topic].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % shards
    const key = `${node} ${shard}`
    const phase = this.#phases.get(key) ?? this.#random() * this.#period
    this.#phases.set(key, phase)
    const now = performance.now()
    return phase + Math.ceil((now - phase) / this.#period) * this.#period
  }

  #node(): Node {
    return this.#random() < 0.5 ? 'a' : 'b'
  }
}

/** The mark in the harness's payloads. */
const markPattern = /"trespass":"([0-9a-f]+)"/g

function markIn(bytes: Buffer): string | undefined {
  const [found] = bytes.toString('utf8').matchAll(markPattern)
  return found?.[1]
}

function only<Value>(all: Readonly<Record<string, Value>>, key: string): Record<string, Value> {
  const value = all[key]
  return value === undefined ? {} : { [key]: value }
}

function bufferOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data)
  return Buffer.isBuffer(data) ? data : Buffer.from(data)
}
