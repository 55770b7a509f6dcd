import type { SchemaFact } from '../model/record.ts'
import type { Database } from '../witness/connection.ts'
import { readSchema } from '../witness/fingerprint.ts'

/** What mutants change and the fingerprint leaves out: settings of the database, and the rows that are published. */
const besides = `
  select 'setting', setdatabase || ' ' || setrole, array_to_string(setconfig, ' ') from pg_catalog.pg_db_role_setting
  union all
  select 'row filter', prrelid::regclass::text, pg_catalog.pg_get_expr(prqual, prrelid)
  from pg_catalog.pg_publication_rel where prqual is not null
  order by 1, 2, 3`

/** Compares a schema with itself as it was before the first mutant. */
export class SchemaWatch {
  readonly #database: Database
  readonly #before: string
  readonly #buckets: ReadonlySet<string>
  /** Of the schema as it was. */
  readonly fingerprint: string

  private constructor(database: Database, facts: readonly SchemaFact[], besides: string, fingerprint: string) {
    this.#database = database
    this.#buckets = new Set(facts.filter(([kind]) => kind === 'bucket').map(([, name]) => name))
    this.#before = this.#lasting(facts) + besides
    this.fingerprint = fingerprint
  }

  /** Reads the schema, before a run makes buckets of its own. */
  static async begin(database: Database): Promise<SchemaWatch> {
    const { facts, fingerprint } = await readSchema(database)
    return new SchemaWatch(database, facts, await readBesides(database), fingerprint)
  }

  async isUnchanged(): Promise<boolean> {
    const { facts } = await readSchema(this.#database)
    return this.#lasting(facts) + (await readBesides(this.#database)) === this.#before
  }

  /** Buckets that a run makes are facts of the schema too. */
  #lasting(facts: readonly SchemaFact[]): string {
    return JSON.stringify(facts.filter(([kind, name]) => kind !== 'bucket' || this.#buckets.has(name)))
  }
}

async function readBesides(database: Database): Promise<string> {
  return JSON.stringify(await database.query(besides))
}
