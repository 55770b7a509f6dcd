import type { Json } from '../json.ts'
import type { Values } from './database-types.ts'

interface Proving {
  readonly proves?: readonly string[]
}

interface OnChannel extends Proving {
  readonly private?: boolean
}

interface Join extends OnChannel {
  readonly join: string
  readonly with?: 'presence'
}

interface Message extends OnChannel {
  readonly event?: string
  readonly payload?: Readonly<Record<string, Json>>
}

interface Send extends Message {
  readonly send: string
  readonly via?: 'socket' | 'http' | 'batch'
}

interface Receive extends Message {
  readonly receive: string
  readonly from?: string
  readonly when?:
    | { readonly insert: string }
    | { readonly update: string; readonly set: Readonly<Record<string, Json>> }
    | { readonly delete: string }
  readonly with?: 'presence'
}

interface Track extends OnChannel {
  readonly track: string
  readonly payload?: Readonly<Record<string, Json>>
}

interface Presence extends OnChannel {
  readonly presence: string
  readonly from?: string
}

interface Removal {
  readonly remove: string
}

interface Keep extends OnChannel {
  readonly keep: string
  readonly after?: Removal
  readonly after_refresh?: Removal
  readonly until?: 'expiry'
  readonly watch?: number
}

/** What may be attempted on a channel. */
export type ChannelOperation = Join | Send | Receive | Track | Presence | Keep

/** A subscription to the changes of a table. */
export interface Subscribe<Database, Name extends string> extends Proving {
  readonly subscribe: string
  readonly on: 'insert' | 'update' | 'delete'
  readonly set?: Values<Database, Name, 'Update'>
  readonly filter?: string
  readonly columns?: readonly string[]
  readonly through?: string
}
