import { setTimeout as pause } from 'node:timers/promises'
import { decodeJwt } from 'jose'
import { isObject } from '../../json.ts'
import type { Lasting } from '../../model/verdict.ts'
import type { Answer, Call } from '../path.ts'
import { StartedRequest } from './answer.ts'
import { awaitMessage } from './await-message.ts'
import type { Channel } from './channel.ts'
import type { Caller } from './connection.ts'
import { broadcastRoute } from './in-flight.ts'
import { carries, marked, newMark } from './messages.ts'
import type { NoticeMatcher } from './notices.ts'
import type { Subscriptions } from './subscriptions.ts'
import { timeouts } from './timing.ts'
import { topicIn } from './topics.ts'
import { schemas } from './verbs.ts'
import { joinAsWitness } from './witness-channel.ts'

/** Milliseconds between two messages: how exactly the end of access is measured. */
const apart = 200

/** The lifetime in seconds of a token that is to expire: time to join and to receive a first message. */
const shortLife = 5

const usualWatch = 3

/**
 * Stays in the channel while access is taken away, and measures how long messages still come: after the membership ended, after a
 * newly issued token was sent, or after the token expired.
 */
export async function keep(subscriptions: Subscriptions, caller: Caller, call: Call): Promise<Answer> {
  const {
    until,
    after_refresh: refreshed,
    watch = usualWatch,
    private: isPrivate = true,
  } = schemas.keep.parse(call.body)
  const topic = topicIn(call.targets)
  const request = new StartedRequest('LISTEN', topic, { private: isPrivate, watch })
  const channel = { topic, private: isPrivate }
  const witness = await joinAsWitness(subscriptions, call, channel)
  const token = until === undefined ? null : await call.shortToken(shortLife)
  const joined = await subscriptions.join(caller, channel, token ?? undefined)
  // A refusal before the first message may come from the token's end, and not from a policy.
  const first = (answer: Answer): Answer => (isOver(token) ? { ...answer, lapsed: true } : answer)
  if (joined.kind !== 'joined') return first(request.notJoined(joined))
  if (witness.channel === null) return request.answer({ silence: 'unproven', details: witness.why })
  const watched = new Watch(subscriptions, request, joined.channel, witness.channel)
  const refusal = await watched.begin()
  if (refusal !== null) return first(refusal)
  if (until !== undefined) return await watched.until(expiryOf(token), watch)
  await call.meanwhile()
  if (refreshed !== undefined) {
    const renewed = await call.freshToken()
    if (renewed !== null) await joined.channel.renew(renewed)
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
  readonly #subscriptions: Subscriptions
  readonly #request: StartedRequest
  readonly #own: Channel
  readonly #witness: Channel
  readonly #mark = newMark()
  readonly #sentAt: number[] = []

  constructor(subscriptions: Subscriptions, request: StartedRequest, own: Channel, witness: Channel) {
    this.#subscriptions = subscriptions
    this.#request = request
    this.#own = own
    this.#witness = witness
  }

  /** @returns null when access exists; else the answer with the reason. */
  async begin(): Promise<Answer | null> {
    const outcome = await this.#received(await this.#send())
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
      const received = await this.#witness.until(this.#number(number), timeouts.message)
      if (typeof received === 'string')
        return this.#request.answer({ silence: 'unproven', details: 'a message got lost' })
      await pause(apart)
    }
    const { end } = this.#own
    if (end !== null) {
      const answer = this.#request.missing(this.#own, end, null)
      return end === 'closed' ? { ...answer, lasted: this.#lasted(since, true) } : answer
    }
    const outcome = await this.#received(this.#sentAt.length - 1)
    if ('received' in outcome) return this.#request.answer({ lasted: this.#lasted(since, false) })
    const { answer } = outcome
    return answer.silence === 'proven' ? { ...answer, lasted: this.#lasted(since, true) } : answer
  }

  #received(number: number) {
    return awaitMessage({
      request: this.#request,
      subscriptions: this.#subscriptions,
      own: this.#own,
      witness: this.#witness,
      match: this.#number(number),
      route: broadcastRoute(this.#witness),
    })
  }

  #lasted(since: number, ended: boolean): Lasting {
    const heardAt = this.#sentAt.filter((_, number) => this.#own.find(this.#number(number)) !== undefined)
    const seconds = Math.max(0, (heardAt.at(-1) ?? since) - since) / 1000
    return { seconds: Math.round(seconds * 10) / 10, ended }
  }

  async #send(): Promise<number> {
    const number = this.#sentAt.push(performance.now()) - 1
    await this.#witness.broadcast('trespass-watch', marked({ number }, this.#mark))
    return number
  }

  #number(number: number): NoticeMatcher {
    return (notice) =>
      notice.kind === 'broadcast' &&
      carries(notice.payload, this.#mark) &&
      isObject(notice.payload) &&
      notice.payload.number === number
        ? notice
        : undefined
  }
}
