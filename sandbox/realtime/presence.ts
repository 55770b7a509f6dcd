import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Hub, Member, PresenceState } from './hub.ts'

interface Tracked {
  key: string
  payload: Record<string, unknown>
  meta: Record<string, unknown>
}

/** The present members of each topic. Every change is sent to the topic's members at once. */
export class Presence {
  readonly #hub: Hub
  readonly #topics = new Map<string, Map<Member, Tracked>>()

  constructor(hub: Hub) {
    this.#hub = hub
  }

  /** Adds a member to the presence of a topic, or replaces its payload. The same payload again changes nothing. */
  track(topic: string, member: Member, key: string, payload: Record<string, unknown>): void {
    const tracked = this.#topics.get(topic) ?? new Map<Member, Tracked>()
    this.#topics.set(topic, tracked)
    const before = tracked.get(member)
    if (before !== undefined && isDeepStrictEqual(before.payload, payload)) return
    const replaced = before === undefined ? {} : { phx_ref_prev: before.meta.phx_ref }
    const meta = { ...payload, ...replaced, phx_ref: randomBytes(12).toString('base64url') }
    tracked.set(member, { key, payload, meta })
    this.#notify(topic, { [key]: { metas: [meta] } }, before === undefined ? {} : { [key]: { metas: [before.meta] } })
  }

  /** Removes a member from the presence of a topic; does nothing if it was not present. */
  untrack(topic: string, member: Member): void {
    const tracked = this.#topics.get(topic)
    const before = tracked?.get(member)
    if (tracked === undefined || before === undefined) return
    tracked.delete(member)
    if (tracked.size === 0) this.#topics.delete(topic)
    this.#notify(topic, {}, { [before.key]: { metas: [before.meta] } })
  }

  /** All present members of a topic. */
  list(topic: string): PresenceState {
    const state = new Map<string, { metas: Record<string, unknown>[] }>()
    for (const { key, meta } of this.#topics.get(topic)?.values() ?? []) {
      state.set(key, { metas: [...(state.get(key)?.metas ?? []), meta] })
    }
    return Object.fromEntries(state)
  }

  #notify(topic: string, joins: PresenceState, leaves: PresenceState): void {
    for (const member of this.#hub.members(topic)) member.receiveDiff({ joins, leaves })
  }
}
