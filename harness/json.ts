/** A value as JSON carries it; rows, payloads and claims are made of these. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}
