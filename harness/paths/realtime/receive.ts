import { isObject, type JsonObject } from '../../json.ts'
import type { Answer, Call } from '../path.ts'
import { StartedRequest } from './answer.ts'
import { awaitMessage } from './await-message.ts'
import type { Channel } from './channel.ts'
import type { Caller } from './connection.ts'
import { broadcastRoute, storedRoute } from './in-flight.ts'
import { marked, newMark, unmarked, usualEvent } from './messages.ts'
import { broadcastWith, type Notice, type NoticeMatcher } from './notices.ts'
import { awaitStored, changeMessage, storeMessage } from './stored.ts'
import type { Subscriptions } from './subscriptions.ts'
import { topicIn } from './topics.ts'
import { schemas } from './verbs.ts'
import { joinAsThirdParty, joinAsWitness, newPresenceKey } from './witness-channel.ts'

type Body = ReturnType<(typeof schemas)['receive']['parse']>

/** Listens for a message that another member sends after the join has been confirmed. */
export async function receive(subscriptions: Subscriptions, caller: Caller, call: Call): Promise<Answer> {
  const body = schemas.receive.parse(call.body)
  const { from = 'service', private: isPrivate = true } = body
  const topic = topicIn(call.targets)
  const request = new StartedRequest('LISTEN', topic, { private: isPrivate, from })
  const channel = { topic, private: isPrivate }
  const presence = body.with === undefined ? {} : { presenceKey: newPresenceKey() }
  const isActor = from !== 'service' && from !== 'database'
  const [witness, sender, joined] = await Promise.all([
    joinAsWitness(subscriptions, call, channel),
    isActor ? joinAsThirdParty(subscriptions, call.session(from), channel) : null,
    subscriptions.join(caller, { ...channel, ...presence }),
  ])
  if (joined.kind !== 'joined') return request.notJoined(joined)
  const own = joined.channel
  if (sender !== null && 'why' in sender) return request.answer({ silence: 'unproven', details: sender.why })
  const witnessChannel = sender?.channel ?? witness.channel
  if (witnessChannel === null) return request.answer({ silence: 'unproven', details: witness.why })
  const isStored = from === 'database'
  // Triggers of the fixtures may have sent messages: they arrive before the change.
  if (isStored) await awaitStored(call, topic, witnessChannel, own)
  const places = { from: own.position, ...(witness.channel === null ? {} : { twinFrom: witness.channel.position }) }
  const match = isStored ? await sentByDatabase(call, body, topic) : await sendAsWitness(witnessChannel, body)
  const route = isStored ? storedRoute(call) : broadcastRoute(witnessChannel)
  const outcome = await awaitMessage({ request, subscriptions, own, witness: witness.channel, match, route, ...places })
  return 'answer' in outcome ? outcome.answer : request.answer({ rows: isStored ? contentOf(outcome.received) : null })
}

async function sendAsWitness(
  witnessChannel: Channel,
  { event = usualEvent, payload = {} }: Body,
): Promise<NoticeMatcher> {
  const mark = newMark()
  await witnessChannel.broadcast(event, marked(payload, mark))
  return broadcastWith(mark)
}

/** Has the database send: by a change with a trigger behind it, or by a message that is stored. */
async function sentByDatabase(call: Call, body: Body, topic: string): Promise<NoticeMatcher> {
  const { when, event, payload = {} } = body
  if (when === undefined) return await storeMessage(call, topic, event ?? usualEvent, payload)
  await call.meanwhile()
  const [changed] = call.touched
  const set = 'set' in when ? when.set : {}
  return changeMessage({ ...changed?.key, ...set }, event)
}

/** The record in a trigger's message about a change, or the payload itself: the columns that the actor sees. */
function contentOf(notice: Notice): readonly JsonObject[] | null {
  if (notice.kind !== 'broadcast' || !isObject(notice.payload)) return null
  const { record, old_record: old } = notice.payload
  if (isObject(record)) return [record]
  return [isObject(old) ? old : unmarked(notice.payload)]
}
