import type { Call } from '../path.ts'
import type { Caller } from './line.ts'
import { newMark } from './messages.ts'
import type { Joining, Room, RoomOptions } from './room.ts'
import type { Visit } from './visit.ts'

/** A subscriber with the secret key, or why there is none. */
export interface Twin {
  readonly room: Room | null
  /** Why the channel could not be joined; empty when it was. */
  readonly why: string
}

/** Has the secret key join the same channel as an attempt. It receives its own messages too. */
export async function twinFor(visit: Visit, call: Call, options: RoomOptions): Promise<Twin> {
  if (call.witness === null)
    return { room: null, why: 'the target has no secret key, so no witness can join the channel' }
  const joining = await visit.join(call.witness, { ...options, self: true })
  if (joining.kind === 'joined') return { room: joining.room, why: '' }
  return { room: null, why: `with the secret key the channel cannot be joined: ${reasonOf(joining)}` }
}

/** Has a third party join: the sender of a message or a tracked member. */
export async function companion(
  visit: Visit,
  caller: Caller,
  options: RoomOptions,
): Promise<{ readonly room: Room } | { readonly why: string }> {
  const joining = await visit.join(caller, options)
  return joining.kind === 'joined' ? { room: joining.room } : { why: `the sender cannot join: ${reasonOf(joining)}` }
}

/** @returns a unique key for presence. */
export function newPresenceKey(): string {
  return newMark()
}

function reasonOf(joining: Exclude<Joining, { kind: 'joined' }>): string {
  switch (joining.kind) {
    case 'refused':
      return joining.reason
    case 'shut':
      return `${joining.handshake.status} ${joining.handshake.message ?? ''}`.trim()
    case 'failed':
      return joining.failure === 'timeout' ? 'no answer came' : 'the connection was lost'
  }
}
