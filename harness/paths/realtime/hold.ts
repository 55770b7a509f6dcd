import type { Call, HeldResource } from '../path.ts'
import { StartedRequest } from './answer.ts'
import { awaitMessage } from './await-message.ts'
import type { Caller } from './connection.ts'
import { broadcastRoute } from './in-flight.ts'
import { marked, newMark } from './messages.ts'
import { broadcastWith } from './notices.ts'
import type { Subscriptions } from './subscriptions.ts'
import { topicIn } from './topics.ts'
import { schemas } from './verbs.ts'
import { joinAsWitness } from './witness-channel.ts'

/**
 * A presence message proves that nothing came, and Realtime disconnects a client that sends more than five within 30 seconds
 * (presence_handler.ex).
 */
const mostFences = 4

/** Milliseconds after which the absence of a message is proven by a fence. */
const soon = 500

/**
 * Joins a channel once. On every use the secret key sends one message, which arrives or provably does not.
 *
 * @returns null when another sender than the secret key is declared: then every attempt joins anew.
 */
export async function holdChannel(
  subscriptions: Subscriptions,
  caller: Caller,
  call: Call,
): Promise<HeldResource | null> {
  if (call.verb !== 'receive') return null
  const { from = 'service', private: isPrivate = true } = schemas.receive.parse(call.body)
  if (from !== 'service') return null
  const topic = topicIn(call.targets)
  const channel = { topic, private: isPrivate }
  const [witness, joined] = await Promise.all([
    joinAsWitness(subscriptions, call, channel),
    subscriptions.join(caller, channel),
  ])
  const newRequest = () => new StartedRequest('LISTEN', topic, { private: isPrivate, from })
  const end = () => subscriptions.end()
  if (joined.kind !== 'joined') return { use: async () => newRequest().notJoined(joined), end }
  const witnessChannel = witness.channel
  if (witnessChannel === null) {
    return { use: async () => newRequest().answer({ silence: 'unproven', details: witness.why }), end }
  }
  const own = joined.channel
  return {
    async use() {
      const request = newRequest()
      if (own.end !== null) return request.missing(own, own.end, null)
      const mark = newMark()
      await witnessChannel.broadcast('trespass-held', marked({}, mark))
      const match = broadcastWith(mark)
      const received = await own.until(match, soon)
      if (typeof received !== 'string') return request.answer({})
      const outcome = await awaitMessage({
        request,
        subscriptions,
        own,
        witness: witnessChannel,
        match,
        route: broadcastRoute(witnessChannel),
      })
      return 'answer' in outcome ? outcome.answer : request.answer({})
    },
    renew: (token) => own.renew(token),
    refusals: mostFences,
    end,
  }
}
