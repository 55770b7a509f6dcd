import type { Answer, Call } from '../path.ts'
import { Asking } from './answer.ts'
import { newPresenceKey } from './company.ts'
import type { Caller } from './line.ts'
import { topicIn } from './topics.ts'
import { schemas } from './verbs.ts'
import type { Visit } from './visit.ts'

/** Joins the topic. */
export async function joinChannel(visit: Visit, caller: Caller, call: Call): Promise<Answer> {
  const { private: isPrivate = true, with: presence } = schemas.join.parse(call.body)
  const topic = topicIn(call.targets)
  const asking = new Asking('JOIN', topic, { private: isPrivate, presence: presence !== undefined })
  const joining = await visit.join(caller, {
    topic,
    private: isPrivate,
    ...(presence === undefined ? {} : { presenceKey: newPresenceKey() }),
  })
  return joining.kind === 'joined' ? asking.answer() : asking.notJoined(joining)
}
