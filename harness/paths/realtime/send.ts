import type { Effect } from '../../model/verdict.ts'
import type { Answer, Call } from '../path.ts'
import { Asking } from './answer.ts'
import { type Twin, twinFor } from './company.ts'
import { arrival, broadcastsOf, posts, type Way } from './in-flight.ts'
import type { Caller, HttpAnswer } from './line.ts'
import { marked, newMark, usualEvent } from './messages.ts'
import { broadcastWith } from './notices.ts'
import { fenceBehind } from './silence.ts'
import { turns } from './timing.ts'
import { topicIn } from './topics.ts'
import { schemas } from './verbs.ts'
import type { Visit } from './visit.ts'

/** Sends a broadcast. The effect is that a listener with permission received it; the service's acknowledgement is none. */
export async function send(visit: Visit, caller: Caller, call: Call): Promise<Answer> {
  const { via = 'socket' } = schemas.send.parse(call.body)
  return via === 'socket' ? await overSocket(visit, caller, call) : await overHttp(visit, caller, call, via)
}

async function overSocket(visit: Visit, caller: Caller, call: Call): Promise<Answer> {
  const { topic, isPrivate, event, payload, mark } = messageOf(call)
  const asking = new Asking('BROADCAST', topic, { private: isPrivate, event, payload })
  const options = { topic, private: isPrivate }
  const [twin, joining] = await Promise.all([twinFor(visit, call, options), visit.join(caller, options)])
  if (joining.kind !== 'joined') return asking.notJoined(joining, { caught: { kind: 'nothing' } })
  const own = joining.room
  await own.broadcast(event, marked(payload, mark))
  // The channel handles one message after the other: with this answer, the broadcast is out or was dropped.
  const unanswered = await own.fence()
  const caught = await caughtBy(visit, twin, mark, broadcastsOf(own))
  if (caught.kind === 'happened') return asking.answer({ caught })
  if (unanswered !== null) {
    const unread: Effect = { kind: 'unread', why: 'the channel did not answer what was sent after it' }
    return asking.missing(own, unanswered, null, { caught: unread })
  }
  return asking.answer({ caught, silence: caught.kind === 'nothing' ? 'proven' : 'unproven' })
}

async function overHttp(visit: Visit, caller: Caller, call: Call, via: 'http' | 'batch'): Promise<Answer> {
  const { topic, isPrivate, event, payload, mark } = messageOf(call)
  const twin = await twinFor(visit, call, { topic, private: isPrivate })
  const line = visit.line(caller)
  const batch = '/realtime/v1/api/broadcast'
  const single = `${batch}/${encodeURIComponent(topic)}/events/${encodeURIComponent(event)}`
  const path = via === 'batch' ? batch : isPrivate ? `${single}?private=true` : single
  const asking = new Asking('POST', path, { private: isPrivate, event, payload })
  await turns.message()
  const body = marked(payload, mark)
  if (via === 'batch') await line.post(path, { messages: [{ topic, event, payload: body, private: isPrivate }] })
  else await sendToTopic(line, topic, isPrivate, event, body)
  const isAccepted = wasAccepted(line.http)
  const caught = await caughtBy(visit, twin, mark, isAccepted ? posts : null)
  const silent = caught.kind !== 'happened' && isAccepted
  return asking.http(line.http, {
    caught,
    ...(silent ? { silence: caught.kind === 'nothing' ? ('proven' as const) : ('unproven' as const) } : {}),
  })
}

/** supabase-js throws when the service refuses; the connection has kept the response as it came. */
async function sendToTopic(
  line: ReturnType<Visit['line']>,
  topic: string,
  isPrivate: boolean,
  event: string,
  payload: object,
): Promise<void> {
  await line.authorise()
  const channel = line.client.channel(topic, { config: { private: isPrivate } })
  await channel.httpSend(event, payload).catch(() => undefined)
  await line.client.removeChannel(channel)
}

function messageOf(call: Call) {
  const { event = usualEvent, payload = {}, private: isPrivate = true } = schemas.send.parse(call.body)
  return { topic: topicIn(call.targets), isPrivate, event, payload, mark: newMark() }
}

/**
 * Reads whether the secret key's channel receives the message.
 *
 * @param way how later messages get from the sender to that channel; null for a message that the service has refused, which is
 *   not in flight.
 */
async function caughtBy(visit: Visit, { room, why }: Twin, mark: string, way: Way | null): Promise<Effect> {
  if (room === null) return { kind: 'unread', why }
  const look = broadcastWith(mark)
  const happened: Effect = { kind: 'happened', what: 'the secret key heard it' }
  const arrived = way === null ? null : await arrival(visit, room, look, way)
  if (arrived?.kind === 'found') return happened
  const fenced = await fenceBehind(room)
  if (room.find(look) !== undefined) return happened
  if (fenced === null && arrived?.kind !== 'unknown') return { kind: 'nothing' }
  return { kind: 'unread', why: 'the secret key did not hear a later message either' }
}

function wasAccepted(answer: HttpAnswer | string | null): boolean {
  return answer !== null && typeof answer !== 'string' && answer.status >= 200 && answer.status < 300
}
