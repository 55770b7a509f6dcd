import { z } from 'zod'
import type { Json } from '../json.ts'
import { takeCaller } from './caller.ts'
import type { CapturedBody, CapturedRequest } from './captured.ts'
import { unreadable } from './unreadable.ts'

const pair = z.object({ name: z.string(), value: z.string() })

/** An entry of HTTP Archive 1.2. */
const entrySchema = z.object({
  request: z.object({
    method: z.string(),
    url: z.string(),
    headers: z.array(pair),
    bodySize: z.number().optional(),
    postData: z.object({ text: z.string().optional() }).optional(),
  }),
  response: z.object({ status: z.number() }).optional(),
})
type Entry = z.output<typeof entrySchema>
const fileSchema = z.object({ log: z.object({ entries: z.array(entrySchema) }) })

/** Paths that a Supabase project serves. */
const ofProject = /^\/(?:rest|storage|functions|graphql|realtime|auth)\/v1(?:\/|$)/

/**
 * Reads a HAR file or one entry of it.
 *
 * @param wanted the number of the entry, from 1; null where the file has one request to the project's API.
 * @returns null for JSON that is no HAR.
 * @throws TrespassError `request-unreadable` where the entry is not clear.
 */
export function readHar(json: Json, wanted: number | null): CapturedRequest | null {
  const single = entrySchema.safeParse(json)
  if (single.success) return captured(single.data)
  const file = fileSchema.safeParse(json)
  if (!file.success) return null
  const { entries } = file.data.log
  return captured(wanted === null ? only(entries) : numbered(entries, wanted))
}

function numbered(entries: readonly Entry[], wanted: number): Entry {
  const entry = entries[wanted - 1]
  if (entry !== undefined) return entry
  throw unreadable(`--entry ${wanted} of a HAR file with ${entries.length} entries`)
}

function only(entries: readonly Entry[]): Entry {
  // A browser asks by OPTIONS before it sends a request to another origin.
  const own = entries
    .map((entry, index) => ({ entry, number: index + 1 }))
    .filter(({ entry: { request } }) => request.method !== 'OPTIONS' && ofProject.test(pathOf(request.url)))
  const [first, second] = own
  if (first === undefined) throw unreadable('a HAR file without a request to the API of a Supabase project')
  if (second === undefined) return first.entry
  const listed = own
    .slice(0, 20)
    .map(({ entry: { request }, number }) => `${number}: ${request.method} ${pathOf(request.url)}`)
  throw unreadable(
    `a HAR file with ${own.length} requests to the project's API`,
    `Name one by --entry: ${listed.join('; ')}`,
  )
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : ''
}

function captured({ request, response }: Entry): CapturedRequest {
  if (!URL.canParse(request.url)) throw unreadable('a HAR entry whose address is no URL')
  const url = new URL(request.url)
  const headers = new Headers()
  // Pseudo-headers of HTTP/2, such as `:method`, are no headers.
  for (const { name, value } of request.headers) if (!name.startsWith(':')) headers.append(name, value)
  return {
    source: 'HAR',
    method: request.method.toUpperCase(),
    path: url.pathname,
    search: url.searchParams,
    caller: takeCaller(headers),
    headers,
    body: bodyOf(request),
    status: response?.status ?? null,
  }
}

function bodyOf({ postData, bodySize = 0 }: Entry['request']): CapturedBody {
  if (postData?.text !== undefined) return { kind: 'text', text: postData.text }
  return postData === undefined && bodySize <= 0 ? { kind: 'none' } : { kind: 'unknown' }
}
