import { randomUUID } from 'node:crypto'
import { isList, isObject, type Json, type JsonObject } from '../../json.ts'
import type { Call } from '../path.ts'
import type { Channel } from './channel.ts'
import { type Mark, marked, messagesTable, newMark } from './messages.ts'
import { broadcastWith, type NoticeMatcher } from './notices.ts'
import { timeouts } from './timing.ts'

/**
 * Stores a message as `realtime.send()` does; Realtime reads it from the database's log and sends it out.
 *
 * @returns finds the message.
 */
export async function storeMessage(
  call: Call,
  topic: string,
  event: string,
  payload: JsonObject,
  { mark = newMark(), private: isPrivate = true }: { readonly mark?: Mark; readonly private?: boolean } = {},
): Promise<NoticeMatcher> {
  const id = randomUUID()
  const values = {
    id,
    topic,
    event,
    payload: marked(payload, mark, { id }),
    private: isPrivate,
    extension: 'broadcast',
  }
  await call.add(messagesTable, values)
  return broadcastWith(mark)
}

/** Milliseconds in which a message of the database reaches the second of two listeners after the first. */
const apart = 500

/**
 * Stores a message behind all that the database has sent and waits until the sender has received it, and the actor,
 * where it may: the actor's node may be another one.
 */
export async function awaitStored(call: Call, topic: string, sender: Channel, own: Channel): Promise<void> {
  const match = await storeMessage(call, topic, 'trespass-fence', {})
  await sender.until(match, timeouts.change)
  await own.until(match, apart)
}

/**
 * @param values the key of the row and its changed columns: the message has to hold all of them.
 * @param event the name that the trigger gives it; any when left out.
 * @returns finds the database's message about a change.
 */
export function changeMessage(values: JsonObject, event: string | undefined): NoticeMatcher {
  const wanted = Object.values(values).map(String)
  return (notice) => {
    if (notice.kind !== 'broadcast' || (event !== undefined && notice.event !== event)) return undefined
    const shown = new Set(scalarsIn(notice.payload))
    return wanted.every((value) => shown.has(value)) ? notice : undefined
  }
}

function scalarsIn(value: Json): readonly string[] {
  if (isList(value)) return value.flatMap(scalarsIn)
  return isObject(value) ? Object.values(value).flatMap(scalarsIn) : [String(value)]
}
