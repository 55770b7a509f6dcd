import type { Answer } from '../path.ts'
import type { StartedRequest } from './answer.ts'
import type { Channel, MissingReason } from './channel.ts'
import { arrival, type Route } from './in-flight.ts'
import { marked, newMark } from './messages.ts'
import { broadcastWith, type NoticeMatcher } from './notices.ts'
import type { Subscriptions } from './subscriptions.ts'
import { timeouts } from './timing.ts'

/**
 * Sends a message over the secret key's own channel and waits until it has come back.
 *
 * @returns null when it has: the channel receives the messages of its own node.
 */
export async function fenceBehind(witness: Channel): Promise<MissingReason | null> {
  const mark = newMark()
  await witness.broadcast('trespass-fence', marked({}, mark))
  const received = await witness.until(broadcastWith(mark), timeouts.message)
  return typeof received === 'string' ? received : null
}

/** The expected message, its two listeners, and how the message reaches them. */
export interface MessageWait<Found extends object> {
  readonly request: StartedRequest
  readonly subscriptions: Subscriptions
  /** The actor's channel. */
  readonly own: Channel
  /** The channel of the secret key; null without one. */
  readonly witness: Channel | null
  readonly match: NoticeMatcher<Found>
  readonly route: Route
  /** The position in the actor's channel at which the search begins. */
  readonly from?: number
  readonly twinFrom?: number
}

/**
 * Waits for the message that the secret key's channel receives. Three things prove that the actor does not receive it: that
 * channel has received it, nothing is in flight to the actor any more, and after that the actor's channel has answered (a channel
 * handles its messages in order).
 *
 * @returns the message that the actor received; or the answer that nothing came, and whether that is proven.
 */
export async function awaitMessage<Found extends object>({
  request,
  subscriptions,
  own,
  witness,
  match,
  route,
  from = 0,
  twinFrom = 0,
}: MessageWait<Found>): Promise<{ readonly received: Found } | { readonly answer: Answer }> {
  if (witness === null) {
    const received = await own.until(match, timeouts.message, from)
    if (typeof received !== 'string') return { received }
    return { answer: request.missing(own, received, 'no witness could join the channel') }
  }
  const known = await witness.until(match, timeouts.message, twinFrom)
  const early = own.find(match, from)
  if (early !== undefined) return { received: early }
  if (typeof known === 'string') {
    return { answer: request.answer({ silence: 'unproven', details: 'the control did not receive it either' }) }
  }
  const arrived = await arrival(subscriptions, own, match, route, from)
  if (arrived.kind === 'found') return { received: arrived.found }
  if (arrived.kind === 'unknown') {
    return { answer: request.answer({ silence: 'unproven', details: 'a later message did not arrive either' }) }
  }
  const unanswered = await own.fence()
  const late = own.find(match, from)
  if (late !== undefined) return { received: late }
  if (unanswered !== null) return { answer: request.missing(own, unanswered, 'the own channel did not answer') }
  return { answer: request.answer({ silence: 'proven' }) }
}
