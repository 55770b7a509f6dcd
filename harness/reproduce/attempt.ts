import type { Json, JsonObject } from '../json.ts'

/** A filter of PostgREST that compares a column with one value. */
export interface EqualFilter {
  readonly column: string
  readonly value: string
}

/** The object of a request. `relation` is a table or a view: the catalog says which. */
export interface Wanted {
  readonly kind: 'relation' | 'function' | 'bucket' | 'edge_function'
  /** Of a relation and a function with its schema. */
  readonly name: string
}

type Returning = 'minimal' | 'representation'

/** A request as an operation of a matrix, before fixtures take the place of its rows. Null stands for a body that is not known. */
export type Attempt =
  | {
      readonly verb: 'select'
      readonly columns: readonly string[]
      readonly filters: readonly EqualFilter[]
      readonly count: boolean
      readonly head: boolean
      readonly single: boolean
    }
  | { readonly verb: 'insert'; readonly rows: readonly JsonObject[] | null; readonly returning: Returning }
  | {
      readonly verb: 'upsert'
      readonly rows: readonly JsonObject[] | null
      readonly onConflict: readonly string[]
      readonly ignoreDuplicates: boolean
      readonly returning: Returning
    }
  | {
      readonly verb: 'update'
      readonly set: JsonObject | null
      readonly filters: readonly EqualFilter[]
      readonly returning: Returning
    }
  | { readonly verb: 'delete'; readonly filters: readonly EqualFilter[]; readonly returning: Returning }
  | {
      readonly verb: 'call'
      readonly arguments: JsonObject | null
      readonly method: 'post' | 'get' | 'head'
    }
  | {
      readonly verb: 'invoke'
      readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
      readonly path: string
      readonly json: Json | undefined
    }
  | { readonly verb: 'download' | 'public' | 'info' | 'exists' | 'list' | 'overwrite' | 'remove' | 'delete object' }
  | { readonly verb: 'sign'; readonly seconds: number }
  | { readonly verb: 'move' | 'copy'; readonly toFolder: string | null }
  /** `folder` is the first part of the object's name. */
  | { readonly verb: 'upload' | 'upsert object'; readonly folder: string | null }

/** A captured request, recognised. */
export interface Recognised {
  readonly wanted: Wanted
  readonly attempt: Attempt
  /** Parts of the request that the operation leaves out, each as a sentence. */
  readonly notes: readonly string[]
}
