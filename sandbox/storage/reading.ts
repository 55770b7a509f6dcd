import { Readable } from 'node:stream'
import { findRules } from './bucket-rules.ts'
import { type Call, header } from './call.ts'
import { noSuchBucket, noSuchBytes, StorageError } from './errors.ts'
import { requireBucketName, requireObjectName } from './names.ts'
import { findObject, type ObjectMetadata, type ObjectRow } from './object-rows.ts'

/** `GET /object/:bucket/:name` and `GET /object/authenticated/:bucket/:name` */
export async function download(call: Call): Promise<Response> {
  return await send(call, () => findReadable(call))
}

/** `GET /object/public/:bucket/:name` */
export async function downloadPublic(call: Call): Promise<Response> {
  return await send(call, () => findPublic(call))
}

/** `GET /render/image/authenticated/:bucket/:name`, where the rights of the caller count in a public bucket too. */
export async function downloadVisible(call: Call): Promise<Response> {
  const { database, bucket, name } = call
  return await send(call, () => database.asCaller((session) => findObject(session, bucket, name)))
}

/** `HEAD` on the routes of downloads. */
export async function head(call: Call): Promise<Response> {
  return describeObject(call, await findReadable(call))
}

/** `GET /object/info/:bucket/:name` and its variants. */
export async function info(call: Call): Promise<Response> {
  const row = await findReadable(call)
  const metadata = row.metadata ?? {}
  const headers = new Headers({ 'content-type': 'application/json; charset=utf-8' })
  setCommonHeaders(headers, metadata)
  if (metadata.cacheControl !== undefined) headers.set('cache-control', metadata.cacheControl)
  return new Response(
    JSON.stringify({
      id: row.id,
      name: row.name,
      version: row.version,
      bucket_id: row.bucket_id,
      size: metadata.size ?? null,
      content_type: metadata.mimetype ?? null,
      cache_control: metadata.cacheControl ?? null,
      etag: metadata.eTag ?? null,
      metadata: row.user_metadata,
      last_modified: row.updated_at,
      created_at: row.created_at,
    }),
    { headers },
  )
}

/**
 * The object if the caller may read it. A public bucket needs no rights; without a valid token only public buckets are found.
 *
 * @throws StorageError 404 `NoSuchBucket` or `NoSuchKey`
 */
async function findReadable(call: Call): Promise<ObjectRow> {
  const { database, bucket, name } = call
  const rules = await findRules(database, bucket)
  if (rules === undefined || (!call.authenticated && !rules.public)) throw noSuchBucket()
  requireBucketName(bucket)
  requireObjectName(name)
  return rules.public
    ? await database.asService((session) => findObject(session, bucket, name))
    : await database.asCaller((session) => findObject(session, bucket, name))
}

async function findPublic({ database, bucket, name }: Call): Promise<ObjectRow> {
  requireBucketName(bucket)
  requireObjectName(name)
  const rules = await findRules(database, bucket)
  if (rules?.public !== true) throw noSuchBucket()
  return await database.asService((session) => findObject(session, bucket, name))
}

/**
 * Streams the bytes of an object, or a part of them.
 *
 * @param find looks up the object; its errors are passed on
 * @param expires the expiry of a signed URL, which replaces the object's own caching
 */
export async function send(call: Call, find: () => Promise<ObjectRow>, expires?: Date): Promise<Response> {
  const { found, file } = await call.files.hold(async () => {
    const row = await find()
    return { found: row, file: await call.files.open(row.version) }
  })
  if (file === undefined) throw noSuchBytes()
  try {
    const { size } = await file.stat()
    const metadata = found.metadata ?? {}
    const headers = new Headers({ 'accept-ranges': 'bytes', 'x-robots-tag': 'none' })
    setCommonHeaders(headers, metadata)
    setContentType(headers, metadata)
    setCaching(call, headers, metadata, expires, 'stale-while-revalidate=30')
    setDisposition(call, headers)
    if (isUnchanged(call, metadata)) {
      await file.close()
      return new Response(null, { status: 304, headers })
    }
    const range = header(call, 'range')
    const part = range === undefined ? undefined : readRange(range, size)
    headers.set('content-length', String(part === undefined ? size : part.end - part.start + 1))
    if (part !== undefined) headers.set('content-range', `bytes ${part.start}-${part.end}/${size}`)
    const body = Readable.toWeb(file.createReadStream(part))
    return new Response(body, { status: part === undefined ? 200 : 206, headers })
  } catch (error) {
    await file.close()
    throw error
  }
}

/** The headers of a download, without its bytes. */
export function describeObject(call: Call, row: ObjectRow): Response {
  const metadata = row.metadata ?? {}
  const headers = new Headers({ 'accept-ranges': 'bytes', 'x-robots-tag': 'none' })
  setCommonHeaders(headers, metadata)
  setContentType(headers, metadata)
  setCaching(call, headers, metadata, undefined, 'must-revalidate')
  if (metadata.contentLength !== undefined) headers.set('content-length', String(metadata.contentLength))
  return new Response(null, { headers })
}

function setCommonHeaders(headers: Headers, { eTag, lastModified }: ObjectMetadata): void {
  if (eTag !== undefined) headers.set('etag', eTag)
  const changed = lastModified === undefined ? undefined : new Date(lastModified)
  if (changed !== undefined && !Number.isNaN(changed.getTime())) headers.set('last-modified', changed.toUTCString())
}

/** A page of HTML would run its scripts with the origin of the project. */
function setContentType(headers: Headers, { mimetype }: ObjectMetadata): void {
  if (mimetype !== undefined) headers.set('content-type', mimetype.includes('text/html') ? 'text/plain' : mimetype)
}

/** @param revalidation the addition if the client has another version */
function setCaching(
  call: Call,
  headers: Headers,
  { cacheControl, eTag }: ObjectMetadata,
  expires: Date | undefined,
  revalidation: string,
): void {
  if (expires !== undefined) {
    headers.set('expires', expires.toUTCString())
    return
  }
  const held = header(call, 'if-none-match')
  const values = [cacheControl, held === undefined || held === eTag ? undefined : revalidation]
  const text = values.filter((value) => value !== undefined && value !== '').join(', ')
  if (text !== '') headers.set('cache-control', text)
}

function setDisposition(call: Call, headers: Headers): void {
  const download = call.query.get('download')
  if (download === null) return
  const name = encodeURIComponent(download)
  headers.set(
    'content-disposition',
    download === '' ? 'attachment;' : `attachment; filename=${name}; filename*=UTF-8''${name}`,
  )
}

function isUnchanged(call: Call, { eTag, lastModified }: ObjectMetadata): boolean {
  if (eTag !== undefined && header(call, 'if-none-match') === eTag) return true
  const since = header(call, 'if-modified-since')
  return since !== undefined && lastModified !== undefined && new Date(lastModified) <= new Date(since)
}

/** One range of bytes (RFC 9110, section 14). @throws StorageError 416 `InvalidRange` */
function readRange(range: string, size: number): { start: number; end: number } {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? []
  const suffix = first === ''
  const start = suffix ? Math.max(size - Number(last), 0) : Number(first)
  const end = suffix || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  const valid = (first !== '' || (last !== '' && Number(last) > 0)) && start < size && start <= end
  if (valid) return { start, end }
  throw new StorageError(416, 'InvalidRange', 'invalid range provided', { error: 'invalid_range', httpStatus: 416 })
}
