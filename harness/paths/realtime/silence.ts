import type { Answer } from '../path.ts'
import type { Asking } from './answer.ts'
import { arrival, type Way } from './in-flight.ts'
import { marked, newMark } from './messages.ts'
import { broadcastWith, type Look } from './notices.ts'
import type { Missing, Room } from './room.ts'
import { patience } from './timing.ts'
import type { Visit } from './visit.ts'

/**
 * Sends a message over the secret key's own channel and waits until it has come back.
 *
 * @returns null when it has: the channel receives the messages of its own node.
 */
export async function fenceBehind(twin: Room): Promise<Missing | null> {
  const mark = newMark()
  await twin.broadcast('trespass-fence', marked({}, mark))
  const heard = await twin.until(broadcastWith(mark), patience.message)
  return typeof heard === 'string' ? heard : null
}

/** The expected message, its two listeners, and how the message reaches them. */
export interface Listening<Found extends object> {
  readonly asking: Asking
  readonly visit: Visit
  /** The actor's channel. */
  readonly own: Room
  /** The channel of the secret key; null without one. */
  readonly twin: Room | null
  readonly look: Look<Found>
  readonly way: Way
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
export async function heardOrSilent<Found extends object>({
  asking,
  visit,
  own,
  twin,
  look,
  way,
  from = 0,
  twinFrom = 0,
}: Listening<Found>): Promise<{ readonly heard: Found } | { readonly answer: Answer }> {
  if (twin === null) {
    const heard = await own.until(look, patience.message, from)
    if (typeof heard !== 'string') return { heard }
    return { answer: asking.missing(own, heard, 'no witness could join the channel') }
  }
  const known = await twin.until(look, patience.message, twinFrom)
  const early = own.find(look, from)
  if (early !== undefined) return { heard: early }
  if (typeof known === 'string') {
    return { answer: asking.answer({ silence: 'unproven', details: 'the control did not receive it either' }) }
  }
  const arrived = await arrival(visit, own, look, way, from)
  if (arrived.kind === 'found') return { heard: arrived.found }
  if (arrived.kind === 'unknown') {
    return { answer: asking.answer({ silence: 'unproven', details: 'a later message did not arrive either' }) }
  }
  const unanswered = await own.fence()
  const late = own.find(look, from)
  if (late !== undefined) return { heard: late }
  if (unanswered !== null) return { answer: asking.missing(own, unanswered, 'the own channel did not answer') }
  return { answer: asking.answer({ silence: 'proven' }) }
}
