import type { Effect } from '../../model/verdict.ts'
import type { Answer, Call } from '../path.ts'
import { StartedRequest } from './answer.ts'
import { fenceBehind } from './await-message.ts'
import type { Caller, HttpAnswer } from './connection.ts'
import { arrival, broadcastRoute, httpRoute, type Route } from './in-flight.ts'
import { marked, newMark, usualEvent } from './messages.ts'
import { broadcastWith } from './notices.ts'
import type { Subscriptions } from './subscriptions.ts'
import { rateLimiters } from './timing.ts'
import { topicIn } from './topics.ts'
import { schemas } from './verbs.ts'
import { joinAsWitness, type WitnessChannel } from './witness-channel.ts'

/** Sends a broadcast. The effect is that a listener with permission received it; the service's acknowledgement is none. */
export async function send(subscriptions: Subscriptions, caller: Caller, call: Call): Promise<Answer> {
  const { via = 'socket' } = schemas.send.parse(call.body)
  return via === 'socket'
    ? await overSocket(subscriptions, caller, call)
    : await overHttp(subscriptions, caller, call, via)
}

async function overSocket(subscriptions: Subscriptions, caller: Caller, call: Call): Promise<Answer> {
  const { topic, isPrivate, event, payload, mark } = messageOf(call)
  const request = new StartedRequest('BROADCAST', topic, { private: isPrivate, event, payload })
  const options = { topic, private: isPrivate }
  const [witness, joined] = await Promise.all([
    joinAsWitness(subscriptions, call, options),
    subscriptions.join(caller, options),
  ])
  if (joined.kind !== 'joined') return request.notJoined(joined, { caught: { kind: 'nothing' } })
  const own = joined.channel
  await own.broadcast(event, marked(payload, mark))
  // The channel handles one message after the other: with this answer, the broadcast is out or was dropped.
  const unanswered = await own.fence()
  const caught = await witnessedBy(subscriptions, witness, mark, broadcastRoute(own))
  if (caught.kind === 'happened') return request.answer({ caught })
  if (unanswered !== null) {
    const unread: Effect = { kind: 'unread', why: 'the channel did not answer what was sent after it' }
    return request.missing(own, unanswered, null, { caught: unread })
  }
  return request.answer({ caught, silence: caught.kind === 'nothing' ? 'proven' : 'unproven' })
}

async function overHttp(
  subscriptions: Subscriptions,
  caller: Caller,
  call: Call,
  via: 'http' | 'batch',
): Promise<Answer> {
  const { topic, isPrivate, event, payload, mark } = messageOf(call)
  const witness = await joinAsWitness(subscriptions, call, { topic, private: isPrivate })
  const connection = subscriptions.connection(caller)
  const batch = '/realtime/v1/api/broadcast'
  const single = `${batch}/${encodeURIComponent(topic)}/events/${encodeURIComponent(event)}`
  const path = via === 'batch' ? batch : isPrivate ? `${single}?private=true` : single
  const request = new StartedRequest('POST', path, { private: isPrivate, event, payload })
  await rateLimiters.message()
  const body = marked(payload, mark)
  if (via === 'batch') await connection.post(path, { messages: [{ topic, event, payload: body, private: isPrivate }] })
  else await sendToTopic(connection, topic, isPrivate, event, body)
  const isAccepted = wasAccepted(connection.http)
  const caught = await witnessedBy(subscriptions, witness, mark, isAccepted ? httpRoute : null)
  const silent = caught.kind !== 'happened' && isAccepted
  return request.http(connection.http, {
    caught,
    ...(silent ? { silence: caught.kind === 'nothing' ? ('proven' as const) : ('unproven' as const) } : {}),
  })
}

/** supabase-js throws when the service refuses; the connection has kept the response as it came. */
async function sendToTopic(
  connection: ReturnType<Subscriptions['connection']>,
  topic: string,
  isPrivate: boolean,
  event: string,
  payload: object,
): Promise<void> {
  await connection.authorise()
  const channel = connection.client.channel(topic, { config: { private: isPrivate } })
  await channel.httpSend(event, payload).catch(() => undefined)
  await connection.client.removeChannel(channel)
}

function messageOf(call: Call) {
  const { event = usualEvent, payload = {}, private: isPrivate = true } = schemas.send.parse(call.body)
  return { topic: topicIn(call.targets), isPrivate, event, payload, mark: newMark() }
}

/**
 * Reads whether the secret key's channel receives the message.
 *
 * @param route how later messages get from the sender to that channel; null for a message that the service has refused, which is
 *   not in flight.
 */
async function witnessedBy(
  subscriptions: Subscriptions,
  { channel: joinedChannel, why }: WitnessChannel,
  mark: string,
  route: Route | null,
): Promise<Effect> {
  if (joinedChannel === null) return { kind: 'unread', why }
  const match = broadcastWith(mark)
  const happened: Effect = { kind: 'happened', what: 'the secret key heard it' }
  const arrived = route === null ? null : await arrival(subscriptions, joinedChannel, match, route)
  if (arrived?.kind === 'found') return happened
  const fenced = await fenceBehind(joinedChannel)
  if (joinedChannel.find(match) !== undefined) return happened
  if (fenced === null && arrived?.kind !== 'unknown') return { kind: 'nothing' }
  return { kind: 'unread', why: 'the secret key did not hear a later message either' }
}

function wasAccepted(answer: HttpAnswer | string | null): boolean {
  return answer !== null && typeof answer !== 'string' && answer.status >= 200 && answer.status < 300
}
