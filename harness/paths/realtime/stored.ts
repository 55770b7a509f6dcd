import { randomUUID } from 'node:crypto'
import { isList, isObject, type Json, type JsonObject } from '../../json.ts'
import type { Call } from '../path.ts'
import { marked, messagesTable, newMark } from './messages.ts'
import { patience } from './pace.ts'
import type { Missing, Room } from './room.ts'
import { broadcastWith, type Look } from './silence.ts'

/**
 * Stores a message as `realtime.send()` does; Realtime reads it from the database's log and sends it out.
 *
 * @returns what finds it.
 */
export async function store(call: Call, topic: string, event: string, payload: JsonObject): Promise<Look> {
  const mark = newMark()
  const id = randomUUID()
  const values = { id, topic, event, payload: marked(payload, mark, { id }), private: true, extension: 'broadcast' }
  await call.add(messagesTable, values)
  return broadcastWith(mark)
}

/** Stores a message behind all others and waits until it has come. @returns null when it has. */
export async function storedFence(call: Call, topic: string, listener: Room): Promise<Missing | null> {
  const look = await store(call, topic, 'trespass-fence', {})
  const heard = await listener.until(look, patience.change)
  return typeof heard === 'string' ? heard : null
}

/**
 * @param values the key of the row and what changed in it: all of it has to be told.
 * @param event the name that the trigger gives it; any when left out.
 * @returns what finds a message of the database that tells of a change.
 */
export function changeTold(values: JsonObject, event: string | undefined): Look {
  const wanted = Object.values(values).map(String)
  return (notice) => {
    if (notice.kind !== 'broadcast' || (event !== undefined && notice.event !== event)) return undefined
    const told = new Set(scalarsIn(notice.payload))
    return wanted.every((value) => told.has(value)) ? notice : undefined
  }
}

function scalarsIn(value: Json): readonly string[] {
  if (isList(value)) return value.flatMap(scalarsIn)
  return isObject(value) ? Object.values(value).flatMap(scalarsIn) : [String(value)]
}
