import { isIP } from 'node:net'
import type pg from 'pg'
import type { AuthConfig } from '../config.ts'
import type { Database } from './database.ts'
import type { Tokens } from './tokens.ts'

/** The parts that all requests of one Auth share. */
export interface Service {
  config: AuthConfig
  tokens: Tokens
  /** Auth's own address, the beginning of links. */
  issuer: string
  /** The claim `iss` of tokens. */
  tokenIssuer: string
  /**
   * For hooks that run beside the request's transaction. A pool of their own: requests that hold a connection each and
   * wait for a second one of the same pool would wait for one another.
   */
  hookPool: pg.Pool
}

/** One request inside its transaction. */
export interface Call extends Service {
  database: Database
  request: Request
  /** The body as text; empty when there is none. */
  body: string
  /** Parameters of the query string. */
  query: URLSearchParams
  /** Headers of the answer, also of an error. */
  headers: Headers
  /** A part of the path. Empty when the route has no such part. */
  parameter(name: string): string
}

/** The address that the request came from: the first of `X-Forwarded-For`, which the gateway sets. */
export function clientAddress(request: Request): string {
  const forwarded = (request.headers.get('x-forwarded-for') ?? '').split(',').map((part) => part.trim())
  return forwarded.find((part) => isIP(part) !== 0) ?? '127.0.0.1'
}

/** The client program, or null if the header is missing. */
export function userAgent(request: Request): string | null {
  return request.headers.get('user-agent') || null
}
