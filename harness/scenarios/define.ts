import type { Json } from '../json.ts'
import type { Column, FunctionName, TableName, Values, ViewName } from '../matrix/database-types.ts'
import type { Call, RelationOperation, SelectItem } from '../matrix/define-operations.ts'
import type { JsonValues } from '../matrix/define-scope.ts'
import type { Exclusive } from '../matrix/exclusive.ts'
import type { Contended, InterruptedMigration, Replayed, Revoked, WorkerClaim } from './define-recipes.ts'

/** By the word under `recipe`: the keys that are its own. */
interface Recipes {
  readonly contended: Contended
  readonly replayed: Replayed
  readonly 'interrupted-migration': InterruptedMigration
  readonly 'worker-claim': WorkerClaim
  readonly revoked: Revoked
}

/** The names that an operation may use; those of fixtures and operations are the loader's to check. */
interface Names<Database, Resource extends string> {
  readonly database: Database
  readonly resource: Resource
  readonly fixture: string
  readonly row: string
  readonly operation: string
  readonly invariant: string
  readonly asker: string
}

type OnRelation<Database, Name extends string> = Exclusive<
  RelationOperation<Names<Database, Name>, SelectItem<Column<Database, Name>>>
>

type OnTable<Database, Name = TableName<Database>> = Name extends string
  ? OnRelation<Database, Name> & {
      readonly resource: { readonly table: Name; readonly key?: readonly Column<Database, Name>[] }
    }
  : never

type OnView<Database, Name = ViewName<Database>> = Name extends string
  ? OnRelation<Database, Name> & {
      readonly resource: {
        readonly view: Name
        readonly of?: TableName<Database>
        readonly key?: readonly Column<Database, Name>[]
      }
    }
  : never

type OnFunction<Database, Name = FunctionName<Database>> = Name extends string
  ? Call<Names<Database, Name>> & { readonly resource: { readonly function: Name; readonly of?: TableName<Database> } }
  : never

/** An operation on Storage, Realtime or the database itself; the loader checks its other keys. */
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
  readonly overlap?: 0 | 1 | 2 | 3 | 4
  /** Rows that record which transaction wrote them, and which transactions were running then. */
  readonly snapshots?: {
    readonly table: string
    readonly where: JsonValues
    readonly transaction: string
    readonly snapshot: string
  }
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
