import { isObject, type JsonObject } from '../../json.ts'
import type { Answer, Call } from '../path.ts'
import { Asking } from './answer.ts'
import { companion, newPresenceKey, twinFor } from './company.ts'
import { broadcastsOf, storedBy } from './in-flight.ts'
import type { Caller } from './line.ts'
import { marked, newMark, unmarked, usualEvent } from './messages.ts'
import { broadcastWith, type Look, type Notice } from './notices.ts'
import type { Room } from './room.ts'
import { heardOrSilent } from './silence.ts'
import { afterStored, changeTold, store } from './stored.ts'
import { topicIn } from './topics.ts'
import { schemas } from './verbs.ts'
import type { Visit } from './visit.ts'

type Body = ReturnType<(typeof schemas)['receive']['parse']>

/** Listens for a message that another member sends after the join has been confirmed. */
export async function receive(visit: Visit, caller: Caller, call: Call): Promise<Answer> {
  const body = schemas.receive.parse(call.body)
  const { from = 'service', private: isPrivate = true } = body
  const topic = topicIn(call.targets)
  const asking = new Asking('LISTEN', topic, { private: isPrivate, from })
  const room = { topic, private: isPrivate }
  const presence = body.with === undefined ? {} : { presenceKey: newPresenceKey() }
  const isActor = from !== 'service' && from !== 'database'
  const [twin, sender, joining] = await Promise.all([
    twinFor(visit, call, room),
    isActor ? companion(visit, call.session(from), room) : null,
    visit.join(caller, { ...room, ...presence }),
  ])
  if (joining.kind !== 'joined') return asking.notJoined(joining)
  const own = joining.room
  if (sender !== null && 'why' in sender) return asking.answer({ silence: 'unproven', details: sender.why })
  const voice = sender?.room ?? twin.room
  if (voice === null) return asking.answer({ silence: 'unproven', details: twin.why })
  const isStored = from === 'database'
  // Triggers of the fixtures may have sent messages: they arrive before the change.
  if (isStored) await afterStored(call, topic, voice, own)
  const places = { from: own.mark, ...(twin.room === null ? {} : { twinFrom: twin.room.mark }) }
  const look = isStored ? await sentByDatabase(call, body, topic) : await spoken(voice, body)
  const way = isStored ? storedBy(call) : broadcastsOf(voice)
  const outcome = await heardOrSilent({ asking, visit, own, twin: twin.room, look, way, ...places })
  return 'answer' in outcome ? outcome.answer : asking.answer({ rows: isStored ? contentOf(outcome.heard) : null })
}

async function spoken(voice: Room, { event = usualEvent, payload = {} }: Body): Promise<Look> {
  const mark = newMark()
  await voice.broadcast(event, marked(payload, mark))
  return broadcastWith(mark)
}

/** Has the database send: by a change with a trigger behind it, or by a message that is stored. */
async function sentByDatabase(call: Call, body: Body, topic: string): Promise<Look> {
  const { when, event, payload = {} } = body
  if (when === undefined) return await store(call, topic, event ?? usualEvent, payload)
  await call.meanwhile()
  const [changed] = call.touched
  const set = 'set' in when ? when.set : {}
  return changeTold({ ...changed?.key, ...set }, event)
}

/** The record in a trigger's message about a change, or the payload itself: the columns that the actor sees. */
function contentOf(notice: Notice): readonly JsonObject[] | null {
  if (notice.kind !== 'broadcast' || !isObject(notice.payload)) return null
  const { record, old_record: old } = notice.payload
  if (isObject(record)) return [record]
  return [isObject(old) ? old : unmarked(notice.payload)]
}
