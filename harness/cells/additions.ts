import { canonical } from '../canonical.ts'
import type { JsonObject } from '../json.ts'

/** The name under which rows that look like this one are remembered. */
export function additionQuery(table: string, values: JsonObject): string {
  return `${table} ${canonical(values)}`
}

/**
 * Distinguishes the rows that one attempt added from rows that look the same: attempts whose new rows could be mistaken for one
 * another run one after the other, and a row that existed before is no effect of the attempt.
 */
export class Additions {
  readonly #turns = new Map<string, Promise<unknown>>()
  /** By query, how many rows of each content are known: a table without a key may hold the same row twice. */
  readonly #known = new Map<string, Map<string, number>>()

  /**
   * Runs `work` when no other attempt with one of these signatures is under way.
   *
   * @param signatures equal for attempts whose rows could be mistaken for one another; none when nothing is added.
   */
  async inTurn<Result>(signatures: readonly string[], work: () => Promise<Result>): Promise<Result> {
    // All turns are taken in one step, so that no two attempts can wait for each other.
    const before = signatures.map((signature) => this.#turns.get(signature))
    const turn = Promise.allSettled(before).then(work)
    for (const signature of signatures) this.#turns.set(signature, turn)
    return turn
  }

  /** Takes note of all rows that are there before an attempt. */
  remember(query: string, rows: readonly JsonObject[]): void {
    const known = new Map<string, number>()
    for (const row of rows) known.set(canonical(row), (known.get(canonical(row)) ?? 0) + 1)
    this.#known.set(query, known)
  }

  /**
   * @param rows all current rows.
   * @returns those that the last reading did not have, and remembers them.
   */
  fresh(query: string, rows: readonly JsonObject[]): readonly JsonObject[] {
    const known = new Map(this.#known.get(query) ?? [])
    this.remember(query, rows)
    return rows.filter((row) => {
      const left = known.get(canonical(row)) ?? 0
      known.set(canonical(row), left - 1)
      return left <= 0
    })
  }
}
