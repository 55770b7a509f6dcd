import { setTimeout as pause } from 'node:timers/promises'
import { decodeJwt } from 'jose'
import { isObject } from '../../json.ts'
import type { Lasting } from '../../model/verdict.ts'
import type { Answer, Call } from '../path.ts'
import { Asking } from './answer.ts'
import { twinFor } from './company.ts'
import { broadcastsOf } from './in-flight.ts'
import type { Caller } from './line.ts'
import { carries, marked, newMark } from './messages.ts'
import type { Look } from './notices.ts'
import type { Room } from './room.ts'
import { heardOrSilent } from './silence.ts'
import { patience } from './timing.ts'
import { topicIn } from './topics.ts'
import { schemas } from './verbs.ts'
import type { Visit } from './visit.ts'

/** Milliseconds between two messages: how exactly the end of access is measured. */
const apart = 200

/** The lifetime in seconds of a token that is to expire: time to join and to receive a first message. */
const shortLife = 5

const usualWatch = 3

/**
 * Stays in the channel while access is taken away, and measures how long messages still come: after the membership ended, after a
 * newly issued token was sent, or after the token expired.
 */
export async function keep(visit: Visit, caller: Caller, call: Call): Promise<Answer> {
  const {
    until,
    after_refresh: refreshed,
    watch = usualWatch,
    private: isPrivate = true,
  } = schemas.keep.parse(call.body)
  const topic = topicIn(call.targets)
  const asking = new Asking('LISTEN', topic, { private: isPrivate, watch })
  const room = { topic, private: isPrivate }
  const twin = await twinFor(visit, call, room)
  const token = until === undefined ? null : await call.shortToken(shortLife)
  const joining = await visit.join(caller, room, token ?? undefined)
  // A refusal before the first message may come from the token's end, and not from a policy.
  const first = (answer: Answer): Answer => (isOver(token) ? { ...answer, lapsed: true } : answer)
  if (joining.kind !== 'joined') return first(asking.notJoined(joining))
  if (twin.room === null) return asking.answer({ silence: 'unproven', details: twin.why })
  const watched = new Watch(visit, asking, joining.room, twin.room)
  const refusal = await watched.begin()
  if (refusal !== null) return first(refusal)
  if (until !== undefined) return await watched.until(expiryOf(token), watch)
  await call.meanwhile()
  if (refreshed !== undefined) {
    const renewed = await call.freshToken()
    if (renewed !== null) await joining.room.renew(renewed)
  }
  return await watched.until(performance.now(), watch)
}

/** @returns the moment at which a token expires, on the clock of `performance.now()`; now when there is none. */
function expiryOf(token: string | null): number {
  const { exp } = token === null ? {} : decodeJwt(token)
  return exp === undefined ? performance.now() : performance.now() + exp * 1000 - Date.now()
}

/** @returns true when a token that the attempt was given has expired. */
function isOver(token: string | null): boolean {
  return token !== null && expiryOf(token) <= performance.now()
}

/** Messages that the twin sends one after the other, and when. */
class Watch {
  readonly #visit: Visit
  readonly #asking: Asking
  readonly #own: Room
  readonly #twin: Room
  readonly #mark = newMark()
  readonly #sentAt: number[] = []

  constructor(visit: Visit, asking: Asking, own: Room, twin: Room) {
    this.#visit = visit
    this.#asking = asking
    this.#own = own
    this.#twin = twin
  }

  /** @returns null when access exists; else the answer with the reason. */
  async begin(): Promise<Answer | null> {
    const outcome = await this.#heard(await this.#send())
    return 'answer' in outcome ? outcome.answer : null
  }

  /**
   * Goes on until the service closes the channel or the time is over.
   *
   * @param since the start of the measurement, on the clock of `performance.now()`.
   * @param seconds the length of the watch after that.
   */
  async until(since: number, seconds: number): Promise<Answer> {
    while (this.#own.end === null && performance.now() < since + seconds * 1000) {
      const number = await this.#send()
      const heard = await this.#twin.until(this.#number(number), patience.message)
      if (typeof heard === 'string') return this.#asking.answer({ silence: 'unproven', details: 'a message got lost' })
      await pause(apart)
    }
    const { end } = this.#own
    if (end !== null) {
      const answer = this.#asking.missing(this.#own, end, null)
      return end === 'closed' ? { ...answer, lasted: this.#lasted(since, true) } : answer
    }
    const outcome = await this.#heard(this.#sentAt.length - 1)
    if ('heard' in outcome) return this.#asking.answer({ lasted: this.#lasted(since, false) })
    const { answer } = outcome
    return answer.silence === 'proven' ? { ...answer, lasted: this.#lasted(since, true) } : answer
  }

  #heard(number: number) {
    return heardOrSilent({
      asking: this.#asking,
      visit: this.#visit,
      own: this.#own,
      twin: this.#twin,
      look: this.#number(number),
      way: broadcastsOf(this.#twin),
    })
  }

  #lasted(since: number, ended: boolean): Lasting {
    const heardAt = this.#sentAt.filter((_, number) => this.#own.find(this.#number(number)) !== undefined)
    const seconds = Math.max(0, (heardAt.at(-1) ?? since) - since) / 1000
    return { seconds: Math.round(seconds * 10) / 10, ended }
  }

  async #send(): Promise<number> {
    const number = this.#sentAt.push(performance.now()) - 1
    await this.#twin.broadcast('trespass-watch', marked({ number }, this.#mark))
    return number
  }

  #number(number: number): Look {
    return (notice) =>
      notice.kind === 'broadcast' &&
      carries(notice.payload, this.#mark) &&
      isObject(notice.payload) &&
      notice.payload.number === number
        ? notice
        : undefined
  }
}
