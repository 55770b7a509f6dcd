import { TrespassError } from '../../errors.ts'
import { sendWhileLocked } from '../interleave.ts'
import { moments } from '../judges/interleavings.ts'
import type { Act, Round } from '../round.ts'

/**
 * Interleaves one operation of the member with the revocation in every order. After each attempt the witness reads the effect
 * and undoes it.
 */
export class Write {
  readonly #round: Round
  readonly #act: Act
  readonly #gate: readonly string[]

  constructor(round: Round, act: Act, gate: readonly string[]) {
    this.#round = round
    this.#act = act
    this.#gate = gate
  }

  /** The operation alone, before the revocation: it has to work. */
  async undisturbed(): Promise<void> {
    await this.#round.witness.state(moments.first, this.#changes())
    await this.#round.perform(this.#act)
    await this.#round.witness.state(moments.after, this.#changes())
  }

  /** The operation waits behind a gate, the revocation commits, the gate opens. */
  async across(revoke: () => Promise<void>): Promise<void> {
    await this.#round.witness.restore(this.#changes())
    await sendWhileLocked(this.#round, this.#gate, [this.#act.by], async (send) => {
      await send(this.#act)
      await revoke()
    })
    await this.#round.witness.state(moments.meanwhile, this.#changes())
  }

  /** After the revocation. */
  async late(): Promise<void> {
    await this.#round.witness.restore(this.#changes())
    await this.#round.perform(this.#act)
    await this.#round.witness.state(moments.before, this.#changes())
  }

  #changes() {
    const changes = this.#round.changesOf(this.#act)
    if (Object.keys(changes).length > 0) return changes
    const message = `the operation ${this.#act.operation} sets no column of a fixture, so its effect cannot be read`
    throw new TrespassError('sets-nothing', message, {
      hint: 'Take an update, or say in `changes` what a call changes.',
    })
  }
}
