import type { JsonObject } from '../json.ts'

/**
 * The credential of a captured request, without the credential itself. `unknown` stands for a token that was redacted or not
 * logged.
 */
export interface Caller {
  readonly kind: 'anon' | 'authenticated' | 'anonymous-auth' | 'unknown'
  /** The id of the user; it is compared with values of the request and never written. */
  readonly subject: string | null
  readonly assurance: 'aal1' | 'aal2' | null
  /** Keys of `app_metadata` with the values that Auth does not set by itself. */
  readonly appMetadata: JsonObject
  /** True for a request that certainly carried no API key. */
  readonly keyless: boolean
}

/** The body of a captured request; a log keeps none. */
export type CapturedBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'text'; readonly text: string }

/** A request that was sent once, as a curl command, a HAR file or a log describes it. */
export interface CapturedRequest {
  readonly source: 'curl' | 'HAR' | 'gateway log'
  /** In capitals. */
  readonly method: string
  /** The decoded path is never used: PostgREST and Storage read the raw one. */
  readonly path: string
  readonly search: URLSearchParams
  /** Without the credential. */
  readonly headers: Headers
  readonly caller: Caller
  readonly body: CapturedBody
  /** The status of the response; null where it is not known. */
  readonly status: number | null
}
