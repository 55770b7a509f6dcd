import type { Call } from '../path.ts'
import type { Channel, ChannelOptions } from './channel.ts'
import { type Mark, marked, newMark } from './messages.ts'
import { broadcastWith, type NoticeMatcher, presentWith } from './notices.ts'
import { storeMessage } from './stored.ts'
import type { Subscriptions } from './subscriptions.ts'
import { timeouts } from './timing.ts'
import { newPresenceKey } from './witness-channel.ts'

/**
 * Realtime runs on several nodes, and a sender and a listener may be connected to different ones. A message that one node has
 * accepted reaches another one later: a broadcast as soon as the network carries it, a presence with the next replication, which
 * is every 1.5 seconds by default (Realtime, application.ex: `presence_broadcast_period`; Phoenix.Tracker). So no answer of the
 * listener's own node proves that nothing is in flight any more.
 */

/** The route of a message to a listener. Later messages can take the same one. */
export interface Route {
  readonly kind: 'broadcast' | 'presence'
  /** Prepares to send to a public topic by this route. @returns null when that is not possible. */
  open(subscriptions: Subscriptions, topic: string): Promise<Send | null>
}

/** Sends a message with a mark. @returns when it went out, on the clock of `performance.now()`; null without an `ok`. */
type Send = (mark: Mark) => Promise<number | null>

/** Whether the expected message can still arrive: `unknown` when the later ones did not arrive either. */
export type Arrival<Found> =
  | { readonly kind: 'found'; readonly found: Found }
  | { readonly kind: 'never' }
  | { readonly kind: 'unknown' }

/** Milliseconds after which nothing is in flight any more: two periods of the replication of presence. */
const longest = 3_000

/** Milliseconds in which a message arrives between two connections to one node; it costs no more than waiting. */
const soon = 100

/** Later messages that have to arrive, one after the other. Two of them are a whole period of presence apart. */
const rounds = 3

/** A message is not this many times as late as the slowest of those that were sent after it. */
const margin = 10

/** Broadcasts over the connection of a channel. */
export function broadcastRoute(sender: Channel): Route {
  return overConnection(sender, 'broadcast', async (channel, mark) => {
    await channel.broadcast('trespass-probe', marked({}, mark))
    return true
  })
}

/** Presences that are tracked over the connection of a channel. */
export function presenceRoute(sender: Channel): Route {
  return overConnection(sender, 'presence', async (channel, mark) => (await channel.track(marked({}, mark))) === 'ok')
}

/** A broadcast over HTTP: the next request may be answered by another node, so that later ones measure nothing. */
export const httpRoute: Route = { kind: 'broadcast', open: async () => null }

/** Messages that the database stores: Realtime sends them in the order of the database's log, from one process. */
export function storedRoute(call: Call): Route {
  return {
    kind: 'broadcast',
    open: async (_visit, topic) => async (mark) => {
      const sentAt = performance.now()
      await storeMessage(call, topic, 'trespass-probe', {}, { mark, private: false })
      return sentAt
    },
  }
}

/**
 * Waits for a message that was sent before, until it has arrived or cannot be in flight any more: until later messages have
 * arrived by the same way, over the same two connections, and the message would be far later than any of them. They are sent to a
 * public topic. If that is not possible, nothing is in flight after `longest`.
 *
 * @param listener the channel on which it would arrive.
 * @param from the position in that channel at which the search begins.
 */
export async function arrival<Found extends object>(
  subscriptions: Subscriptions,
  listener: Channel,
  match: NoticeMatcher<Found>,
  route: Route,
  from = 0,
): Promise<Arrival<Found>> {
  const since = performance.now()
  const waited = async (until: number): Promise<Arrival<Found>> => {
    const found = await listener.until(match, Math.max(0, until - performance.now()), from)
    return typeof found === 'string' ? { kind: 'never' } : { kind: 'found', found }
  }
  const early = await waited(since + soon)
  if (early.kind === 'found') return early
  const probe = await openProbe(subscriptions, listener, route)
  if (probe === null) return await waited(performance.now() + longest)
  let slowest = 0
  for (let round = 0; round < rounds; round += 1) {
    const mark = newMark()
    const sentAt = await probe.send(mark)
    if (sentAt === null) return { kind: 'unknown' }
    const seen = await probe.listener.until(probe.match(mark), timeouts.message)
    const found = listener.find(match, from)
    if (found !== undefined) return { kind: 'found', found }
    if (typeof seen === 'string') return { kind: 'unknown' }
    slowest = Math.max(slowest, performance.now() - sentAt)
  }
  return await waited(since + Math.min(longest, slowest * margin))
}

interface Probe {
  readonly listener: Channel
  readonly send: Send
  readonly match: (mark: Mark) => NoticeMatcher
}

/** Opens a public topic to both sides. @returns null when the service refuses one of them. */
async function openProbe(subscriptions: Subscriptions, listener: Channel, route: Route): Promise<Probe | null> {
  const topic = `trespass-${newMark()}`
  const send = await route.open(subscriptions, topic)
  const listening = send === null ? null : await subscriptions.joinPublic(listener, optionsOf(topic, route.kind))
  if (send === null || listening === null) return null
  return { listener: listening, send, match: route.kind === 'presence' ? presentWith : broadcastWith }
}

function overConnection(
  sender: Channel,
  kind: Route['kind'],
  send: (channel: Channel, mark: Mark) => Promise<boolean>,
): Route {
  return {
    kind,
    async open(subscriptions, topic) {
      const channel = await subscriptions.joinPublic(sender, optionsOf(topic, kind))
      if (channel === null) return null
      return async (mark) => ((await send(channel, mark)) ? channel.sentAt : null)
    },
  }
}

function optionsOf(topic: string, kind: Route['kind']): Omit<ChannelOptions, 'private'> {
  return { topic, self: true, ...(kind === 'presence' ? { presenceKey: newPresenceKey() } : {}) }
}
