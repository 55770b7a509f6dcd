import { makeEvents } from '../cells/events.ts'
import type { Copies, PlacedFixtures } from '../cells/placed-fixtures.ts'
import type { JsonObject } from '../json.ts'
import { resolve } from '../model/references.ts'
import type { ThirdPartyEvent } from '../paths/path.ts'
import type { RowKey } from '../witness/witness.ts'
import type { RoundHistory } from './round-history.ts'
import { sharedSet } from './shared-set.ts'
import { overlapIn, type Snapshots } from './snapshots.ts'
import { checkRow, checkRows, isRows, type StateExpected } from './state.ts'

/** The actions and readings of the witness in one round. None of them is an operation of a session. */
export class RoundWitness {
  readonly #placed: PlacedFixtures
  readonly #unique: string
  readonly #history: RoundHistory
  readonly #copies: Copies = { identity: 'nobody', sets: [sharedSet('nobody')] }

  constructor(placed: PlacedFixtures, unique: string, history: RoundHistory) {
    this.#placed = placed
    this.#unique = unique
    this.#history = history
  }

  /** @returns the key of a row of the fixtures or of the world. */
  keyOf(name: string): RowKey {
    const { table, baseKey } = this.#placed.reachRow(name, this.#copies, false)
    return { table, key: baseKey }
  }

  /** Applies a change that is not an operation of a session, such as the end of a membership. */
  async happen(events: readonly ThirdPartyEvent[], text: string): Promise<void> {
    const resolved = events.map((event) =>
      event.kind === 'change' ? { ...event, set: this.#resolved(event.set) } : event,
    )
    await makeEvents(this.#placed, this.#copies, resolved)
    this.#history.mark('happened', text)
  }

  /** Sets columns of fixtures back to the values that they were made with. */
  async restore(changes: StateExpected): Promise<void> {
    for (const [name, set] of Object.entries(changes)) {
      const { row } = this.#placed.reachRow(name, this.#copies, false)
      const made = Object.keys(set).map((column) => [column, row[column] ?? null])
      await this.#placed.witness.restore(this.keyOf(name), Object.fromEntries(made))
    }
  }

  /**
   * Reads the current state.
   *
   * @param moment the point of the recipe: `afterwards`.
   */
  async state(moment: string, expected: StateExpected): Promise<void> {
    const checks = []
    for (const [name, wanted] of Object.entries(expected)) {
      if (isRows(wanted)) {
        const rows = await this.#placed.witness.matching(wanted.table, this.#resolved(wanted.where))
        checks.push(...checkRows(name, wanted, this.#resolved(wanted.each ?? {}), rows))
      } else {
        const columns: JsonObject = { ...wanted }
        checks.push(...checkRow(name, this.#resolved(columns), await this.#placed.witness.read(this.keyOf(name))))
      }
    }
    const { events, round } = this.#history
    events.push({ kind: 'state', round, at: this.#history.now(), moment, checks })
  }

  /** Reads the transaction snapshots that the schema recorded for the sessions that were released together. */
  async compareSnapshots(wanted: Snapshots): Promise<void> {
    const rows = await this.#placed.witness.matching(wanted.table, this.#resolved(wanted.where))
    const { transactions, met } = overlapIn(rows, wanted)
    const released = this.#history.events.find((event) => event.kind === 'mark' && event.what === 'released')
    const sessions = released?.kind === 'mark' ? released.sessions : []
    // The rows do not name their sessions: only if all transactions met is it certain that each session did.
    const everyone = met === transactions && transactions === sessions.length
    const text = `${met} of ${transactions} transactions saw another one running, or were seen`
    this.#history.mark('snapshot', text, everyone ? sessions : [])
  }

  #resolved(value: JsonObject): JsonObject {
    const row = (name: string) => this.#placed.row(name, this.#copies)
    return resolve(value, { run: this.#placed.context.runId, unique: this.#unique, row })
  }
}
