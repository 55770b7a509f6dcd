import { z } from 'zod'
import { integer } from './body.ts'
import type { Call } from './call.ts'
import { invalidParameter, json } from './errors.ts'
import { requireBucketName } from './names.ts'
import type { ObjectMetadata, ObjectRow } from './object-rows.ts'

const order = z.enum(['asc', 'desc']).optional()

/** The body of `POST /object/list/:bucket`. */
export const listing = z.object({
  prefix: z.string(),
  limit: integer(1).optional(),
  offset: integer(0).optional(),
  search: z.string().optional(),
  sortBy: z.object({ column: z.enum(['name', 'updated_at', 'created_at', 'last_accessed_at']), order }).optional(),
})

/** `POST /object/list/:bucket`: the visible objects directly in a folder. */
export async function listObjects(call: Call<z.output<typeof listing>>): Promise<Response> {
  requireBucketName(call.bucket)
  const { prefix, limit, offset, search = '', sortBy } = call.body
  const column = sortBy?.column ?? 'name'
  // When it sorts by name, the database compares texts, otherwise patterns.
  const plain = (text: string) => (column === 'name' ? text : escapePattern(text))
  const folder = plain(prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`)
  const levels = (folder + plain(search)).split('/').length
  const rows = await call.database.asCaller((session) =>
    session.query<ObjectRow>('select * from storage.search($1, $2, $3, $4, $5, $6, $7, $8)', [
      folder,
      call.bucket,
      limit ?? 100,
      levels,
      offset ?? 0,
      plain(search),
      column,
      sortBy?.order ?? 'asc',
    ]),
  )
  return json(
    200,
    rows.map(({ name, id, updated_at, created_at, last_accessed_at, metadata }) => ({
      name,
      id,
      updated_at,
      created_at,
      last_accessed_at,
      metadata,
    })),
  )
}

/** The body of `POST /object/list-v2/:bucket`. */
export const pagedListing = z.object({
  prefix: z.string().optional(),
  limit: integer(1).optional(),
  cursor: z.string().optional(),
  with_delimiter: z.boolean().optional(),
  sortBy: z.object({ column: z.enum(['name', 'updated_at', 'created_at']), order }).optional(),
})

/** One entry of a page; a folder has no id. */
interface Entry extends Record<string, unknown> {
  id: string | null
  name: string
  created_at: Date | null
  updated_at: Date | null
  metadata: ObjectMetadata | null
}

/** `POST /object/list-v2/:bucket`: one page of names with a prefix, with folders folded or not. */
export async function listPage(call: Call<z.output<typeof pagedListing>>): Promise<Response> {
  return json(200, await pageOf(call, call.body))
}

interface Page {
  hasNext: boolean
  nextCursor?: string
  nextCursorKey?: string
  folders: readonly Entry[]
  objects: readonly Entry[]
}

/** Reads one page of a list as the caller. */
export async function pageOf(call: Call<unknown>, asked: z.output<typeof pagedListing>): Promise<Page> {
  requireBucketName(call.bucket)
  const limit = Math.min(asked.limit ?? 1000, 1000)
  const place = readPlace(asked)
  // One row more than requested shows whether there is another page.
  const rows = await call.database.asCaller((session) =>
    session.query<Entry>(
      ...(asked.with_delimiter === true
        ? foldedPage(call.bucket, asked.prefix ?? '', limit + 1, place)
        : flatPage(call.bucket, asked.prefix ?? '', limit + 1, place)),
    ),
  )
  const hasNext = rows.length > limit
  const page = rows.slice(0, limit)
  const last = hasNext ? page.at(-1) : undefined
  const next = last === undefined ? {} : { nextCursor: writePlace(last, place), nextCursorKey: last.name }
  const folders = page.filter(({ id }) => id === null)
  return {
    hasNext,
    ...next,
    folders: folders.map((row) => ({ ...row, name: row.name.endsWith('/') ? row.name : `${row.name}/` })),
    objects: page.filter(({ id }) => id !== null),
  }
}

/** The start of a page: after the name `after`, in an order. */
interface Place {
  after: string
  order: string | undefined
  column: string | undefined
  /** The time of the last entry, if the order is by time. */
  time: string | undefined
}

function foldedPage(bucket: string, prefix: string, limit: number, place: Place): [string, unknown[]] {
  return [
    'select * from storage.search_v2($1, $2, $3, $4, $5, $6, $7, $8)',
    [
      prefix,
      bucket,
      limit,
      prefix === '' ? 1 : prefix.split('/').length,
      place.after,
      place.order ?? 'asc',
      place.column ?? 'name',
      place.time ?? null,
    ],
  ]
}

function flatPage(bucket: string, prefix: string, limit: number, place: Place): [string, unknown[]] {
  const direction = place.order === 'desc' ? 'desc' : 'asc'
  const sign = direction === 'asc' ? '>' : '<'
  const column = place.column === 'updated_at' || place.column === 'created_at' ? place.column : undefined
  const values: unknown[] = [bucket, limit]
  const parameter = (value: unknown) => `$${values.push(value)}`
  const conditions = ['bucket_id = $1']
  if (prefix !== '') conditions.push(`name like ${parameter(`${escapePattern(prefix)}%`)}`)
  if (place.after !== '') {
    conditions.push(
      column === undefined || place.time === undefined
        ? `name collate "C" ${sign} ${parameter(place.after)}`
        : `(date_trunc('milliseconds', ${column}), name collate "C") ${sign}
           (${parameter(place.time)}::timestamptz, ${parameter(place.after)})`,
    )
  }
  return [
    `select id, name, metadata, updated_at, created_at, last_accessed_at from storage.objects
     where ${conditions.join(' and ')}
     order by ${column === undefined ? '' : `${column} ${direction}, `}name collate "C" ${direction} limit $2`,
    values,
  ]
}

/** A cursor has one line for each part of a place, each with its letter, in Base64. */
const LETTERS = { l: 'after', o: 'order', c: 'column', a: 'time' } as const

function readPlace({ cursor, sortBy }: z.output<typeof pagedListing>): Place {
  const place: Place = { after: '', order: sortBy?.order, column: sortBy?.column, time: undefined }
  if (cursor === undefined || cursor === '') return place
  place.order = 'asc'
  for (const line of Buffer.from(cursor, 'base64').toString().split('\n')) {
    const part = Object.entries(LETTERS).find(([letter]) => line.startsWith(`${letter}:`))
    if (part === undefined) throw invalidParameter('continuation token')
    place[part[1]] = line.slice(2)
  }
  return place
}

function writePlace(last: Entry, { order, column }: Place): string {
  const time = column === 'updated_at' || column === 'created_at' ? last[column]?.toISOString() : undefined
  const place: Place = { after: last.name, order, column, time }
  const lines = Object.entries(LETTERS).map(([letter, part]) => (place[part] ? `${letter}:${place[part]}` : ''))
  return Buffer.from(lines.filter((line) => line !== '').join('\n')).toString('base64')
}

/** Escapes a text so that a LIKE pattern matches it literally. */
export function escapePattern(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`)
}
