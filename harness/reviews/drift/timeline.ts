import type { Position } from '../../errors.ts'
import type { SchemaFact } from '../../model/record.ts'

/** The schema after one statement of the committed migrations. */
export interface SchemaState {
  /** `supabase/migrations/20260101_notes.sql`; null before the first. */
  readonly migration: string | null
  /** The statement that made it; null for the state before a migration. */
  readonly at: Position | null
  readonly facts: readonly SchemaFact[]
}

interface Change {
  /** The number of the state, from 0. */
  readonly state: number
  /** Null for a fact that is gone. */
  readonly text: string | null
}

/** How the facts of a schema change while its migrations are applied, statement by statement. */
export class Timeline {
  readonly #changes = new Map<string, Change[]>()
  readonly #states: { readonly migration: string | null; readonly at: Position | null }[] = []
  #last: ReadonlyMap<string, string> = new Map()

  /** Adds the state after the next statement. */
  add({ migration, at, facts }: SchemaState): void {
    const state = this.#states.length
    this.#states.push({ migration, at })
    const now = new Map(facts.map((fact) => [factKey(fact), fact[2]]))
    for (const key of new Set([...this.#last.keys(), ...now.keys()])) {
      const text = now.get(key) ?? null
      if (text === (this.#last.get(key) ?? null)) continue
      this.#changes.set(key, [...(this.#changes.get(key) ?? []), { state, text }])
    }
    this.#last = now
  }

  /** The migrations, in their order. */
  get migrations(): readonly string[] {
    return [...new Set(this.#states.flatMap(({ migration }) => (migration === null ? [] : [migration])))]
  }

  /** @returns the changes of one fact, in their order; null for one that no migration makes. */
  changesOf(key: string): readonly (Change & { readonly migration: string | null })[] | null {
    const changes = this.#changes.get(key)
    return changes?.map((one) => ({ ...one, migration: this.#states[one.state]?.migration ?? null })) ?? null
  }

  /** @returns the keys of the facts that a migration changes. */
  changedBy(migration: string): readonly string[] {
    return [...this.#changes.keys()].filter((key) => this.changesOf(key)?.some((one) => one.migration === migration))
  }

  /** @returns the statement that made a state. */
  statementOf(state: number): Position | null {
    return this.#states[state]?.at ?? null
  }
}

/** @returns the key of a fact: its kind and its name. */
export function factKey([kind, name]: readonly [string, string, ...string[]]): string {
  return `${kind} ${name}`
}
