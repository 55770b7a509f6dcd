import pg from 'pg'
import { type Caller, type Policies, probeRead, probeWrite } from './authorization.ts'
import { DatabaseAway } from './database.ts'
import type { Claims } from './tokens.ts'

/**
 * What one joined channel may do. PostgreSQL is asked once, and its answer kept until a new token comes: reading at the
 * join, writing when something is written for the first time (Realtime `broadcast_handler.ex`, `presence_handler.ex`).
 * On a public channel nobody is asked and everything is allowed.
 */
export class Permissions {
  readonly #pool: pg.Pool
  #caller: Caller
  #policies: Policies | undefined
  /** What goes out to the client, decided at the join and at each new token only. */
  #delivered: { broadcast: boolean | undefined; presence: boolean | undefined }

  /** @param policies what the join found out about reading; undefined for a public channel */
  constructor(pool: pg.Pool, caller: Caller, policies: Policies | undefined) {
    this.#pool = pool
    this.#caller = caller
    this.#policies = policies
    this.#delivered = delivered(policies)
  }

  get receivesBroadcasts(): boolean {
    return this.#delivered.broadcast === true
  }

  /** Presence that was not asked about at the join is let through once a track has asked. */
  get receivesDiffs(): boolean {
    return this.#delivered.presence ?? this.readsPresence
  }

  get readsPresence(): boolean {
    return this.#policies === undefined || this.#policies.presence.read === true
  }

  /** Whether the client may broadcast. What PostgreSQL cannot answer is not allowed, and asked again next time. */
  async mayBroadcast(): Promise<boolean> {
    if (this.#policies === undefined) return true
    if (this.#policies.broadcast.write === undefined) await this.#ask(this.#policies, false)
    return this.#policies.broadcast.write === true
  }

  /** Whether the client may track its presence. Reading presence is asked about too, if the join did not ask. */
  async mayTrack(): Promise<boolean> {
    if (this.#policies === undefined) return true
    if (this.#policies.presence.write === undefined) {
      await this.#ask(this.#policies, this.#policies.presence.read === undefined)
    }
    return this.#policies.presence.write === true
  }

  /**
   * Asks everything again for the claims of a new token.
   *
   * @returns why the client is put out: it may read nothing, or less than before; undefined when it stays
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
 * Asks what a caller may read of a private channel.
 *
 * @returns undefined when that is nothing; a policy that raises an error lets nobody in either
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

/** The sentence about a topic that may not be read, as it stands in a system message and in the answer to a join. */
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
