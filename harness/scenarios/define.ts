import type { Json } from '../json.ts'
import type { FunctionName, TableName, Values, ViewName } from '../matrix/database-types.ts'
import type { Call, RelationOperation } from '../matrix/define.ts'
import type { OverlapLevel } from './model.ts'
import type { ContendedKeys } from './recipes/contended.ts'
import type { InterruptedMigrationKeys } from './recipes/interrupted-migration.ts'
import type { ReplayedKeys } from './recipes/replayed.ts'
import type { WorkerClaimKeys } from './recipes/worker-claim.ts'
import type { RevokedKeys } from './revoked/declared.ts'
import type { Snapshots } from './snapshots.ts'

/** By the word under `recipe`: the keys that are its own. */
interface Recipes {
  readonly contended: ContendedKeys
  readonly replayed: ReplayedKeys
  readonly 'interrupted-migration': InterruptedMigrationKeys
  readonly 'worker-claim': WorkerClaimKeys
  readonly revoked: RevokedKeys
}

type OnTable<Database, Name = TableName<Database>> = Name extends string
  ? RelationOperation<Database, Name> & {
      readonly resource: { readonly table: Name; readonly key?: readonly string[] }
    }
  : never

type OnView<Database, Name = ViewName<Database>> = Name extends string
  ? RelationOperation<Database, Name> & {
      readonly resource: { readonly view: Name; readonly of?: TableName<Database>; readonly key?: readonly string[] }
    }
  : never

type OnFunction<Database, Name = FunctionName<Database>> = Name extends string
  ? Call<Database, Name> & { readonly resource: { readonly function: Name; readonly of?: TableName<Database> } }
  : never

/** What is asked of Storage, of Realtime or of the database itself; the loader checks the rest of it. */
interface Elsewhere {
  readonly resource: { readonly bucket: string } | { readonly channel: string } | { readonly database: string }
  readonly [key: string]: Json | { readonly [word: string]: string }
}

type Fixture<Database, Name = TableName<Database>> = Name extends string
  ?
      | { readonly table: Name; readonly key?: readonly string[]; readonly values: Values<Database, Name, 'Insert'> }
      | { readonly table: Name; readonly key?: readonly string[]; readonly find: Values<Database, Name, 'Row'> }
  : never

interface Common<Database> {
  readonly scenario: string
  readonly invariants?: Readonly<Record<string, string>>
  readonly proves?: readonly string[]
  readonly overlap?: OverlapLevel
  readonly snapshots?: Snapshots
  readonly rounds?: number
  readonly fixtures?: Readonly<Record<string, Fixture<Database> | { readonly table: `storage.${string}` }>>
  /** Each names its resource, so that the compiler can check it. */
  readonly operations?: Readonly<
    Record<string, OnTable<Database> | OnView<Database> | OnFunction<Database> | Elsewhere>
  >
}

/** A scenario in TypeScript: the shape of the YAML file, checked against the types of the database. */
export type ScenarioDefinition<Database> = {
  [Word in keyof Recipes]: Common<Database> & { readonly recipe: Word } & Recipes[Word]
}[keyof Recipes]

/**
 * Declares a scenario in TypeScript. A misspelt table, column, argument or key of a recipe is a compile error.
 *
 * @typeParam Database what `supabase gen types typescript` writes.
 */
export function defineScenario<Database>(scenario: ScenarioDefinition<Database>): ScenarioDefinition<Database> {
  return scenario
}
