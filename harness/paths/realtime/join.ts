import type { Answer, Call } from '../path.ts'
import { StartedRequest } from './answer.ts'
import type { Caller } from './connection.ts'
import type { Subscriptions } from './subscriptions.ts'
import { topicIn } from './topics.ts'
import { schemas } from './verbs.ts'
import { newPresenceKey } from './witness-channel.ts'

/** Joins the topic. */
export async function joinChannel(subscriptions: Subscriptions, caller: Caller, call: Call): Promise<Answer> {
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
