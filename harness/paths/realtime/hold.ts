import type { Call, Held } from '../path.ts'
import { Asking } from './answer.ts'
import { twinFor } from './company.ts'
import { broadcastsOf } from './in-flight.ts'
import type { Caller } from './line.ts'
import { marked, newMark } from './messages.ts'
import { broadcastWith } from './notices.ts'
import { heardOrSilent } from './silence.ts'
import { topicIn } from './topics.ts'
import { schemas } from './verbs.ts'
import type { Visit } from './visit.ts'

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
export async function holdChannel(visit: Visit, caller: Caller, call: Call): Promise<Held | null> {
  if (call.verb !== 'receive') return null
  const { from = 'service', private: isPrivate = true } = schemas.receive.parse(call.body)
  if (from !== 'service') return null
  const topic = topicIn(call.targets)
  const room = { topic, private: isPrivate }
  const [twin, joining] = await Promise.all([twinFor(visit, call, room), visit.join(caller, room)])
  const newAsking = () => new Asking('LISTEN', topic, { private: isPrivate, from })
  const end = () => visit.end()
  if (joining.kind !== 'joined') return { use: async () => newAsking().notJoined(joining), end }
  const voice = twin.room
  if (voice === null) {
    return { use: async () => newAsking().answer({ silence: 'unproven', details: twin.why }), end }
  }
  const own = joining.room
  return {
    async use() {
      const asking = newAsking()
      if (own.end !== null) return asking.missing(own, own.end, null)
      const mark = newMark()
      await voice.broadcast('trespass-held', marked({}, mark))
      const look = broadcastWith(mark)
      const heard = await own.until(look, soon)
      if (typeof heard !== 'string') return asking.answer({})
      const outcome = await heardOrSilent({ asking, visit, own, twin: voice, look, way: broadcastsOf(voice) })
      return 'answer' in outcome ? outcome.answer : asking.answer({})
    },
    renew: (token) => own.renew(token),
    refusals: mostFences,
    end,
  }
}
