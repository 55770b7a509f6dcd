import type { Column, Values } from './database-types.ts'
import type { JsonValues, Scope, Sending } from './define-scope.ts'
import type { Exclusive } from './exclusive.ts'

interface OnChannel<Names extends Scope> extends Sending<Names> {
  readonly private?: boolean
}

export interface Join<Names extends Scope> extends OnChannel<Names> {
  readonly join: Names['row']
  readonly with?: 'presence'
}

interface Message<Names extends Scope> extends OnChannel<Names> {
  readonly event?: string
  readonly payload?: JsonValues
}

export interface Send<Names extends Scope> extends Message<Names> {
  readonly send: Names['row']
  readonly via?: 'socket' | 'http' | 'batch'
}

/** A change whose trigger broadcasts. */
type Change<Fixture extends string> = Exclusive<
  { readonly insert: Fixture } | { readonly update: Fixture; readonly set: JsonValues } | { readonly delete: Fixture }
>

export interface Receive<Names extends Scope> extends Message<Names> {
  readonly receive: Names['row']
  readonly from?: Names['asker'] | 'database' | 'service'
  readonly when?: Change<Names['fixture']>
  readonly with?: 'presence'
}

export interface Track<Names extends Scope> extends OnChannel<Names> {
  readonly track: Names['row']
  readonly payload?: JsonValues
}

export interface Presence<Names extends Scope> extends OnChannel<Names> {
  readonly presence: Names['row']
  readonly from?: Names['asker'] | 'service'
}

interface Removal<Fixture extends string> {
  readonly remove: Fixture
}

export interface Keep<Names extends Scope> extends OnChannel<Names> {
  readonly keep: Names['row']
  readonly after?: Removal<Names['fixture']>
  readonly after_refresh?: Removal<Names['fixture']>
  readonly until?: 'expiry'
  readonly watch?: number
}

/** An operation on a channel. */
export type ChannelOperation<Names extends Scope> =
  | Join<Names>
  | Send<Names>
  | Receive<Names>
  | Track<Names>
  | Presence<Names>
  | Keep<Names>

/** A subscription to the changes of a table. */
export interface Subscribe<Names extends Scope> extends Sending<Names> {
  readonly subscribe: Names['fixture']
  readonly on: 'insert' | 'update' | 'delete'
  readonly set?: Values<Names['database'], Names['resource'], 'Update'>
  readonly filter?: string
  readonly columns?: readonly Column<Names['database'], Names['resource']>[]
  readonly through?: string
}

/** The fixture of a channel. */
export interface Topic {
  readonly topic: string
}
