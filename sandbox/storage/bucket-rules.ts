import { z } from 'zod'
import { integer } from './body.ts'
import type { Database } from './database.ts'
import { tooLarge, unsupportedMimeType } from './errors.ts'

/** The settings of a bucket that Storage checks before it reads or writes bytes. */
export interface BucketRules {
  public: boolean
  /** In bytes; null without a limit of its own. */
  file_size_limit: number | null
  allowed_mime_types: string[] | null
}

const sizeLimit = z
  .union([integer(0), z.string().regex(/^\d+(\.\d+)?[gmk]?b$/i)], 'must match a schema in anyOf')
  .nullish()
const mimeTypes = z.array(z.string()).nullish()

/** The body of `POST /bucket`. */
export const newBucket = z.object({
  name: z.string(),
  id: z.string().optional(),
  public: z.boolean().optional(),
  type: z.enum(['STANDARD', 'ANALYTICS']).optional(),
  file_size_limit: sizeLimit,
  allowed_mime_types: mimeTypes,
})

/** The body of `PUT /bucket/:id`. */
export const bucketChange = z.object({
  public: z.boolean().optional(),
  file_size_limit: sizeLimit,
  allowed_mime_types: mimeTypes,
})

/** The query of `GET /bucket`. */
export const bucketListing = z.object({
  limit: integer(1).optional(),
  offset: integer(0).optional(),
  sortColumn: z.enum(['id', 'name', 'created_at', 'updated_at']).optional(),
  sortOrder: z.enum(['asc', 'desc']).optional(),
  search: z.string().optional(),
})

/** The rules of a bucket, read with the rights of the service; undefined if there is no bucket. */
export async function findRules(database: Database, bucket: string): Promise<BucketRules | undefined> {
  const rows = await database.asService((session) =>
    session.query<{ public: boolean; file_size_limit: string | null; allowed_mime_types: string[] | null }>(
      'select public, file_size_limit, allowed_mime_types from storage.buckets where id = $1 limit 1',
      [bucket],
    ),
  )
  const row = rows[0]
  if (row === undefined) return undefined
  return { ...row, file_size_limit: row.file_size_limit === null ? null : Number(row.file_size_limit) }
}

/**
 * Checks a bucket's own limit, and returns it in bytes.
 *
 * @param greatest the project's limit
 * @throws StorageError 413 `EntityTooLarge` if it is above the project's
 */
export function checkedSizeLimit(limit: z.output<typeof sizeLimit>, greatest: number): number | null | undefined {
  if (limit === undefined || limit === null) return limit
  const bytes = typeof limit === 'number' ? limit : bytesOf(limit)
  if (bytes > greatest) throw tooLarge()
  return bytes
}

/** Storage counts in powers of a thousand, unlike the Supabase CLI in `config.toml`. */
function bytesOf(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)([gmk]?)b$/i.exec(text) ?? []
  const power = ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase())
  return Number(Number(number).toPrecision(3)) * 1000 ** power
}

/** @throws StorageError 415 `InvalidMimeType` for an invalid MIME type */
export function checkedMimeTypes(types: string[] | null | undefined): string[] | null | undefined {
  const named = types?.filter((type) => type !== '')
  for (const type of named ?? []) {
    if (type.length > 1000 || !MIME_TYPE.test(type)) throw unsupportedMimeType(type)
  }
  return types === null ? null : named
}

const MIME_TYPE = /^([\w\-+.]+)\/([\w\-+.]+)(;\s*charset=[\w-]+)?$|\*$/
