import { createHash } from 'node:crypto'
import { z } from 'zod'
import { TrespassError } from '../../errors.ts'
import { isList, type Json } from '../../json.ts'
import type { Target } from '../../model/target.ts'
import { type Refusals, refusalsSchema } from './refusals.ts'
import { type Signature, signatureSchema } from './signature.ts'

const scalar = z.union([z.string(), z.number(), z.boolean()])
const fields = z.record(z.string().min(1), z.union([scalar, z.array(scalar)]))

/** Segments behind the resource's own path. A dot segment would leave it. */
const below = z
  .string()
  .regex(/^(?:\/(?!\.{1,2}(?:\/|$))[^/?#]*)+$/, { error: 'a path such as `/items`, without query and dot segments' })

export const methods = z.enum(['get', 'post', 'put', 'patch', 'delete'])

/** The keys of a request to code that a team wrote itself. */
export const requestKeys = {
  path: below.optional().describe("what follows the resource's own path: `/$own.id/approve`"),
  query: fields.optional().describe('the parameters of the query'),
  json: z.json().optional().describe('the body, as JSON'),
  form: fields.optional().describe('the body, as the fields of a form'),
  text: z.string().optional().describe('the body, as a text'),
  bytes: z
    .string()
    .refine((written) => written.includes('$') || bytesIn(written) !== null, {
      error: 'a data URL: `data:image/png;base64,…`',
    })
    .optional()
    .describe('the body, as bytes: a data URL, which `{ $file: … }` makes of a file that is no text'),
  content_type: z.string().min(1).optional().describe("the body's type, where it is another than usual"),
  denial: refusalsSchema.optional(),
  sign: signatureSchema.optional().describe('the signature of a webhook'),
  repeat: z
    .int()
    .min(2)
    .max(10)
    .optional()
    .describe('how many times the same request is sent, as a replayed event is; the last answer counts'),
} as const

/** What these keys hold once references are resolved. */
export interface RequestParts {
  readonly path?: string | undefined
  readonly query?: Readonly<Record<string, Json>> | undefined
  readonly json?: Json | undefined
  readonly form?: Readonly<Record<string, Json>> | undefined
  readonly text?: string | undefined
  readonly bytes?: string | undefined
  readonly content_type?: string | undefined
  readonly denial?: Refusals | undefined
  readonly sign?: Signature | undefined
  readonly repeat?: number | undefined
}

/** Why the keys of an operation do not go together. */
export function bodyFault(
  method: string,
  { json, form, text, bytes, content_type, sign }: RequestParts,
): string | null {
  const bodies = [json, form, text, bytes].filter((body) => body !== undefined).length
  if (bodies > 1) return 'one body: `json`, `form`, `text` or `bytes`'
  if (bodies === 1 && method === 'get') return 'no body: a GET request has none'
  if (bodies === 0 && sign !== undefined) return 'a body beside `sign`: `json`, `form`, `text` or `bytes`'
  return bodies === 0 && content_type !== undefined
    ? 'a body beside `content_type`: `json`, `form`, `text` or `bytes`'
    : null
}

/** @returns the environment variables whose values an operation needs. */
export function variablesOf({ sign }: RequestParts): readonly string[] {
  return sign === undefined ? [] : [sign.secret_from_env]
}

/** @returns why an operation cannot be tried on a target, with what would change it; null when it can. */
export function missingSecret({ secrets = {} }: Pick<Target, 'secrets'>, parts: RequestParts): string | null {
  const missing = variablesOf(parts).find((name) => secrets[name] === undefined)
  return missing === undefined ? null : `the secret of its signature is not known: set ${missing}`
}

/** A body as it is sent, and as a record shows it. */
export interface Body {
  readonly content: string | Uint8Array<ArrayBuffer>
  readonly type: string
  readonly shown: Json
}

/** @returns the body of a request; null for none. */
export function bodyOf({ json, form, text, bytes, content_type }: RequestParts): Body | null {
  if (bytes !== undefined) return bytesBody(bytes, content_type)
  if (json !== undefined) {
    return { content: JSON.stringify(json), type: content_type ?? 'application/json', shown: json }
  }
  if (form !== undefined) {
    const type = content_type ?? 'application/x-www-form-urlencoded'
    return { content: parameters(form), type, shown: form }
  }
  return text === undefined ? null : { content: text, type: content_type ?? 'text/plain; charset=utf-8', shown: text }
}

/** @returns the type and the bytes of a data URL (RFC 2397); null for any other text. */
function bytesIn(written: string): { readonly type: string; readonly bytes: Uint8Array<ArrayBuffer> } | null {
  const [, type = '', content = ''] = /^data:([^,]*);base64,([A-Za-z0-9+/]*={0,2})$/.exec(written) ?? []
  if (type === '' && content === '') return null
  return {
    type: type === '' ? 'application/octet-stream' : type,
    bytes: new Uint8Array(Buffer.from(content, 'base64')),
  }
}

/** A record names the length and the digest of bytes, and not the bytes. */
function bytesBody(written: string, contentType: string | undefined): Body {
  const read = bytesIn(written)
  if (read === null) {
    const hint = 'Write `data:<type>;base64,<content>`, or name a file: `{ $file: … }`.'
    throw new TrespassError('not-bytes', '`bytes` of a request became a text that is no data URL', { hint })
  }
  const digest = createHash('sha256').update(read.bytes).digest('hex')
  const shown = `${read.bytes.byteLength} bytes, sha256 ${digest}`
  return { content: read.bytes, type: contentType ?? read.type, shown }
}

/** @returns the address of a request below a resource's own address. */
export function addressOf(base: string, { path = '', query }: RequestParts): string {
  // A value that was filled in may hold what would begin a query or a fragment.
  const url = `${base}${path.replaceAll('?', '%3F').replaceAll('#', '%23')}`
  const sent = query === undefined ? '' : parameters(query)
  return sent === '' ? url : `${url}?${sent}`
}

function parameters(given: Readonly<Record<string, Json>>): string {
  const pairs = Object.entries(given).flatMap(([name, value]) =>
    (isList(value) ? value : [value]).map((item): [string, string] => [name, plain(item)]),
  )
  return new URLSearchParams(pairs).toString()
}

/** A reference that stands alone is filled in with a value of any type. */
function plain(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
