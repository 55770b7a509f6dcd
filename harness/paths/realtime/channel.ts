import type { RealtimeChannel, RealtimePostgresChangesFilter } from '@supabase/supabase-js'
import { z } from 'zod'
import type { JsonObject } from '../../json.ts'
import type { Connection } from './connection.ts'
import { broadcastIn, changeIn, type Notice, presencesIn, systemIn } from './notices.ts'
import { rateLimiters, timeouts } from './timing.ts'
import type { Handshake } from './transport.ts'

/** The filter of a subscription to changes. */
export type ChangesWanted = RealtimePostgresChangesFilter<'INSERT' | 'UPDATE' | 'DELETE' | '*'>

export interface ChannelOptions {
  /** Without `realtime:`. */
  readonly topic: string
  readonly private: boolean
  /** The key under which it would be tracked; switches presence on. */
  readonly presenceKey?: string
  /** True to receive its own broadcasts too. */
  readonly self?: boolean
  readonly changes?: readonly ChangesWanted[]
}

/** The result of a join. */
export type JoinResult =
  | { readonly kind: 'joined'; readonly channel: Channel }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'shut'; readonly handshake: Handshake }
  | { readonly kind: 'failed'; readonly failure: 'timeout' | 'network' }

/** Why an expected message did not come. */
export type MissingReason = 'late' | 'closed' | 'dropped'

interface Waiter {
  check(): boolean
  end(missing: MissingReason): void
}

/** One joined channel, with everything that has come in on it. */
export class Channel {
  /** The connection of the channel. */
  readonly connection: Connection
  readonly #channel: RealtimeChannel
  readonly #notices: Notice[] = []
  readonly #waiters = new Set<Waiter>()
  readonly #unwatch: () => void
  #end: MissingReason | null = null
  #sentAt = 0

  constructor(connection: Connection, channel: RealtimeChannel) {
    this.connection = connection
    this.#channel = channel
    this.#unwatch = connection.onLost(() => this.markEnded('dropped'))
  }

  /** Why nothing more comes; null while something may. */
  get end(): MissingReason | null {
    return this.#end
  }

  /** When the last message was sent, on the clock of `performance.now()`. */
  get sentAt(): number {
    return this.#sentAt
  }

  /** The number of notices so far; a position from which to search. */
  get position(): number {
    return this.#notices.length
  }

  /** Everything that has come so far. */
  get notices(): readonly Notice[] {
    return this.#notices
  }

