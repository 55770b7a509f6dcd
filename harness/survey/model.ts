import type { Schema } from '../init/model.ts'
import type { JsonObject } from '../json.ts'
import type { ActorKind } from '../model/matrix.ts'

/** The actors and the rows of the world that a row belongs to. */
export interface Ownership {
  /** Actors that the row names as its user. */
  readonly owners: readonly string[]
  /** Tenants that the row belongs to: names of rows. */
  readonly tenants: readonly string[]
}

/** The relation of a row to an actor. */
export type Relation =
  /** It names the actor's own user. */
  | 'own'
  /** It belongs to a tenant of the actor. */
  | 'same-tenant'
  /** It belongs to other actors or tenants. */
  | 'another-tenant'
  /** It names neither a user nor a tenant. */
  | 'unowned'
  /** The run did not make it. */
  | 'not-of-the-run'

/** One of the two parties whose rows are surveyed. */
export interface Side {
  /** The tenant's row in the world; the holder's name where users own rows without a tenant. */
  readonly name: string
  /** The row of the tenant in the world, with its table; null without tenants. */
  readonly tenant: { readonly row: string; readonly table: string } | null
  /** The actor whose user owns the rows of this side. */
  readonly holder: string
}

/** Facts that the catalog of the witness does not hold, and a survey needs to fill columns and arguments. */
export interface Hints extends Pick<Schema, 'types' | 'checks'> {
  /** By schema and name of a function: its source. Overloads are joined. */
  readonly sources: Readonly<Record<string, string>>
  /** By table, the functions of its triggers. */
  readonly triggers: Readonly<Record<string, readonly string[]>>
  /** Tables in which the users of the run have a row already, such as a profile that a trigger makes. */
  readonly foundFor: ReadonlySet<string>
}

/** A matrix that a survey makes in memory, in the format of matrix files. */
export interface SurveyMatrix {
  /** The object as a reader names it: `table public.documents`. */
  readonly object: string
  readonly document: {
    readonly matrix: string
    readonly resource: JsonObject
    readonly fixtures: JsonObject
    readonly operations: JsonObject
  }
  /** True when a second copy of its rows would collide with the first, so that no two writes are under way at once. */
  readonly oneByOne?: true
  /** By operation, its access and the owner of its rows. */
  readonly operations: Readonly<Record<string, SurveyOperation>>
}

export type Access = 'select' | 'insert' | 'update' | 'delete' | 'call' | 'hear' | 'speak'

export interface SurveyOperation {
  /** The operation in words: `update of title`. */
  readonly door: string
  readonly access: Access
  /** The tables whose policies decide; the object's own when left out. */
  readonly through?: string
  /** The side of its rows; null for all. */
  readonly side: string | null
  /** Its fixture, where it has one. */
  readonly row?: string
  /** The owners and tenants that a written row is to name. */
  readonly names?: Ownership
  /** The actors that try it; null for all. */
  readonly actors: readonly string[] | null
  /** The operation that a matrix needs for one row, by the fixture's name; left out where it is the operation itself. */
  readonly narrowed?: Readonly<Record<string, JsonObject>>
}

/** Something reachable that the survey could not try, or not wholly. */
export interface Unsurveyed {
  readonly object: string
  readonly why: string
}

/** A flow of data to an actor: values that came, or a change, with the owner of the rows and the operation. */
export interface Flow {
  /** Stable over runs: `table public.documents › mallory › read all › acme`. */
  readonly id: string
  readonly object: string
  readonly kind: FlowKind
  readonly actor: string
  readonly actorKind: ActorKind
  readonly relation: Relation
  /** The owners and tenants of the rows, in words: `acme`, `bob of acme`. */
  readonly whose: string
  readonly door: string
  /** Tables of the rows, sorted. */
  readonly tables: readonly string[]
  /** Columns that came or changed, sorted; empty where they are not known. */
  readonly columns: readonly string[]
  /** Columns that the grants on their table hide from the actor's role. */
  readonly hidden: readonly string[]
  /** The policies and rights that let it through. */
  readonly rules: readonly string[]
  /** The matrix of the survey and its operation, by which `--allow` and `--deny` make a cell. */
  readonly matrix: string
  readonly operation: string
  /** The cells of the workspace's matrices that allow or deny it; left out where none does. */
  readonly expected?: ExpectedBy
  /** The fixtures that came, changed or went. */
  readonly rows: readonly string[]
}

/** The decision of the workspace's matrices about a flow. */
export interface ExpectedBy {
  readonly decision: 'allow' | 'deny'
  /** Ids, sorted. */
  readonly cells: readonly string[]
  /** True when the cells are those of another user with the same standing as the actor: an owner of another tenant. */
  readonly alike?: true
}

/** `revealed`: the answer shows that something exists. */
export type FlowKind = 'shown' | 'changed' | 'added' | 'removed' | 'revealed'

/** `survey.json` */
export interface SurveyRecord {
  readonly schema: 'trespass/survey@1'
  readonly run: string
  readonly target: { readonly alias: string; readonly kind: string }
  readonly startedAt: string
  readonly finishedAt: string
  readonly holes: readonly string[]
  readonly limits: readonly string[]
  readonly tried: { readonly objects: number; readonly attempts: number; readonly unknown: number }
  /** The most suspicious first. */
  readonly flows: readonly Flow[]
  readonly unsurveyed: readonly Unsurveyed[]
  /** The matrices that hold the flows, for `--allow` and `--deny`. */
  readonly matrices: readonly Pick<SurveyMatrix, 'document' | 'operations'>[]
}
