import type { UserBroadcast } from './frames.ts'

/** A broadcast that arrived as text. It is sent as the same JSON object in every version of the protocol. */
export interface PlainBroadcast {
  payload: Record<string, unknown>
}

/** One message on a topic. */
export type Broadcast = UserBroadcast | PlainBroadcast

/** The members that are present, by key, in the form for clients. */
export type PresenceState = Record<string, { metas: Record<string, unknown>[] }>

/** A change of a presence state. */
export interface PresenceDiff {
  joins: PresenceState
  leaves: PresenceState
}

/** A joined channel, as seen from the hub. */
export interface Member {
  receive(broadcast: Broadcast): void
  receiveDiff(diff: PresenceDiff): void
}

/** The key of a topic. A private and a public channel of one name are separate. */
export function topicKey(name: string, isPrivate: boolean): string {
  return `${isPrivate ? 'private' : 'public'}:${name}`
}

/** The channels that have joined each topic. */
export class Hub {
  readonly #members = new Map<string, Set<Member>>()

  join(topic: string, member: Member): void {
    const members = this.#members.get(topic) ?? new Set()
    members.add(member)
    this.#members.set(topic, members)
  }

  leave(topic: string, member: Member): void {
    const members = this.#members.get(topic)
    members?.delete(member)
    if (members?.size === 0) this.#members.delete(topic)
  }

  /** The current members of a topic. */
  members(topic: string): Member[] {
    return [...(this.#members.get(topic) ?? [])]
  }

  /** Sends a message to every member but one. */
  broadcast(topic: string, broadcast: Broadcast, except?: Member): void {
    for (const member of this.members(topic)) if (member !== except) member.receive(broadcast)
  }
}
