import { canonical } from '../../canonical.ts'
import type { Call } from '../path.ts'
import { type Channel, type ChannelOptions, type JoinResult, join } from './channel.ts'
import { type Caller, Connection } from './connection.ts'
import type { Notice } from './notices.ts'

/** The most idle connections that are kept for later attempts, of all callers together. */
const maxIdleConnections = 64

/**
 * The connections of one test worker. An attempt has its connections to itself: the service answers a refused join late, and
 * before anything else on the same connection, so it delays no other attempt, and a lost connection affects one attempt.
 */
export class ConnectionPool {
  readonly #idle = new Set<Connection>()
  readonly #busy = new Set<Connection>()
  /** Addresses of projects that allow private channels only, as far as known. */
  readonly #privateOnly = new Set<string>()

  /** @returns a connection of the caller, opened with these headers, that no attempt uses. */
  acquire(caller: Caller, headers: Connection['headers']): Connection {
    const known = [...this.#idle].find(
      (connection) =>
        connection.caller === caller &&
        connection.isReusable &&
        canonical({ ...connection.headers }) === canonical({ ...headers }),
    )
    if (known !== undefined) this.#idle.delete(known)
    return this.addBusy(known ?? new Connection(caller, headers))
  }

  /** Takes note of a connection that is in use. */
  addBusy(connection: Connection): Connection {
    this.#busy.add(connection)
    return connection
  }

  /** Joins a public channel. @returns null without a request where the project has refused one before. */
  async joinPublic(connection: Connection, options: Omit<ChannelOptions, 'private'>): Promise<JoinResult | null> {
    const { url } = connection.caller
    if (this.#privateOnly.has(url)) return null
    const joined = await join(connection, { ...options, private: false })
    if (joined.kind === 'refused' && joined.reason.startsWith('PrivateOnly')) this.#privateOnly.add(url)
    return joined
  }

  /** Gives a connection back. */
  async release(connection: Connection): Promise<void> {
    this.#busy.delete(connection)
    if (connection.isReusable && this.#idle.size < maxIdleConnections) this.#idle.add(connection)
    else await connection.close()
  }

  /** Closes every connection to a project, or to all of them. */
  async close(url?: string): Promise<void> {
    const connections = [...this.#idle, ...this.#busy].filter(({ caller }) => caller.url === (url ?? caller.url))
    for (const connection of connections) {
      this.#idle.delete(connection)
      this.#busy.delete(connection)
    }
    await Promise.all(connections.map((connection) => connection.close()))
  }
}

/** The connections and channels of one attempt. It leaves all channels when it ends. */
export class Subscriptions {
  readonly #pool: ConnectionPool
  readonly #headersOf: (caller: Caller) => Connection['headers']
  readonly #connections: Connection[] = []
  readonly #channels: Channel[] = []
  readonly #joined: { readonly caller: Caller; readonly channel: Channel }[] = []

  /** @param own the caller of the attempt, whose headers the call holds. */
  constructor(
    switchboard: ConnectionPool,
    own: Caller,
    { headers = {}, headersOf }: Pick<Call, 'headers' | 'headersOf'>,
  ) {
    this.#pool = switchboard
    this.#headersOf = (caller) => {
      if (caller === own) return headers
      return caller.kind === 'actor' ? (headersOf?.(caller) ?? {}) : {}
    }
  }

  /** Joins a channel over a connection of the caller. @param token in place of the caller's own. */
  async join(caller: Caller, options: ChannelOptions, token?: string): Promise<JoinResult> {
    const connection =
      token === undefined
        ? this.connection(caller)
        : this.#hold(this.#pool.addBusy(new Connection(caller, this.#headersOf(caller), token)))
    const joined = await join(connection, options)
    if (joined.kind === 'joined') {
      this.#channels.push(joined.channel)
      this.#joined.push({ caller, channel: joined.channel })
    }
    return joined
  }

  /** @returns everything that has come in on the channels that a caller has joined. */
  noticesOf(caller: Caller): readonly Notice[] {
    return this.#joined.filter((one) => one.caller === caller).flatMap(({ channel }) => channel.notices)
  }

  /** Joins a public channel over the connection of a channel. @returns null when the service does not allow it. */
  async joinPublic({ connection }: Channel, options: Omit<ChannelOptions, 'private'>): Promise<Channel | null> {
    const joined = await this.#pool.joinPublic(connection, options)
    if (joined?.kind !== 'joined') return null
    this.#channels.push(joined.channel)
    return joined.channel
  }

  /** @returns a connection of the caller that is this attempt's own until it ends. */
  connection(caller: Caller): Connection {
    return this.#hold(this.#pool.acquire(caller, this.#headersOf(caller)))
  }

  async end(): Promise<void> {
    await Promise.all(this.#channels.map((channel) => channel.leave()))
    await Promise.all(this.#connections.map((connection) => this.#pool.release(connection)))
  }

  #hold(connection: Connection): Connection {
    this.#connections.push(connection)
    return connection
  }
}
