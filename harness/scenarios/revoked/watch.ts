import type { OperationEvent } from '../../model/scenario.ts'
import { gotAccess } from '../judges/access.ts'
import { isUnknownWrite } from '../judges/winners.ts'
import type { Holding, Round } from '../round.ts'

/** Refusals in a row after which access counts as ended. */
const enough = 10

/** Milliseconds for which a probe continues after its access should have ended, to show that it lasts. */
const longer = 1000

/** One operation that the member and the control repeat. */
export interface Probe {
  readonly member: Holding
  readonly control: Holding
  /** Milliseconds after the revocation within which it may still work. */
  readonly withinMs: number
}

/** Repeats the probes of the member and the control until the member's access has ended, or has lasted too long. */
export class Watch {
  readonly #round: Round
  readonly #probes: readonly Probe[]
  readonly #everyMs: number
  readonly #underWay = new Set<Promise<unknown>>()
  #watching: Promise<readonly PromiseSettledResult<unknown>[]> = Promise.resolve([])
  #pause: Promise<void> | null = null
  #resume: () => void = () => undefined
  #revokedAt: number | null = null
  #broken = false

  constructor(round: Round, probes: readonly Probe[], everyMs: number) {
    this.#round = round
    this.#probes = probes
    this.#everyMs = everyMs
  }

  /** @returns false if the member or the control lacks the access to begin with; then nothing is watched. */
  async begin(): Promise<boolean> {
    const first = await Promise.all(this.#probes.flatMap(({ member, control }) => [member.use(), control.use()]))
    if (!first.every(gotAccess)) return false
    this.#watching = Promise.allSettled(this.#probes.map((probe) => this.#watch(probe)))
    return true
  }

  /** Waits until no request is under way, and starts no other. */
  async pause(): Promise<void> {
    this.#pause = new Promise((resolve) => {
      this.#resume = resolve
    })
    await Promise.allSettled(this.#underWay)
  }

  resume(): void {
    this.#pause = null
    this.#resume()
  }

  /** Marks the time from which the duration of the access is measured. */
  revoked(): void {
    this.#revokedAt = this.#round.now()
  }

  /** Waits until all probes have ended. @throws the error of a probe that failed. */
  async end(): Promise<void> {
    for (const outcome of await this.#watching) if (outcome.status === 'rejected') throw outcome.reason
  }

  /** Releases everything that is held, and ends a watch that is still running. */
  async close(): Promise<void> {
    this.#broken = true
    this.resume()
    await this.#watching
    await Promise.all(this.#probes.flatMap(({ member, control }) => [member.end(), control.end()]))
  }

  /** The control continues until the member's access has ended, and makes one more request after that. */
  async #watch({ member, control, withinMs }: Probe): Promise<void> {
    let isOver = false
    const watched = this.#untilRefused(member, withinMs).finally(() => {
      isOver = true
    })
    const kept = this.#until(control, () => isOver)
    const outcomes = await Promise.allSettled([watched, kept])
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  async #untilRefused(member: Holding, withinMs: number): Promise<void> {
    const most = Math.min(enough, member.refusals ?? enough)
    for (let refusals = 0; refusals < most && !this.#broken; ) {
      await this.#round.passes(this.#everyMs)
      const event = await this.#use(member)
      const since = this.#revokedAt === null ? 0 : event.invokedAt - this.#revokedAt
      if (this.#revokedAt === null || since <= 0) continue
      refusals = event.fate === 'unknown' || isUnknownWrite(event) || gotAccess(event) ? 0 : refusals + 1
      if (since > withinMs + longer) return
    }
  }

  async #until(control: Holding, isOver: () => boolean): Promise<void> {
    for (let last = false; !last && !this.#broken; ) {
      await this.#round.passes(this.#everyMs)
      last = isOver()
      await this.#use(control)
    }
  }

  async #use(holding: Holding): Promise<OperationEvent> {
    while (this.#pause !== null) await this.#pause
    const use = holding.use()
    this.#underWay.add(use)
    try {
      return await use
    } catch (error) {
      this.#broken = true
      throw error
    } finally {
      this.#underWay.delete(use)
    }
  }
}
