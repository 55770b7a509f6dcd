import type { SchemaFact } from '../model/record.ts'
import type { Database } from '../witness/connection.ts'
import { readSchema } from '../witness/fingerprint.ts'

/** Compares a schema with itself as it was before the first mutant. */
export class SchemaWatch {
  readonly #database: Database
  readonly #facts: string
  readonly #buckets: ReadonlySet<string>
  /** Of the schema as it was. */
  readonly fingerprint: string

  private constructor(database: Database, facts: readonly SchemaFact[], fingerprint: string) {
    this.#database = database
    this.#buckets = new Set(facts.filter(([kind]) => kind === 'bucket').map(([, name]) => name))
    this.#facts = this.#lasting(facts)
    this.fingerprint = fingerprint
  }

  /** Reads the schema, before a run makes buckets of its own. */
  static async begin(database: Database): Promise<SchemaWatch> {
    const { facts, fingerprint } = await readSchema(database)
    return new SchemaWatch(database, facts, fingerprint)
  }

  async isUnchanged(): Promise<boolean> {
    return this.#lasting((await readSchema(this.#database)).facts) === this.#facts
  }

  /** Buckets that a run makes are facts of the schema too. */
  #lasting(facts: readonly SchemaFact[]): string {
    return JSON.stringify(facts.filter(([kind, name]) => kind !== 'bucket' || this.#buckets.has(name)))
  }
}
