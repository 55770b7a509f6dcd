import type { IncomingMessage } from 'node:http'
import type { Database } from './database.ts'
import type { FileStore } from './files.ts'
import type { StorageTokens } from './tokens.ts'

/** The parts that all requests of one Storage share. */
export interface Service {
  files: FileStore
  tokens: StorageTokens
  /** The maximum size of an object in bytes, whatever its bucket allows. */
  fileSizeLimit: number
}

/** One request. */
export interface Call<Body = undefined> extends Service {
  database: Database
  /** The raw request, for its headers and for bodies that are streams. */
  incoming: IncomingMessage
  /** The raw path, without the query and not decoded. */
  path: string
  /** The JSON body, if the route has one. */
  body: Body
  /** Parameters of the query string. */
  query: URLSearchParams
  /** False if the route accepts requests without a valid token and this is one. */
  authenticated: boolean
  /** The claim `sub`, the owner of new objects. */
  owner: string | undefined
  /** The bucket in the path; empty if the route has none. */
  bucket: string
  /** The object in the path; empty if the route has none. */
  name: string
}

/** A header of the request; undefined when it is missing. */
export function header(call: Call<unknown>, name: string): string | undefined {
  const value = call.incoming.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}
