import pLimit from 'p-limit'
import { TrespassError } from '../../errors.ts'
import type { ActorSession } from '../../model/session.ts'
import type { Answer, Call, Held } from '../path.ts'
import { holdChannel } from './hold.ts'
import { joinChannel } from './join.ts'
import { keep } from './keep.ts'
import type { Caller } from './line.ts'
import { contentsOf } from './notices.ts'
import { readPresence, track } from './presence.ts'
import { receive } from './receive.ts'
import { send } from './send.ts'
import { subscribe } from './subscribe.ts'
import { Switchboard, Visit } from './visit.ts'

/** Attempts that may be under way at once: each has up to three connections, and a small project allows two hundred. */
const atOnce = pLimit(56)

const switchboard = new Switchboard()

/** Makes one attempt over connections of its own, and leaves every channel that it has joined. */
export function attempt(caller: Caller, call: Call): Promise<Answer> {
  return atOnce(async () => {
    const visit = new Visit(switchboard, caller, call)
    try {
      const answer = await attempted(visit, caller, call)
      const besides = contentsOf(visit.noticesOf(caller))
      return besides.length === 0 ? answer : { ...answer, besides }
    } finally {
      await visit.end()
    }
  })
}

/** Joins the channel to listen to, and stays in it until the held thing is released. */
export async function hold(caller: ActorSession, call: Call): Promise<Held | null> {
  return await holdChannel(new Visit(switchboard, caller, call), caller, call)
}

/** Closes every connection to a project, or to all of them. */
export function closeConnections(url?: string): Promise<void> {
  return switchboard.close(url)
}

function attempted(visit: Visit, caller: Caller, call: Call): Promise<Answer> {
  switch (call.verb) {
    case 'join':
      return joinChannel(visit, caller, call)
    case 'send':
      return send(visit, caller, call)
    case 'receive':
      return receive(visit, caller, call)
    case 'track':
      return track(visit, caller, call)
    case 'presence':
      return readPresence(visit, caller, call)
    case 'subscribe':
      return subscribe(visit, caller, call)
    case 'keep':
      return keep(visit, caller, call)
    default:
      throw new TrespassError('unknown-verb', `Realtime has no verb ${call.verb}`)
  }
}
