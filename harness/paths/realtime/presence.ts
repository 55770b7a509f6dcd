import type { JsonObject } from '../../json.ts'
import type { Effect } from '../../model/verdict.ts'
import type { Answer, Call } from '../path.ts'
import { StartedRequest } from './answer.ts'
import { awaitMessage } from './await-message.ts'
import type { Channel, MissingReason } from './channel.ts'
import type { Caller } from './connection.ts'
import { arrival, presenceRoute } from './in-flight.ts'
import { marked, newMark } from './messages.ts'
import { presentWith } from './notices.ts'
import type { Subscriptions } from './subscriptions.ts'
import { timeouts } from './timing.ts'
import { topicIn } from './topics.ts'
import { schemas } from './verbs.ts'
import { joinAsThirdParty, joinAsWitness, newPresenceKey } from './witness-channel.ts'

/** Tracks presence as the actor. The effect is that another member with permission sees it. */
export async function track(subscriptions: Subscriptions, caller: Caller, call: Call): Promise<Answer> {
  const { private: isPrivate = true, payload = {} } = schemas.track.parse(call.body)
  const topic = topicIn(call.targets)
  const request = new StartedRequest('TRACK', topic, { private: isPrivate, payload })
  const channel = { topic, private: isPrivate }
  const [witness, joined] = await Promise.all([
    joinAsWitness(subscriptions, call, { ...channel, presenceKey: newPresenceKey() }),
    subscriptions.join(caller, { ...channel, presenceKey: newPresenceKey() }),
  ])
  if (joined.kind !== 'joined') return request.notJoined(joined, { caught: { kind: 'nothing' } })
  const own = joined.channel
  const mark = newMark()
  const word = await own.track(marked(payload, mark))
  const caught: Effect =
    witness.channel === null
      ? { kind: 'unread', why: witness.why }
      : await readWitnessPresence(subscriptions, witness.channel, own, mark, word)
  switch (word) {
    case 'ok':
      return request.answer({ caught })
    case 'error':
      return request.answer({ code: 'error', caught })
    case 'closed':
    case 'dropped':
      return request.missing(own, word, null, { caught })
    default:
      return request.answer({ status: 0, failure: 'timeout', caught })
  }
}

/**
 * Reads whether the secret key's channel sees the presence of the actor.
 *
 * @param word the answer to the actor. A presence that the service refused is not in flight.
 */
async function readWitnessPresence(
  subscriptions: Subscriptions,
  witness: Channel,
  own: Channel,
  mark: string,
  word: string,
): Promise<Effect> {
  const match = presentWith(mark)
  const happened: Effect = { kind: 'happened', what: 'the secret key saw it' }
  const wait = word === 'ok' ? timeouts.message : 0
  if (typeof (await witness.until(match, wait)) !== 'string') return happened
  const arrived = word === 'error' ? null : await arrival(subscriptions, witness, match, presenceRoute(own))
  const fenced = await presenceFence(witness)
  if (witness.find(match) !== undefined) return happened
  if (fenced === null && arrived?.kind !== 'unknown') return { kind: 'nothing' }
  return { kind: 'unread', why: 'the secret key did not see a later presence either' }
}

/** Tracks presence as the secret key and waits until its own channel sees that. @returns null when it does. */
async function presenceFence(witness: Channel): Promise<MissingReason | null> {
  const mark = newMark()
  await witness.track(marked({}, mark))
  const seen = await witness.until(presentWith(mark), timeouts.message)
  return typeof seen === 'string' ? seen : null
}

/**
 * Reads the tracked members: one that was tracked before the join, and is tracked with another payload after it. The first is in
 * the state that comes with a join, the second in the message about the change.
 */
export async function readPresence(subscriptions: Subscriptions, caller: Caller, call: Call): Promise<Answer> {
  const { from = 'service', private: isPrivate = true } = schemas.presence.parse(call.body)
  const topic = topicIn(call.targets)
  const request = new StartedRequest('PRESENCE', topic, { private: isPrivate, from })
  const channel = { topic, private: isPrivate, presenceKey: newPresenceKey() }
  const [witness, other] = await Promise.all([
    joinAsWitness(subscriptions, call, channel),
    from === 'service'
      ? null
      : joinAsThirdParty(subscriptions, call.session(from), { ...channel, presenceKey: newPresenceKey() }),
  ])
  const mark = newMark()
  const member = other === null ? witness.channel : 'channel' in other ? other.channel : null
  const why = other !== null && 'why' in other ? other.why : witness.why
  const tracked = member === null ? why : await trackedWith(member, mark)
  const joined = await subscriptions.join(caller, { ...channel, presenceKey: newPresenceKey() })
  if (joined.kind !== 'joined') return request.notJoined(joined)
  if (member === null || tracked !== null) return request.answer({ silence: 'unproven', details: tracked })
  const again = await trackedWith(member, mark, { again: true })
  const outcome = await awaitMessage({
    request,
    subscriptions,
    own: joined.channel,
    witness: witness.channel,
    match: presentWith(mark),
    route: presenceRoute(member),
  })
  if (!('answer' in outcome)) return request.answer()
  // A presence ends with its connection, and one that has ended is shown to no member.
  const lost = again ?? ((await member.fence()) === null ? null : 'the presence to be seen has ended')
  return lost === null ? outcome.answer : request.answer({ silence: 'unproven', details: lost })
}

/** @returns null when the service has taken it; else why not. */
async function trackedWith(member: Channel, mark: string, payload: JsonObject = {}): Promise<string | null> {
  const word = await member.track(marked(payload, mark))
  return word === 'ok' ? null : `the presence to be seen could not be tracked: ${word}`
}
