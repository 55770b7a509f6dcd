import type { Position } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { Expectation } from './verdict.ts'

/** A key path into a document: `['operations', 'read own', 'select']`. */
export type KeyPath = readonly (string | number)[]

/** The kinds of actors that send requests to the project's API. */
export const apiKinds = ['anon', 'authenticated', 'anonymous-auth'] as const

/**
 * The kinds of actors: a client of the API, a worker with its own login to the database, or the scheduler of its jobs. A
 * privileged key is no kind.
 */
export const actorKinds: readonly [...typeof apiKinds, 'worker', 'scheduler'] = [...apiKinds, 'worker', 'scheduler']
export type ActorKind = (typeof actorKinds)[number]

/** @returns true when actors of a kind send requests to the project's API. */
export function usesApi(kind: ActorKind): kind is (typeof apiKinds)[number] {
  return kind !== 'worker' && kind !== 'scheduler'
}

/** @returns true when actors of a kind have a user that signs in. */
export function hasUser(kind: ActorKind): boolean {
  return kind === 'authenticated' || kind === 'anonymous-auth'
}

/**
 * How an actor's token is broken on purpose. `expired` and `unknown-role` are signed with the project's own key; an attacker
 * without the key can make the others; `none` sends the API key alone.
 */
export const tokenAttacks = [
  'expired',
  'tampered',
  'wrong-key',
  'alg-none',
  'forged-role',
  'unknown-role',
  'none',
] as const
export type TokenAttack = (typeof tokenAttacks)[number]

export interface ActorDeclaration {
  readonly name: string
  readonly kind: ActorKind
  /** The database role that a `worker` logs in as; no other actor has one. */
  readonly role?: string
  /** Uses another actor's user instead of one of its own. */
  readonly as?: string
  readonly token?: TokenAttack
  /** `none` leaves the API key out of every request. */
  readonly apiKey?: 'none'
  readonly appMetadata?: JsonObject
  /** Sent with the sign-up, as any user may: triggers on `auth.users` find it. */
  readonly userMetadata?: JsonObject
  /** The form of the user's e-mail address; the text in place of `$actor` is unique to the user. */
  readonly email?: string
  /** True for a user that has a confirmed phone number besides its e-mail address; `only` for one without an address. */
  readonly phone?: true | 'only'
  /** Headers of every request of the actor, by lower-case name; values may hold references to actors and the world. */
  readonly headers?: Readonly<Record<string, string>>
  /** Authenticator assurance level of the session; `aal2` enrols and verifies a TOTP factor. */
  readonly assurance?: 'aal1' | 'aal2'
  readonly at: Position
}

/** A row that is made for the run or for a cell, or found; its values may hold references such as `$alice.id`. */
export interface RowDeclaration {
  readonly name: string
  /** Schema and name: `public.documents`. */
  readonly table: string
  /** Columns that identify a row where the table has no primary key. */
  readonly key?: readonly string[]
  readonly values: JsonObject
  /** True when the row exists because of another row of this run: `values` are then the criteria by which it is found. */
  readonly found?: true
  /**
   * Columns of a unique key that names a user, so that every user can have one such row: it is made once, and is the same in
   * every copy of the fixture. Left out for a row that every copy has of its own.
   */
  readonly sharedBy?: readonly string[]
  readonly at: Position
}

/** The actors and the world they live in, from `matrices/actors.yaml` or `matrices/actors.ts`. */
export interface Roster {
  readonly actors: readonly ActorDeclaration[]
  /** Rows made once for a run, in an order in which each refers to earlier ones only. */
  readonly world: readonly RowDeclaration[]
}

export interface Resource {
  /** `table`, `view`, `function`: the word that the matrix used. */
  readonly kind: string
  /** Schema and name: `public.documents`. */
  readonly name: string
  /** Columns that identify a row of a view or of a table without a primary key. */
  readonly key?: readonly string[]
  /** The table whose rows a view or a function shows; without it, the table that all fixtures belong to. */
  readonly of?: string
}

/** One thing to attempt. */
export interface OperationDeclaration {
  readonly name: string
  /** The access path that carries it out; null for `distinguish`. */
  readonly path: string | null
  readonly verb: string
  /** Parsed by the path's schema; references are not resolved yet. Keyed as the matrix wrote it. */
  readonly body: JsonObject
  /** Headers of the request, by lower-case name; values may hold references. */
  readonly headers?: Readonly<Record<string, string>>
  /** With verb `distinguish`: the two operations whose answers must look the same. */
  readonly pair?: readonly [string, string]
  /** `allow` when rows that are not the run's, or were made for other actors, come along by design. */
  readonly others?: 'allow'
  /** Ids of the invariants that its cells prove. */
  readonly proves: readonly string[]
  readonly at: Position
}

/** The expectation of one actor and one operation. `n/a` cells are left out and never made. */
export interface CellDeclaration {
  readonly actor: string
  readonly operation: string
  readonly expected: Expectation
  readonly at: Position
}

export interface Matrix {
  readonly name: string
  /** Relative to the workspace. */
  readonly file: string
  readonly resource: Resource
  /** Sentence per id. */
  readonly invariants: Readonly<Record<string, string>>
  /** Tables that may change although an attempt is refused, such as an audit log, each with why. */
  readonly changesOnRefusal?: Readonly<Record<string, string>>
  readonly fixtures: readonly RowDeclaration[]
  readonly operations: readonly OperationDeclaration[]
  /** One for every actor of the roster and every operation, but for those written `n/a`; in declared order. */
  readonly cells: readonly CellDeclaration[]
}

/**
 * Finds the position of a key path in the text of a file.
 *
 * @param on the key or the value at the path; the value when left out.
 * @returns the position of the node at a key path, or of its nearest parent.
 */
export type Locate = (path: KeyPath, on?: 'key' | 'value') => Position

/** A matrix as it was loaded. */
export interface LoadedMatrix {
  readonly matrix: Matrix
  readonly locate: Locate
}
