import { randomUUID } from 'node:crypto'
import { messageOf } from '../errors.ts'
import type { ChangeListener } from './changes.ts'
import { DatabaseAway } from './database.ts'
import type { Incoming, Outgoing } from './frames.ts'
import { type Broadcast, type Member, type PresenceDiff, topicKey } from './hub.ts'
import type { JoinGrant, JoinRequest } from './join.ts'
import type { JoinPayload } from './join-payload.ts'
import { PAYLOAD_BYTES, PRESENCE_CALLS, PRESENCE_WINDOW, TOKEN_CHECK } from './limits.ts'
import { Permissions } from './permissions.ts'
import type { Service } from './service.ts'
import { type Claims, TokenRefusal } from './tokens.ts'
import type { WantedChanges } from './wanted-changes.ts'

/** The connection, as its channels use it. */
export interface ChannelTransport {
  send(message: Outgoing): void
  sendBroadcast(topic: string, broadcast: Broadcast): void
  /** Called once, when either side closes the channel. */
  closed(channel: Channel): void
}

/**
 * One joined channel of one connection (Realtime `realtime_channel.ex`, `broadcast_handler.ex`, `presence_handler.ex`). Its
 * messages are handled one after the other. Its permissions are checked once and kept until the token is renewed.
 */
export class Channel implements Member, ChangeListener {
  /** The topic on the wire, with `realtime:`. */
  readonly topic: string
  readonly joinRef: string | null
  readonly #service: Service
  readonly #line: ChannelTransport
  readonly #name: string
  readonly #key: string
  readonly #config: JoinPayload['config']
  readonly #permissions: Permissions
  readonly #presenceKey: string
  readonly #replayed: ReadonlySet<string>
  #token: string
  #claims: Claims
  #presenceEnabled: boolean
  #presenceCalls = { count: 0, until: 0 }
  #tokenCheck: NodeJS.Timeout | undefined
  #work: Promise<void> = Promise.resolve()
  #wanted: readonly WantedChanges[] = []
  #listening: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(service: Service, line: ChannelTransport, message: Incoming, request: JoinRequest, grant: JoinGrant) {
    this.topic = message.topic
    this.joinRef = message.joinRef
    this.#service = service
    this.#line = line
    this.#name = request.name
    this.#config = request.payload.config
    this.#key = topicKey(this.#name, this.#config.private)
    this.#presenceKey = this.#config.presence.key || randomUUID()
    this.#presenceEnabled = this.#config.presence.enabled
    this.#replayed = new Set(grant.replayed.map(({ id }) => id))
    this.#token = request.token
    this.#claims = grant.claims
    const caller = { claims: grant.claims, topic: request.name, headers: request.headers }
    this.#permissions = new Permissions(service.pool, caller, grant.policies)
  }

  /** Joins the topic. Called after the client got its answer, before anything else on the connection. */
  open({ replayed }: JoinGrant, wanted: readonly WantedChanges[]): void {
    this.#service.hub.join(this.#key, this)
    this.#checkTokenLater()
    this.#wanted = wanted
    this.#listenToChanges()
    if (this.#config.broadcast.replication_ready) this.#announceStream()
    for (const { id, event, payload, binary_payload: body } of replayed) {
      const meta = { replayed: true, id } as const
      if (body === null) this.#push('broadcast', { event, payload, type: 'broadcast', meta })
      else this.#line.sendBroadcast(this.topic, { event: event ?? '', encoding: 'binary', body, meta })
    }
    if (this.#presenceEnabled && this.#permissions.readsPresence) {
      this.#push('presence_state', this.#service.presence.list(this.#key))
    }
  }

  /** Handles a message of the client, after the earlier ones. */
  handle(message: Incoming): void {
    this.#enqueue(async () => {
      switch (message.event) {
        case 'broadcast':
          return await this.#broadcast(message)
        case 'presence':
          return await this.#handlePresence(message)
        case 'access_token':
          return await this.#renew(message.payload)
        case 'phx_leave':
          this.#reply(message, 'ok')
          return this.close()
      }
    })
  }

  /** Closes the channel after the messages before have been handled, and notifies the client. */
  async closeInTurn(): Promise<void> {
    this.#enqueue(async () => this.close())
    await this.#work
  }

  /** Closes the channel at once and notifies the client. */
  close(): void {
    if (this.#isClosed) return
    this.drop()
    this.#line.send({ joinRef: this.joinRef, ref: this.joinRef, topic: this.topic, event: 'phx_close', payload: {} })
  }

  /** Removes the channel without a message, because its connection is closed. */
  drop(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#tokenCheck)
    this.#service.hub.leave(this.#key, this)
    this.#service.presence.untrack(this.#key, this)
    this.#listening = this.#listening.then(() => this.#service.changes.unsubscribe(this))
    this.#line.closed(this)
  }

  receive(broadcast: Broadcast): void {
    if (!this.#permissions.receivesBroadcasts) return
    if ('meta' in broadcast && broadcast.meta !== undefined && this.#replayed.has(broadcast.meta.id)) return
    this.#line.sendBroadcast(this.topic, broadcast)
  }

  receiveDiff(diff: PresenceDiff): void {
    if (!this.#permissions.receivesDiffs) return
    this.#line.send({ topic: this.topic, event: 'presence_diff', payload: diff })
  }

  receiveChange(ids: number[], data: unknown): void {
    this.#line.send({ topic: this.topic, event: 'postgres_changes', payload: { ids, data } })
  }

  /** Subscribes to changes with the current claims, and sends a message when it is done. The channel is open meanwhile. */
  #listenToChanges(): void {
    if (this.#wanted.length === 0) return
    const { changes, stream } = this.#service
    this.#listening = this.#listening.then(async () => {
      try {
        await stream.ready()
        if (this.#isClosed) return
        await changes.subscribe(this, this.#wanted, this.#claims)
        if (!this.#isClosed) this.#system('postgres_changes', 'ok', 'Subscribed to PostgreSQL')
      } catch (error) {
        if (!this.#isClosed) this.#system('postgres_changes', 'error', messageOf(error))
      }
    })
  }

  #announceStream(): void {
    this.#service.stream.ready().then(
      () => {
        if (!this.#isClosed) this.#system('system', 'ok', 'Replication connection established')
      },
      () => {
        if (!this.#isClosed) this.#shutDown('Replication connection was not established in time')
      },
    )
  }

  /** A denial, an error in a policy and a lost database all stay without an answer. */
  async #broadcast(message: Incoming): Promise<void> {
    const broadcast = broadcastOf(message)
    if (broadcast === undefined || !(await this.#permissions.mayBroadcast())) return
    const { ack, self } = this.#config.broadcast
    if (sizeOf(broadcast) > PAYLOAD_BYTES) {
      if (ack) this.#reply(message, 'error', 'payload_size_exceeded')
      return
    }
    this.#service.hub.broadcast(this.#key, broadcast, self ? undefined : this)
    if (ack) this.#reply(message, 'ok')
  }

  async #handlePresence(message: Incoming): Promise<void> {
    const payload = isRecord(message.payload) ? message.payload : {}
    if (!('event' in payload)) this.#reply(message, 'ok')
    else if (this.#countPresence() > PRESENCE_CALLS) this.#shutDown('Client presence rate limit exceeded')
    else if (/^untrack$/i.test(String(payload.event))) {
      this.#service.presence.untrack(this.#key, this)
      this.#reply(message, 'ok')
    } else if (/^track$/i.test(String(payload.event)) && (await this.#permissions.mayTrack())) {
      this.#track(message, 'payload' in payload ? payload.payload : {})
    } else this.#reply(message, 'error')
  }

  #track(message: Incoming, payload: unknown): void {
    if (!isRecord(payload)) {
      this.#reply(message, 'error', { reason: 'Presence track payload must be a map' })
    } else if (Buffer.byteLength(JSON.stringify(payload)) > PAYLOAD_BYTES) {
      this.#shutDown('Track message size exceeded')
    } else {
      this.#service.presence.track(this.#key, this, this.#presenceKey, payload)
      this.#presenceEnabled = true
      this.#reply(message, 'ok')
    }
  }

  #countPresence(): number {
    const now = performance.now()
    if (now > this.#presenceCalls.until) this.#presenceCalls = { count: 0, until: now + PRESENCE_WINDOW }
    this.#presenceCalls.count += 1
    return this.#presenceCalls.count
  }

  /** Renews the token: all permissions are checked again, and a client that may read less than before is removed. */
  async #renew(payload: unknown): Promise<void> {
    const token = isRecord(payload) ? payload.access_token : undefined
    if (typeof token !== 'string' || token.startsWith('sb_') || token === this.#token) return
    try {
      this.#claims = await this.#service.tokens.verify(token)
      this.#token = token
      this.#checkTokenLater()
      const farewell = await this.#permissions.renew(this.#claims, this.#presenceEnabled)
      if (farewell === undefined) this.#listenToChanges()
      else this.#shutDown(farewell)
    } catch (error) {
      this.#shutDown(shutDownMessage(error))
    }
  }

  #checkTokenLater(): void {
    clearTimeout(this.#tokenCheck)
    const left = (this.#claims.exp - Math.floor(Date.now() / 1000)) * 1000
    this.#tokenCheck = setTimeout(() => this.#enqueue(() => this.#checkToken()), Math.min(left, TOKEN_CHECK))
  }

  async #checkToken(): Promise<void> {
    try {
      await this.#service.tokens.verify(this.#token)
      this.#checkTokenLater()
    } catch (error) {
      this.#shutDown(shutDownMessage(error))
    }
  }

  #shutDown(message: string): void {
    this.#system('system', 'error', message)
    this.close()
  }

  #system(extension: 'system' | 'postgres_changes', status: 'ok' | 'error', message: string): void {
    this.#push('system', { extension, status, message, channel: this.#name })
  }

  #push(event: string, payload: unknown): void {
    this.#line.send({ joinRef: this.joinRef, topic: this.topic, event, payload })
  }

  #reply(message: Incoming, status: 'ok' | 'error', response: unknown = {}): void {
    const { joinRef, topic } = this
    this.#line.send({ joinRef, ref: message.ref, topic, event: 'phx_reply', payload: { status, response } })
  }

  #enqueue(task: () => Promise<void>): void {
    this.#work = this.#work
      .then(async () => {
        if (!this.#isClosed) await task()
      })
      .catch(() => this.#crash())
  }

  /** Phoenix's behaviour after a crash of a channel's process: the client gets an error, and joins again. */
  #crash(): void {
    this.drop()
    this.#line.send({ joinRef: this.joinRef, ref: this.joinRef, topic: this.topic, event: 'phx_error', payload: {} })
  }
}

function broadcastOf({ payload, userBroadcast }: Incoming): Broadcast | undefined {
  return userBroadcast ?? (isRecord(payload) ? { payload } : undefined)
}

function sizeOf(broadcast: Broadcast): number {
  return 'body' in broadcast ? broadcast.body.length : Buffer.byteLength(JSON.stringify(broadcast.payload))
}

function shutDownMessage(error: unknown): string {
  if (error instanceof TokenRefusal) return error.onChannel
  if (error instanceof DatabaseAway) return 'Realtime was unable to connect to the project database'
  return 'Query was cancelled, please try again'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