  /** @returns the first match among the notices from a position on. */
  find<Found>(match: (notice: Notice) => Found | undefined, from = 0): Found | undefined {
    for (const notice of this.#notices.slice(from)) {
      const found = match(notice)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** Waits for a match; notices that have come already count. */
  until<Found extends object>(
    match: (notice: Notice) => Found | undefined,
    milliseconds: number,
    from = 0,
  ): Promise<Found | MissingReason> {
    const there = this.find(match, from)
    if (there !== undefined) return Promise.resolve(there)
    if (this.#end !== null) return Promise.resolve(this.#end)
    return new Promise((resolve) => {
      const settle = (outcome: Found | MissingReason) => {
        clearTimeout(deadline)
        this.#waiters.delete(waiting)
        resolve(outcome)
      }
      const deadline = setTimeout(() => settle('late'), milliseconds)
      const waiting: Waiter = {
        check: () => {
          const found = this.find(match, from)
          if (found !== undefined) settle(found)
          return found !== undefined
        },
        end: settle,
      }
      this.#waiters.add(waiting)
    })
  }

  /** Sends a broadcast. supabase-js would send it over HTTP when the channel is not joined any more. */
  async broadcast(event: string, payload: JsonObject): Promise<void> {
    await rateLimiters.message()
    this.#sentAt = performance.now()
    if (this.#end === null) void this.#channel.send({ type: 'broadcast', event, payload })
  }

  /** Tracks presence as the user of this channel. @returns the status of the answer: `ok`, `error`; or why there is none. */
  async track(payload: JsonObject): Promise<string> {
    await rateLimiters.presence()
    this.#sentAt = performance.now()
    return await this.#answer(() => this.#channel.track({ ...payload }))
  }

  /**
   * Sends a request that the channel answers after everything that reached it before. An untrack needs no permission (Realtime,
   * presence_handler.ex), so every client gets the answer.
   *
   * @returns null when the answer has come.
   */
  async fence(): Promise<MissingReason | null> {
    await rateLimiters.presence()
    const answer = await this.#answer(() => this.#channel.untrack())
    return answer === 'ok' || answer === 'error' ? null : (this.#end ?? 'late')
  }

  /** Sends another token over the connection of this channel. */
  renew(token: string): Promise<void> {
    return this.connection.renew(token)
  }

  /** Leaves the channel. */
  async leave(): Promise<void> {
    this.#unwatch()
    this.markEnded('closed')
    await this.connection.client.removeChannel(this.#channel)
  }

  /** Something has come in. */
  receive(notice: Notice): void {
    this.#notices.push(notice)
    for (const waiting of this.#waiters) waiting.check()
  }

  /** Nothing more will come. */
  markEnded(why: MissingReason): void {
    this.#end ??= why
    for (const waiting of this.#waiters) waiting.end(why)
  }

  async #answer(ask: () => Promise<string>): Promise<string> {
    if (this.#end !== null) return this.#end
    let stop: () => void = () => undefined
    const broken = new Promise<string>((resolve) => {
      const waiting = { check: () => false, end: resolve }
      this.#waiters.add(waiting)
      stop = () => this.#waiters.delete(waiting)
    })
    return await Promise.race([ask(), broken]).finally(stop)
  }
}

const refusalSchema = z.object({ reason: z.string() })

/** Joins a channel and waits until the service has allowed or refused it. */
export async function join(connection: Connection, options: ChannelOptions): Promise<JoinResult> {
  await connection.authorise()
  await rateLimiters.join()
  const { topic, presenceKey, changes = [] } = options
  const channel = connection.client.channel(topic, {
    config: {
      private: options.private,
      broadcast: { ack: false, self: options.self === true },
      presence: { key: presenceKey ?? '', enabled: presenceKey !== undefined },
    },
  })
  const joinedChannel = new Channel(connection, channel)
  listen(channel, joinedChannel, presenceKey !== undefined, changes)
  const joined = await subscribed(connection, channel, joinedChannel)
  // Otherwise supabase-js would join again.
  if (joined.kind !== 'joined') await joinedChannel.leave()
  return joined
}

function listen(
  channel: RealtimeChannel,
  joinedChannel: Channel,
  withPresence: boolean,
  changes: readonly ChangesWanted[],
): void {
  const take = (notice: Notice | null) => {
    if (notice !== null) joinedChannel.receive(notice)
  }
  channel.on('broadcast', { event: '*' }, (message) => take(broadcastIn(message)))
  channel.on('system', {}, (message) => take(systemIn(message)))
  if (withPresence) {
    channel.on('presence', { event: 'join' }, (message) => {
      for (const notice of presencesIn(message)) take(notice)
    })
  }
  for (const [n, wanted] of changes.entries()) {
    channel.on('postgres_changes', wanted, (message) => take(changeIn(message, n)))
  }
}

function subscribed(connection: Connection, channel: RealtimeChannel, joinedChannel: Channel): Promise<JoinResult> {
  return new Promise((resolve) => {
    const lost = (): JoinResult =>
      connection.handshake === null
        ? { kind: 'failed', failure: 'network' }
        : { kind: 'shut', handshake: connection.handshake }
    const unwatch = connection.onLost(() => resolve(lost()))
    channel.subscribe((state, error) => {
      unwatch()
      switch (state) {
        case 'SUBSCRIBED':
          return resolve({ kind: 'joined', channel: joinedChannel })
        case 'TIMED_OUT':
          return resolve({ kind: 'failed', failure: 'timeout' })
        case 'CLOSED':
        case 'CHANNEL_ERROR': {
          const refusal = refusalSchema.safeParse(error?.cause)
          // After the join it is an end, before it an answer.
          joinedChannel.markEnded(connection.isLost ? 'dropped' : 'closed')
          return resolve(refusal.success ? { kind: 'refused', reason: refusal.data.reason } : lost())
        }
      }
    }, timeouts.join)
  })
}
