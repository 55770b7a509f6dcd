import { setTimeout as sleep } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import { Channel, type ChannelTransport } from './channel.ts'
import type { Frames, Incoming, Outgoing } from './frames.ts'
import type { Broadcast } from './hub.ts'
import { checkJoin, type JoinRequest } from './join.ts'
import { readJoinPayload, tokenOf } from './join-payload.ts'
import { JoinRefusal } from './refusal.ts'
import type { Service } from './service.ts'
import { numbered } from './wanted-changes.ts'

/** The facts about a client from its handshake. */
export interface Handshake {
  /** The token of a join that brings none of its own. */
  token: string
  frames: Frames
  /** Headers that policies can read. */
  headers: Record<string, string>
}

const PREFIX = 'realtime:'

/**
 * One WebSocket and its channels (Phoenix's socket). Joins are handled one at a time and delay everything after them on the
 * same connection, including the delay of a refusal; messages to channels go to the channel's own queue.
 */
export class Connection {
  readonly #service: Service
  readonly #socket: WebSocket
  readonly #handshake: Handshake
  readonly #channels = new Map<string, Channel>()
  readonly #gone = new AbortController()
  readonly #line: ChannelTransport = {
    send: (message) => this.#send(message),
    sendBroadcast: (topic, broadcast) => this.#sendBroadcast(topic, broadcast),
    closed: (channel) => this.#channels.delete(channel.topic),
  }
  #work: Promise<void> = Promise.resolve()

  constructor(service: Service, socket: WebSocket, handshake: Handshake) {
    this.#service = service
    this.#socket = socket
    this.#handshake = handshake
    socket.on('message', (data, isBinary) => this.#receive(toBuffer(data), isBinary))
    // A broken connection emits an error first and closes then.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#end())
  }

  #receive(data: Buffer, isBinary: boolean): void {
    const message = this.#handshake.frames.decode(data, isBinary)
    if (message === undefined) return
    this.#work = this.#work.then(async () => {
      if (!this.#gone.signal.aborted) await this.#handle(message)
    })
  }

  async #handle(message: Incoming): Promise<void> {
    const { topic, event } = message
    if (topic === 'phoenix' && event === 'heartbeat') return this.#reply(message, 'ok', {})
    const channel = this.#channels.get(topic)
    if (event === 'phx_join') {
      await channel?.closeInTurn()
      return await this.#join(message)
    }
    if (channel !== undefined) channel.handle(message)
    else if (event === 'phx_leave') this.#reply(message, 'ok', {})
    else this.#reply(message, 'error', { reason: 'unmatched topic' })
  }

  async #join(message: Incoming): Promise<void> {
    if (!message.topic.startsWith(PREFIX)) return this.#reply(message, 'error', { reason: 'unmatched topic' })
    const payload = readJoinPayload(message.payload)
    const request: JoinRequest = {
      name: message.topic.slice(PREFIX.length),
      payload,
      token: tokenOf(payload, this.#handshake.token),
      headers: this.#handshake.headers,
      channels: this.#channels.size,
    }
    try {
      const grant = await checkJoin(this.#service, request)
      if (this.#gone.signal.aborted) return
      const wanted = numbered(payload.config.postgres_changes)
      const channel = new Channel(this.#service, this.#line, message, request, grant)
      this.#channels.set(message.topic, channel)
      this.#reply(message, 'ok', { postgres_changes: wanted.map(({ id, parameters }) => ({ ...parameters, id })) })
      channel.open(grant, wanted)
    } catch (error) {
      await this.#refuse(message, error)
    }
  }

  async #refuse(message: Incoming, error: unknown): Promise<void> {
    const reason = error instanceof JoinRefusal ? error.message : 'Unknown Error on Channel'
    const waited = await sleep(this.#service.refusalDelay, true, { signal: this.#gone.signal }).catch(() => false)
    if (waited) this.#reply(message, 'error', { reason })
  }

  #reply({ joinRef, ref, topic }: Incoming, status: 'ok' | 'error', response: unknown): void {
    this.#send({ joinRef, ref, topic, event: 'phx_reply', payload: { status, response } })
  }

  #send(message: Outgoing): void {
    this.#socket.send(this.#handshake.frames.encode(message), () => undefined)
  }

  #sendBroadcast(topic: string, broadcast: Broadcast): void {
    if ('payload' in broadcast) {
      this.#send({ topic, event: 'broadcast', payload: broadcast.payload })
      return
    }
    const frame = this.#handshake.frames.encodeBroadcast(topic, broadcast)
    if (frame !== undefined) this.#socket.send(frame, () => undefined)
  }

  #end(): void {
    this.#gone.abort()
    for (const channel of [...this.#channels.values()]) channel.drop()
  }
}

function toBuffer(data: Buffer | ArrayBuffer | Buffer[]): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data)
  return Buffer.isBuffer(data) ? data : Buffer.from(data)
}
