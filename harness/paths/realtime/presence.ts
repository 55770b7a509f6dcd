import type { Effect } from '../../model/verdict.ts'
import type { Answer, Call } from '../path.ts'
import { Asking } from './answer.ts'
import { companion, newPresenceKey, twinFor } from './company.ts'
import { arrival, presencesOf } from './in-flight.ts'
import type { Caller } from './line.ts'
import { marked, newMark } from './messages.ts'
import { presentWith } from './notices.ts'
import type { Missing, Room } from './room.ts'
import { heardOrSilent } from './silence.ts'
import { patience } from './timing.ts'
import { topicIn } from './topics.ts'
import { schemas } from './verbs.ts'
import type { Visit } from './visit.ts'

/** Tracks presence as the actor. The effect is that another member with permission sees it. */
export async function track(visit: Visit, caller: Caller, call: Call): Promise<Answer> {
  const { private: isPrivate = true, payload = {} } = schemas.track.parse(call.body)
  const topic = topicIn(call.targets)
  const asking = new Asking('TRACK', topic, { private: isPrivate, payload })
  const room = { topic, private: isPrivate }
  const [twin, joining] = await Promise.all([
    twinFor(visit, call, { ...room, presenceKey: newPresenceKey() }),
    visit.join(caller, { ...room, presenceKey: newPresenceKey() }),
  ])
  if (joining.kind !== 'joined') return asking.notJoined(joining, { caught: { kind: 'nothing' } })
  const own = joining.room
  const mark = newMark()
  const word = await own.track(marked(payload, mark))
  const caught: Effect =
    twin.room === null ? { kind: 'unread', why: twin.why } : await seenBy(visit, twin.room, own, mark, word)
  switch (word) {
    case 'ok':
      return asking.answer({ caught })
    case 'error':
      return asking.answer({ code: 'error', caught })
    case 'closed':
    case 'dropped':
      return asking.missing(own, word, null, { caught })
    default:
      return asking.answer({ status: 0, failure: 'timeout', caught })
  }
}

/**
 * Reads whether the secret key's channel sees the presence of the actor.
 *
 * @param word the answer to the actor. A presence that the service refused is not in flight.
 */
async function seenBy(visit: Visit, twin: Room, own: Room, mark: string, word: string): Promise<Effect> {
  const look = presentWith(mark)
  const happened: Effect = { kind: 'happened', what: 'the secret key saw it' }
  const wait = word === 'ok' ? patience.message : 0
  if (typeof (await twin.until(look, wait)) !== 'string') return happened
  const arrived = word === 'error' ? null : await arrival(visit, twin, look, presencesOf(own))
  const fenced = await presenceFence(twin)
  if (twin.find(look) !== undefined) return happened
  if (fenced === null && arrived?.kind !== 'unknown') return { kind: 'nothing' }
  return { kind: 'unread', why: 'the secret key did not see a later presence either' }
}

/** Tracks presence as the secret key and waits until its own channel sees that. @returns null when it does. */
async function presenceFence(twin: Room): Promise<Missing | null> {
  const mark = newMark()
  await twin.track(marked({}, mark))
  const seen = await twin.until(presentWith(mark), patience.message)
  return typeof seen === 'string' ? seen : null
}

/**
 * Reads the tracked members: one that was tracked before the join, and is tracked with another payload after it. The first is in
 * the state that comes with a join, the second in the message about the change.
 */
export async function readPresence(visit: Visit, caller: Caller, call: Call): Promise<Answer> {
  const { from = 'service', private: isPrivate = true } = schemas.presence.parse(call.body)
  const topic = topicIn(call.targets)
  const asking = new Asking('PRESENCE', topic, { private: isPrivate, from })
  const room = { topic, private: isPrivate, presenceKey: newPresenceKey() }
  const [twin, other] = await Promise.all([
    twinFor(visit, call, room),
    from === 'service' ? null : companion(visit, call.session(from), { ...room, presenceKey: newPresenceKey() }),
  ])
  const mark = newMark()
  const member = other === null ? twin.room : 'room' in other ? other.room : null
  const why = other !== null && 'why' in other ? other.why : twin.why
  const tracked = member === null ? why : await trackedWith(member, mark)
  const joining = await visit.join(caller, { ...room, presenceKey: newPresenceKey() })
  if (joining.kind !== 'joined') return asking.notJoined(joining)
  if (member === null || tracked !== null) return asking.answer({ silence: 'unproven', details: tracked })
  await member.track(marked({ again: true }, mark))
  const outcome = await heardOrSilent({
    asking,
    visit,
    own: joining.room,
    twin: twin.room,
    look: presentWith(mark),
    way: presencesOf(member),
  })
  return 'answer' in outcome ? outcome.answer : asking.answer()
}

/** @returns null when the service has taken it; else why not. */
async function trackedWith(member: Room, mark: string): Promise<string | null> {
  const word = await member.track(marked({}, mark))
  return word === 'ok' ? null : `the presence to be seen could not be tracked: ${word}`
}
