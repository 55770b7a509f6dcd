import type { Call } from '../path.ts'
import type { Channel, ChannelOptions, JoinResult } from './channel.ts'
import type { Caller } from './connection.ts'
import { newMark } from './messages.ts'
import type { Subscriptions } from './subscriptions.ts'

/** A subscriber with the secret key, or why there is none. */
export interface WitnessChannel {
  readonly channel: Channel | null
  /** Why the channel could not be joined; empty when it was. */
  readonly why: string
}

/** Has the secret key join the same channel as an attempt. It receives its own messages too. */
export async function joinAsWitness(
  subscriptions: Subscriptions,
  call: Call,
  options: ChannelOptions,
): Promise<WitnessChannel> {
  if (call.witness === null)
    return { channel: null, why: 'the target has no secret key, so no witness can join the channel' }
  const joined = await subscriptions.join(call.witness, { ...options, self: true })
  if (joined.kind === 'joined') return { channel: joined.channel, why: '' }
  return { channel: null, why: `with the secret key the channel cannot be joined: ${reasonOf(joined)}` }
}

/** Has a third party join: the sender of a message or a tracked member. */
export async function joinAsThirdParty(
  subscriptions: Subscriptions,
  caller: Caller,
  options: ChannelOptions,
): Promise<{ readonly channel: Channel } | { readonly why: string }> {
  const joined = await subscriptions.join(caller, options)
  return joined.kind === 'joined' ? { channel: joined.channel } : { why: `the sender cannot join: ${reasonOf(joined)}` }
}

/** @returns a unique key for presence. */
export function newPresenceKey(): string {
  return newMark()
}

function reasonOf(joined: Exclude<JoinResult, { kind: 'joined' }>): string {
  switch (joined.kind) {
    case 'refused':
      return joined.reason
    case 'shut':
      return `${joined.handshake.status} ${joined.handshake.message ?? ''}`.trim()
    case 'failed':
      return joined.failure === 'timeout' ? 'no answer came' : 'the connection was lost'
  }
}
