import type { RealtimeChannel, RealtimePostgresChangesFilter } from '@supabase/supabase-js'
import { z } from 'zod'
import type { JsonObject } from '../../json.ts'
import type { Line } from './line.ts'
import { broadcastIn, changeIn, type Notice, presencesIn, systemIn } from './notices.ts'
import { patience, turns } from './timing.ts'
import type { Handshake } from './transport.ts'

/** The filter of a subscription to changes. */
export type ChangesWanted = RealtimePostgresChangesFilter<'INSERT' | 'UPDATE' | 'DELETE' | '*'>

export interface RoomOptions {
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
export type Joining =
  | { readonly kind: 'joined'; readonly room: Room }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'shut'; readonly handshake: Handshake }
  | { readonly kind: 'failed'; readonly failure: 'timeout' | 'network' }

/** Why an expected message did not come. */
export type Missing = 'late' | 'closed' | 'dropped'

interface Waiting {
  look(): boolean
  end(missing: Missing): void
}

/** One joined channel, with everything that has come in on it. */
export class Room {
  /** The connection of the channel. */
  readonly line: Line
  readonly #channel: RealtimeChannel
  readonly #notices: Notice[] = []
  readonly #waiting = new Set<Waiting>()
  readonly #unwatch: () => void
  #end: Missing | null = null
  #sentAt = 0

  constructor(line: Line, channel: RealtimeChannel) {
    this.line = line
    this.#channel = channel
    this.#unwatch = line.onLost(() => this.ended('dropped'))
  }

  /** Why nothing more comes; null while something may. */
  get end(): Missing | null {
    return this.#end
  }

  /** When the last message was sent, on the clock of `performance.now()`. */
  get sentAt(): number {
    return this.#sentAt
  }

  /** The number of notices so far; a position from which to search. */
  get mark(): number {
    return this.#notices.length
  }

  /** Everything that has come so far. */
  get notices(): readonly Notice[] {
    return this.#notices
  }

  /** @returns the first match among the notices from a position on. */
  find<Found>(look: (notice: Notice) => Found | undefined, from = 0): Found | undefined {
    for (const notice of this.#notices.slice(from)) {
      const found = look(notice)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** Waits for a match; notices that have come already count. */
  until<Found extends object>(
    look: (notice: Notice) => Found | undefined,
    milliseconds: number,
    from = 0,
  ): Promise<Found | Missing> {
    const there = this.find(look, from)
    if (there !== undefined) return Promise.resolve(there)
    if (this.#end !== null) return Promise.resolve(this.#end)
    return new Promise((resolve) => {
      const settle = (outcome: Found | Missing) => {
        clearTimeout(deadline)
        this.#waiting.delete(waiting)
        resolve(outcome)
      }
      const deadline = setTimeout(() => settle('late'), milliseconds)
      const waiting: Waiting = {
        look: () => {
          const found = this.find(look, from)
          if (found !== undefined) settle(found)
          return found !== undefined
        },
        end: settle,
      }
      this.#waiting.add(waiting)
    })
  }

  /** Sends a broadcast. supabase-js would send it over HTTP when the channel is not joined any more. */
  async broadcast(event: string, payload: JsonObject): Promise<void> {
    await turns.message()
    this.#sentAt = performance.now()
    if (this.#end === null) void this.#channel.send({ type: 'broadcast', event, payload })
  }

  /** Tracks presence as the user of this channel. @returns the status of the answer: `ok`, `error`; or why there is none. */
  async track(payload: JsonObject): Promise<string> {
    await turns.presence()
    this.#sentAt = performance.now()
    return await this.#answer(() => this.#channel.track({ ...payload }))
  }

  /**
   * Sends a request that the channel answers after everything that reached it before. An untrack needs no permission (Realtime,
   * presence_handler.ex), so every client gets the answer.
   *
   * @returns null when the answer has come.
   */
  async fence(): Promise<Missing | null> {
    await turns.presence()
    const answer = await this.#answer(() => this.#channel.untrack())
    return answer === 'ok' || answer === 'error' ? null : (this.#end ?? 'late')
  }

  /** Sends another token over the connection of this channel. */
  renew(token: string): Promise<void> {
    return this.line.renew(token)
  }

  /** Leaves the channel. */
  async leave(): Promise<void> {
    this.#unwatch()
    this.ended('closed')
    await this.line.client.removeChannel(this.#channel)
  }

  /** Something has come in. */
  take(notice: Notice): void {
    this.#notices.push(notice)
    for (const waiting of this.#waiting) waiting.look()
  }

  /** Nothing more will come. */
  ended(why: Missing): void {
    this.#end ??= why
    for (const waiting of this.#waiting) waiting.end(why)
  }

  async #answer(ask: () => Promise<string>): Promise<string> {
    if (this.#end !== null) return this.#end
    let stop: () => void = () => undefined
    const broken = new Promise<string>((resolve) => {
      const waiting = { look: () => false, end: resolve }
      this.#waiting.add(waiting)
      stop = () => this.#waiting.delete(waiting)
    })
    return await Promise.race([ask(), broken]).finally(stop)
  }
}

const refusalSchema = z.object({ reason: z.string() })

/** Joins a channel and waits until the service has allowed or refused it. */
export async function join(line: Line, options: RoomOptions): Promise<Joining> {
  await line.authorise()
  await turns.join()
  const { topic, presenceKey, changes = [] } = options
  const channel = line.client.channel(topic, {
    config: {
      private: options.private,
      broadcast: { ack: false, self: options.self === true },
      presence: { key: presenceKey ?? '', enabled: presenceKey !== undefined },
    },
  })
  const room = new Room(line, channel)
  listen(channel, room, presenceKey !== undefined, changes)
  const joining = await subscribed(line, channel, room)
  // Otherwise supabase-js would join again.
  if (joining.kind !== 'joined') await room.leave()
  return joining
}

function listen(channel: RealtimeChannel, room: Room, withPresence: boolean, changes: readonly ChangesWanted[]): void {
  const take = (notice: Notice | null) => {
    if (notice !== null) room.take(notice)
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

function subscribed(line: Line, channel: RealtimeChannel, room: Room): Promise<Joining> {
  return new Promise((resolve) => {
    const lost = (): Joining =>
      line.handshake === null ? { kind: 'failed', failure: 'network' } : { kind: 'shut', handshake: line.handshake }
    const unwatch = line.onLost(() => resolve(lost()))
    channel.subscribe((state, error) => {
      unwatch()
      switch (state) {
        case 'SUBSCRIBED':
          return resolve({ kind: 'joined', room })
        case 'TIMED_OUT':
          return resolve({ kind: 'failed', failure: 'timeout' })
        case 'CLOSED':
        case 'CHANNEL_ERROR': {
          const refusal = refusalSchema.safeParse(error?.cause)
          // After the join it is an end, before it an answer.
          room.ended(line.isLost ? 'dropped' : 'closed')
          return resolve(refusal.success ? { kind: 'refused', reason: refusal.data.reason } : lost())
        }
      }
    }, patience.join)
  })
}
