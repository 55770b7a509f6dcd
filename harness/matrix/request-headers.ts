import { z } from 'zod'

/** Headers that carry the credential: an actor has its own, and only its own. */
const credentials: readonly string[] = ['authorization', 'apikey', 'proxy-authorization']

/** Headers that define the request. The access path sets them, or the connection does. */
const paths: readonly string[] = [
  'accept',
  'accept-profile',
  'connection',
  'content-length',
  'content-profile',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'prefer',
  'range',
  'range-unit',
  'sec-websocket-key',
  'sec-websocket-version',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-metadata',
  'x-trespass-attempt',
  'x-upsert',
]

/** A token of HTTP (RFC 9110, section 5.6.2). */
const nameForm = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i
/** The characters that HTTP allows in a value, one visible line (RFC 9110, section 5.5); references are resolved later. */
const valueForm = /^[\t\x20-\x7e]*$/

const headerName = z
  .string()
  .regex(nameForm, { error: 'the name of a header, such as `x-tenant`' })
  .refine((name) => !credentials.includes(name.toLowerCase()), {
    error: 'another header: an actor sends its own credential and no other (`token`, `api_key` and `as` change it)',
  })
  .refine((name) => !paths.includes(name.toLowerCase()), {
    error: 'another header: this one is set by the access path from the keys of the operation',
  })

/** Headers that a matrix gives to requests. Their values may hold references. */
export const requestHeaders = z
  .record(headerName, z.string().regex(valueForm, { error: 'a text of one line in ASCII' }))
  .refine(
    (headers) => new Set(Object.keys(headers).map((name) => name.toLowerCase())).size === Object.keys(headers).length,
    {
      error: 'names that differ in more than upper and lower case',
    },
  )

/** @returns the headers by their names in lower case. */
export function byLowerCase(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
