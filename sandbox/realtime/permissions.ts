import pg from 'pg'
import { type Caller, type Policies, probeRead, probeWrite } from './authorization.ts'
import { DatabaseAway } from './database.ts'
import type { Claims } from './tokens.ts'

/**
 * The permissions of one joined channel. PostgreSQL is queried once, and the result is kept until the token is renewed: for
 * reading at the join, for writing at the first write (Realtime `broadcast_handler.ex`, `presence_handler.ex`). On a public
 * channel everything is allowed without a query.
 */
export class Permissions {
  readonly #pool: pg.Pool
  #caller: Caller
  #policies: Policies | undefined
  /** The kinds of messages that are sent to the client, decided at the join and at each new token only. */
  #delivered: { broadcast: boolean | undefined; presence: boolean | undefined }

  /** @param policies the permissions for reading from the join; undefined for a public channel */
  constructor(pool: pg.Pool, caller: Caller, policies: Policies | undefined) {
    this.#pool = pool
    this.#caller = caller
    this.#policies = policies
    this.#delivered = delivered(policies)
  }

  get receivesBroadcasts(): boolean {
    return this.#delivered.broadcast === true
  }

  /** If the join did not check presence, it is sent from the time at which a track has checked it. */
  get receivesDiffs(): boolean {
    return this.#delivered.presence ?? this.readsPresence
  }

  get readsPresence(): boolean {
    return this.#policies === undefined || this.#policies.presence.read === true
  }

  /** Whether the client may broadcast. If PostgreSQL fails, the broadcast is not allowed, and the next one is checked again. */
  async mayBroadcast(): Promise<boolean> {
    if (this.#policies === undefined) return true
    if (this.#policies.broadcast.write === undefined) await this.#ask(this.#policies, false)
    return this.#policies.broadcast.write === true
  }

  /** Whether the client may track its presence. Also checks reading presence, if the join did not. */
  async mayTrack(): Promise<boolean> {
    if (this.#policies === undefined) return true
    if (this.#policies.presence.write === undefined) {
      await this.#ask(this.#policies, this.#policies.presence.read === undefined)
    }
    return this.#policies.presence.write === true
  }

  /**
   * Checks all permissions again for the claims of a new token.
   *
   * @returns why the client is removed: it may read nothing, or less than before; undefined if it stays
   * @throws DatabaseAway; pg.DatabaseError when the statement was cancelled
   */
  async renew(claims: Claims, withPresence: boolean): Promise<string | undefined> {
    this.#caller = { ...this.#caller, claims }
    const before = this.#policies
    if (before === undefined) return undefined
    const policies = await readPolicies(this.#pool, this.#caller, withPresence)
    if (policies === undefined) return unreadable(this.#caller.topic)
    if (hasLost(before, policies, 'broadcast') || hasLost(before, policies, 'presence')) {
      return `You no longer have permission to read from this Channel topic: ${this.#caller.topic}`
    }
    this.#policies = policies
    this.#delivered = delivered(policies)
    return undefined
  }

  async #ask(known: Policies, alsoRead: boolean): Promise<void> {
    try {
      const read = alsoRead ? await probeRead(this.#pool, this.#caller, known, true) : known
      this.#policies = await probeWrite(this.#pool, this.#caller, read)
    } catch (error) {
      if (!(error instanceof pg.DatabaseError || error instanceof DatabaseAway)) throw error
    }
  }
}

/**
 * Checks the permissions of a caller for reading a private channel.
 *
 * @returns undefined if there are none; a policy that raises an error denies as well
 * @throws DatabaseAway; pg.DatabaseError when the statement was cancelled
 */
export async function readPolicies(
  pool: pg.Pool,
  caller: Caller,
  withPresence: boolean,
): Promise<Policies | undefined> {
  try {
    const policies = await probeRead(pool, caller, undefined, withPresence)
    return policies.broadcast.read === true || policies.presence.read === true ? policies : undefined
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code !== '57014') return undefined
    throw error
  }
}

/** The sentence about a topic that the caller may not read, for a system message and for the answer to a join. */
export function unreadable(topic: string): string {
  return `You do not have permissions to read from this Channel topic: ${topic}`
}

function delivered(policies: Policies | undefined) {
  if (policies === undefined) return { broadcast: true, presence: true }
  return { broadcast: policies.broadcast.read, presence: policies.presence.read }
}

function hasLost(before: Policies, now: Policies, extension: keyof Policies): boolean {
  return before[extension].read === true && now[extension].read === false
}
