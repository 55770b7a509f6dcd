import { canonical } from '../../canonical.ts'
import type { Call } from '../path.ts'
import { type Caller, Line } from './line.ts'
import type { Notice } from './notices.ts'
import { type Joining, join, type Room, type RoomOptions } from './room.ts'

/** The most idle connections that are kept for later attempts, of all callers together. */
const keptLines = 64

/**
 * The connections of one test worker. An attempt has its connections to itself: the service answers a refused join late, and
 * before anything else on the same connection, so it delays no other attempt, and a lost connection affects one attempt.
 */
export class Switchboard {
  readonly #idle = new Set<Line>()
  readonly #busy = new Set<Line>()
  /** Addresses of projects that allow private channels only, as far as known. */
  readonly #privateOnly = new Set<string>()

  /** @returns a connection of the caller, opened with these headers, that no attempt uses. */
  take(caller: Caller, headers: Line['headers']): Line {
    const known = [...this.#idle].find(
      (line) =>
        line.caller === caller && line.isReusable && canonical({ ...line.headers }) === canonical({ ...headers }),
    )
    if (known !== undefined) this.#idle.delete(known)
    return this.hold(known ?? new Line(caller, headers))
  }

  /** Takes note of a connection that is in use. */
  hold(line: Line): Line {
    this.#busy.add(line)
    return line
  }

  /** Joins a public channel. @returns null without a request where the project has refused one before. */
  async joinPublic(line: Line, options: Omit<RoomOptions, 'private'>): Promise<Joining | null> {
    const { url } = line.caller
    if (this.#privateOnly.has(url)) return null
    const joining = await join(line, { ...options, private: false })
    if (joining.kind === 'refused' && joining.reason.startsWith('PrivateOnly')) this.#privateOnly.add(url)
    return joining
  }

  /** Gives a connection back. */
  async give(line: Line): Promise<void> {
    this.#busy.delete(line)
    if (line.isReusable && this.#idle.size < keptLines) this.#idle.add(line)
    else await line.close()
  }

  /** Closes every connection to a project, or to all of them. */
  async close(url?: string): Promise<void> {
    const lines = [...this.#idle, ...this.#busy].filter(({ caller }) => caller.url === (url ?? caller.url))
    for (const line of lines) {
      this.#idle.delete(line)
      this.#busy.delete(line)
    }
    await Promise.all(lines.map((line) => line.close()))
  }
}

/** The connections and channels of one attempt. It leaves all channels when it ends. */
export class Visit {
  readonly #switchboard: Switchboard
  readonly #headersOf: (caller: Caller) => Line['headers']
  readonly #lines: Line[] = []
  readonly #rooms: Room[] = []
  readonly #joined: { readonly caller: Caller; readonly room: Room }[] = []

  /** @param own the caller of the attempt, whose headers the call holds. */
  constructor(switchboard: Switchboard, own: Caller, { headers = {}, headersOf }: Pick<Call, 'headers' | 'headersOf'>) {
    this.#switchboard = switchboard
    this.#headersOf = (caller) => {
      if (caller === own) return headers
      return caller.kind === 'actor' ? (headersOf?.(caller) ?? {}) : {}
    }
  }

  /** Joins a channel over a connection of the caller. @param token in place of the caller's own. */
  async join(caller: Caller, options: RoomOptions, token?: string): Promise<Joining> {
    const line =
      token === undefined
        ? this.line(caller)
        : this.#hold(this.#switchboard.hold(new Line(caller, this.#headersOf(caller), token)))
    const joining = await join(line, options)
    if (joining.kind === 'joined') {
      this.#rooms.push(joining.room)
      this.#joined.push({ caller, room: joining.room })
    }
    return joining
  }

  /** @returns everything that has come in on the channels that a caller has joined. */
  noticesOf(caller: Caller): readonly Notice[] {
    return this.#joined.filter((one) => one.caller === caller).flatMap(({ room }) => room.notices)
  }

  /** Joins a public channel over the connection of a channel. @returns null when the service does not allow it. */
  async joinPublic({ line }: Room, options: Omit<RoomOptions, 'private'>): Promise<Room | null> {
    const joining = await this.#switchboard.joinPublic(line, options)
    if (joining?.kind !== 'joined') return null
    this.#rooms.push(joining.room)
    return joining.room
  }

  /** @returns a connection of the caller that is this attempt's own until it ends. */
  line(caller: Caller): Line {
    return this.#hold(this.#switchboard.take(caller, this.#headersOf(caller)))
  }

  async end(): Promise<void> {
    await Promise.all(this.#rooms.map((room) => room.leave()))
    await Promise.all(this.#lines.map((line) => this.#switchboard.give(line)))
  }

  #hold(line: Line): Line {
    this.#lines.push(line)
    return line
  }
}
