import type { UserBroadcast } from './frames.ts'

/** A broadcast that came as text, and goes out as the same JSON object to every version of the protocol. */
export interface PlainBroadcast {
  payload: Record<string, unknown>
}

/** One message on a topic. */
export type Broadcast = UserBroadcast | PlainBroadcast

/** Who is present under which key, as clients get it. */
export type PresenceState = Record<string, { metas: Record<string, unknown>[] }>

/** A change of who is present. */
export interface PresenceDiff {
  joins: PresenceState
  leaves: PresenceState
}

/** A joined channel, as the others see it. */
export interface Member {
  receive(broadcast: Broadcast): void
  receiveDiff(diff: PresenceDiff): void
}

/** The key of a topic. A private and a public channel of one name never hear of each other. */
export function topicKey(name: string, isPrivate: boolean): string {
  return `${isPrivate ? 'private' : 'public'}:${name}`
}

/** Which channels have joined which topic. */
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

  /** The members of a topic at this moment. */
  members(topic: string): Member[] {
    return [...(this.#members.get(topic) ?? [])]
  }

  /** Hands a message to every member but one. */
  broadcast(topic: string, broadcast: Broadcast, except?: Member): void {
    for (const member of this.members(topic)) if (member !== except) member.receive(broadcast)
  }
}
