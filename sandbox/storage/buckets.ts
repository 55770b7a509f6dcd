import type { z } from 'zod'
import { check } from './body.ts'
import { type bucketChange, bucketListing, checkedMimeTypes, checkedSizeLimit, type newBucket } from './bucket-rules.ts'
import type { Call } from './call.ts'
import { duplicate, json, malformed, noSuchBucket, StorageError } from './errors.ts'
import { escapePattern } from './listing.ts'
import { requireBucketName, requireNewBucketName } from './names.ts'
import { asUuid } from './object-rows.ts'

interface BucketRow extends Record<string, unknown> {
  id: string
  name: string
  owner: string | null
  public: boolean
  created_at: Date
  updated_at: Date
  file_size_limit: string | null
  allowed_mime_types: string[] | null
}

const SHOWN = 'id, name, owner, public, created_at, updated_at, file_size_limit, allowed_mime_types'

/** `POST /bucket` */
export async function createBucket(call: Call<z.output<typeof newBucket>>): Promise<Response> {
  const { name, id = name, public: isPublic = false, file_size_limit, allowed_mime_types } = call.body
  requireNewBucketName(name)
  if (call.body.type === 'ANALYTICS') {
    throw new StorageError(
      409,
      'FeatureNotEnabled',
      'The feature Iceberg buckets are not enabled for this tenant is not enabled for this resource',
    )
  }
  const size = checkedSizeLimit(file_size_limit, call.fileSizeLimit)
  const types = checkedMimeTypes(allowed_mime_types)
  const owner = call.owner
  const record = { id, name, owner: asUuid(owner), owner_id: owner, public: isPublic }
  const columns = defined({ ...record, allowed_mime_types: types, file_size_limit: size, type: 'STANDARD' })
  await call.database
    .asCaller((session) =>
      session.query(
        `insert into storage.buckets (${columns.map(([column]) => column).join(', ')})
         values (${columns.map((_column, index) => `$${index + 1}`).join(', ')})`,
        columns.map(([, value]) => value),
      ),
    )
    .catch((error: unknown) => {
      const taken = error instanceof StorageError && error.code === 'ResourceAlreadyExists'
      throw taken ? duplicate('BucketAlreadyExists') : error
    })
  return json(200, { name })
}

/** `GET /bucket` */
export async function listBuckets(call: Call): Promise<Response> {
  const values: unknown[] = []
  const parameter = (value: unknown) => `$${values.push(value)}`
  const { search, sortColumn, sortOrder, limit, offset } = check(
    Object.fromEntries(call.query),
    bucketListing,
    'querystring',
  )
  const pattern = `%${escapePattern(search ?? '')}%`
  const clauses = [
    search === undefined || search === '' ? '' : `where name ilike ${parameter(pattern)}`,
    sortColumn === undefined ? '' : `order by ${sortColumn} ${sortOrder ?? 'asc'}`,
    limit === undefined ? '' : `limit ${parameter(limit)}`,
    offset === undefined ? '' : `offset ${parameter(offset)}`,
  ]
  const rows = await call.database.asCaller((session) =>
    session.query<BucketRow>(`select ${SHOWN} from storage.buckets ${clauses.join(' ')}`, values),
  )
  return json(
    200,
    rows.map((row) => ({ ...shownBucket(row), type: 'STANDARD' })),
  )
}

/** `GET /bucket/:id` */
export async function getBucket(call: Call): Promise<Response> {
  const rows = await call.database.asCaller((session) =>
    session.query<BucketRow>(`select ${SHOWN} from storage.buckets where id = $1 limit 1`, [call.bucket]),
  )
  const row = rows[0]
  if (row === undefined) throw noSuchBucket()
  return json(200, shownBucket(row))
}

/** `PUT /bucket/:id` */
export async function updateBucket(call: Call<z.output<typeof bucketChange>>): Promise<Response> {
  requireBucketName(call.bucket)
  const { public: isPublic, file_size_limit, allowed_mime_types } = call.body
  const size = checkedSizeLimit(file_size_limit, call.fileSizeLimit)
  const columns = defined({
    public: isPublic,
    file_size_limit: size,
    allowed_mime_types: checkedMimeTypes(allowed_mime_types),
  })
  if (columns.length === 0) {
    const missing = ['public', 'file_size_limit', 'allowed_mime_types'].map(
      (name) => `body must have required property '${name}', `,
    )
    throw malformed(`${missing.join('')}body must match a schema in anyOf`)
  }
  const id = `$${columns.length + 1}`
  const rows = await call.database.asCaller((session) =>
    session.query(
      `with previous as (select public from storage.buckets where id = ${id})
       update storage.buckets set ${columns.map(([column], index) => `${column} = $${index + 1}`).join(', ')}
       where id = ${id} returning (select public from previous) as public`,
      [...columns.map(([, value]) => value), call.bucket],
    ),
  )
  if (rows.length === 0) throw noSuchBucket()
  return json(200, { message: 'Successfully updated' })
}

/** `DELETE /bucket/:id`. Whether the bucket is empty is checked before the caller's rights. */
export async function deleteBucket(call: Call): Promise<Response> {
  await call.database.asCaller(async (session) => {
    await session.asService(async () => {
      const found = await session.query('select from storage.buckets where id = $1 for update', [call.bucket])
      if (found.length === 0) throw noSuchBucket()
      const objects = await session.query('select from storage.objects where bucket_id = $1 limit 1', [call.bucket])
      if (objects.length === 0) return
      throw new StorageError(409, 'ResourceNotEmpty', 'The bucket you tried to delete is not empty')
    })
    const deleted = await session.execute('delete from storage.buckets where id = any($1::text[])', [[call.bucket]])
    if (deleted === 0) throw noSuchBucket()
  })
  return json(200, { message: 'Successfully deleted' })
}

/** `POST /bucket/:id/empty`, for the service role only. Storage empties it after its answer; the sandbox does so before. */
export async function emptyBucket(call: Call): Promise<Response> {
  const removed = await call.database.asCaller(async (session) => {
    const found = await session.query('select from storage.buckets where id = $1', [call.bucket])
    if (found.length === 0) throw noSuchBucket()
    return await session.query<{ version: string | null }>(
      'delete from storage.objects where bucket_id = $1 returning version',
      [call.bucket],
    )
  })
  await call.files.remove(removed.map(({ version }) => version))
  return json(200, { message: 'Empty bucket has been queued. Completion may take up to an hour.' })
}

function defined(record: Record<string, unknown>): [string, unknown][] {
  return Object.entries(record).filter(([, value]) => value !== undefined)
}

function shownBucket({ file_size_limit, owner, ...row }: BucketRow): Record<string, unknown> {
  return { ...row, owner: owner ?? '', file_size_limit: file_size_limit === null ? null : Number(file_size_limit) }
}
