import pLimit from 'p-limit'
import { TrespassError } from '../../errors.ts'
import type { ActorSession } from '../../model/session.ts'
import type { Answer, Call, HeldResource } from '../path.ts'
import { StartedRequest } from './answer.ts'
import type { Caller } from './connection.ts'
import { holdChannel } from './hold.ts'
import { keep } from './keep.ts'
import { contentsOf } from './notices.ts'
import { readPresence, track } from './presence.ts'
import { receive } from './receive.ts'
import { send } from './send.ts'
import { subscribe } from './subscribe.ts'
import { ConnectionPool, Subscriptions } from './subscriptions.ts'
import { topicIn } from './topics.ts'
import { schemas } from './verbs.ts'
import { newPresenceKey } from './witness-channel.ts'

/** Attempts that may be under way at once: each has up to three connections, and a small project allows two hundred. */
const atOnce = pLimit(56)

const pool = new ConnectionPool()

/** Makes one attempt over connections of its own, and leaves every channel that it has joined. */
export function attempt(caller: Caller, call: Call): Promise<Answer> {
  return atOnce(async () => {
    const subscriptions = new Subscriptions(pool, caller, call)
    try {
      const answer = await attempted(subscriptions, caller, call)
      const besides = contentsOf(subscriptions.noticesOf(caller))
      return besides.length === 0 ? answer : { ...answer, besides }
    } finally {
      await subscriptions.end()
    }
  })
}

/** Joins the channel to listen to, and stays in it until the held thing is released. */
export async function hold(caller: ActorSession, call: Call): Promise<HeldResource | null> {
  return await holdChannel(new Subscriptions(pool, caller, call), caller, call)
}

/** Closes every connection to a project, or to all of them. */
export function closeConnections(url?: string): Promise<void> {
  return pool.close(url)
}

function attempted(subscriptions: Subscriptions, caller: Caller, call: Call): Promise<Answer> {
  switch (call.verb) {
    case 'join':
      return joinChannel(subscriptions, caller, call)
    case 'send':
      return send(subscriptions, caller, call)
    case 'receive':
      return receive(subscriptions, caller, call)
    case 'track':
      return track(subscriptions, caller, call)
    case 'presence':
      return readPresence(subscriptions, caller, call)
    case 'subscribe':
      return subscribe(subscriptions, caller, call)
    case 'keep':
      return keep(subscriptions, caller, call)
    default:
      throw new TrespassError('unknown-verb', `Realtime has no verb ${call.verb}`)
  }
}

/** Joins the topic. */
async function joinChannel(subscriptions: Subscriptions, caller: Caller, call: Call): Promise<Answer> {
  const { private: isPrivate = true, with: presence } = schemas.join.parse(call.body)
  const topic = topicIn(call.targets)
  const request = new StartedRequest('JOIN', topic, { private: isPrivate, presence: presence !== undefined })
  const joined = await subscriptions.join(caller, {
    topic,
    private: isPrivate,
    ...(presence === undefined ? {} : { presenceKey: newPresenceKey() }),
  })
  return joined.kind === 'joined' ? request.answer() : request.notJoined(joined)
}
