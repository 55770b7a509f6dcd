import type { Answer } from '../path.ts'
import type { Asking } from './answer.ts'
import { carries, marked, newMark } from './messages.ts'
import type { Notice } from './notices.ts'
import { patience } from './pace.ts'
import type { Missing, Room } from './room.ts'

/** Finds one thing among what comes in. */
export type Look<Found extends object = Notice> = (notice: Notice) => Found | undefined

/** @returns finds the broadcast that carries a mark. */
export function broadcastWith(mark: string): Look {
  return (notice) => (notice.kind === 'broadcast' && carries(notice.payload, mark) ? notice : undefined)
}

/** @returns finds whoever is tracked with a mark. */
export function presentWith(mark: string): Look {
  return (notice) => (notice.kind === 'present' && carries(notice.payload, mark) ? notice : undefined)
}

/**
 * Sends a message after all others over the twin's own channel, and waits until it has come back.
 *
 * @returns null when it has: whatever the service had taken before has reached the twin, or never will.
 */
export async function fenceBehind(twin: Room): Promise<Missing | null> {
  const mark = newMark()
  await twin.broadcast('trespass-fence', marked({}, mark))
  const heard = await twin.until(broadcastWith(mark), patience.message)
  return typeof heard === 'string' ? heard : null
}

/** What is listened for, by whom, and how it is made sure that nothing is still on its way. */
export interface Listening<Found extends object> {
  readonly asking: Asking
  /** The channel of whoever is judged. */
  readonly own: Room
  /** Null when nobody could listen in. */
  readonly twin: Room | null
  readonly look: Look<Found>
  /** Where to look in the own channel. */
  readonly from?: number
  readonly twinFrom?: number
  readonly milliseconds?: number
  /** Makes sure that the service has sent out what came before; null when it has. */
  fence(twin: Room): Promise<Missing | null>
}

/**
 * Waits for what the twin hears. That the own channel has not heard it is proven when the twin has, the fence behind it
 * has come to the twin, and after that the own channel has answered on its own connection: a channel handles what comes
 * to it in order.
 *
 * @returns what was heard; or the answer that says that nothing was, and how sure that is.
 */
export async function heardOrSilent<Found extends object>(
  listening: Listening<Found>,
): Promise<{ readonly heard: Found } | { readonly answer: Answer }> {
  const { asking, own, twin, look, from = 0, twinFrom = 0, milliseconds = patience.message } = listening
  if (twin === null) {
    const heard = await own.until(look, milliseconds, from)
    if (typeof heard !== 'string') return { heard }
    return { answer: asking.missing(own, heard, 'nobody could listen in') }
  }
  const known = await twin.until(look, milliseconds, twinFrom)
  const early = own.find(look, from)
  if (early !== undefined) return { heard: early }
  if (typeof known === 'string') {
    return { answer: asking.answer({ silence: 'unproven', details: 'nobody who may has heard it either' }) }
  }
  const open = (await listening.fence(twin)) ?? null
  if (open !== null)
    return { answer: asking.answer({ silence: 'unproven', details: 'the message behind it got lost' }) }
  const unanswered = await own.fence()
  const late = own.find(look, from)
  if (late !== undefined) return { heard: late }
  if (unanswered !== null) return { answer: asking.missing(own, unanswered, 'the own channel did not answer') }
  return { answer: asking.answer({ silence: 'proven' }) }
}
