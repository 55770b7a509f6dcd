/**
 * The S3 endpoint, for sessions of users (github.com/supabase/storage, `http/routes/s3`). The database decides as on the other
 * routes; a write is always an upsert, which needs the policies for select and update too.
 */
import { randomUUID } from 'node:crypto'
import { findRules } from './bucket-rules.ts'
import { type Call, header } from './call.ts'
import { type ErrorFormat, invalidRequest, noSuchBucket, noSuchKey, StorageError } from './errors.ts'
import { readFile } from './incoming-file.ts'
import { pageOf } from './listing.ts'
import { copyTo } from './moving.ts'
import { refuseDotSegments, requireBucketName, requireObjectName } from './names.ts'
import { findObject } from './object-rows.ts'
import { describeObject, downloadVisible } from './reading.ts'
import { deleteNamed, deleteOne } from './removing.ts'
import {
  abortMultipart,
  completeMultipart,
  createMultipart,
  type Multiparts,
  readText,
  s3Metadata,
  uploadPart,
} from './s3-multipart.ts'
import { requireWritable, save } from './saving.ts'
import { describe } from './uploading.ts'
import { textsOf, xml } from './xml.ts'

/** One command: the result of `storage.operation()`, and how it is answered. */
interface Command {
  operation: string
  answer: (call: Call) => Promise<Response>
}

/**
 * Chooses the command of a request to an object, or to a bucket if the name is empty.
 *
 * @returns undefined for a request that is not served
 */
export function s3Command(
  method: string,
  name: string,
  query: URLSearchParams,
  headers: Readonly<Record<string, unknown>>,
  uploads: Multiparts,
): Command | undefined {
  const on = (operation: string, answer: Command['answer']) => ({ operation: `storage.s3.${operation}`, answer })
  if (name === '') {
    if (method === 'GET' && !['uploads', 'location', 'versioning'].some((key) => query.has(key))) {
      return on('object.list', listObjects)
    }
    return method === 'POST' && query.has('delete') ? on('object.delete_many', deleteObjects) : undefined
  }
  const isPart = query.has('uploadId')
  switch (method) {
    case 'GET':
      return isPart || query.has('tagging') ? undefined : on('object.get', getObject)
    case 'HEAD':
      return on('object.info', headObject)
    case 'PUT':
      if (headers['x-amz-copy-source'] !== undefined) return isPart ? undefined : on('object.copy', copyObject)
      return isPart ? on('upload.part', (call) => uploadPart(call, uploads)) : on('upload', putObject)
    case 'POST':
      if (query.has('uploads')) return on('upload.create_multipart', (call) => createMultipart(call, uploads))
      return isPart ? on('upload.complete_multipart', (call) => completeMultipart(call, uploads)) : undefined
    case 'DELETE':
      return isPart
        ? on('upload.abort_multipart', (call) => abortMultipart(call, uploads))
        : on('object.delete', deleteObject)
    default:
      return undefined
  }
}

/** An error as S3 formats it, with its own status. */
export const s3Refusal: ErrorFormat = (error, path) => {
  const resource = path.replace('/s3', '').split('/').filter(Boolean).join('/')
  return xml(error.statusCode, { Error: { Resource: resource, Code: error.code, Message: error.message } })
}

async function putObject(call: Call): Promise<Response> {
  const { bucket, name, files, owner } = call
  if (header(call, 'x-amz-content-sha256')?.startsWith('STREAMING-') === true) {
    throw new StorageError(501, 'NotSupported', 'The sandbox takes no chunked signatures')
  }
  requireBucketName(bucket)
  const rules = await findRules(call.database, bucket)
  if (rules === undefined) throw noSuchBucket()
  const file = await readFile(call, name, rules)
  try {
    requireObjectName(name)
    const userMetadata = s3Metadata(call)
    const object = { bucket_id: bucket, name, owner }
    const declared = { mimetype: file.mimeType, contentLength: file.declaredLength }
    await requireWritable(call, { ...object, metadata: declared, user_metadata: userMetadata }, true)
    refuseDotSegments(name)
    const version = randomUUID()
    const { size, eTag } = await files.receive(version, file.body, file.limit)
    const metadata = describe(size, eTag, file.mimeType, file.cacheControl)
    await save(call, { ...object, version, metadata, user_metadata: { ...userMetadata } })
    return new Response(null, { status: 200, headers: { etag: eTag } })
  } finally {
    file.body.destroy()
  }
}

async function getObject(call: Call): Promise<Response> {
  return await downloadVisible(call)
}

async function headObject(call: Call): Promise<Response> {
  return describeObject(call, await call.database.asCaller((session) => findObject(session, call.bucket, call.name)))
}

async function listObjects(call: Call): Promise<Response> {
  if ((await findRules(call.database, call.bucket)) === undefined) throw noSuchBucket()
  const { query, bucket } = call
  const prefix = query.get('prefix') ?? ''
  const limit = Math.min(Number(query.get('max-keys') ?? 1000) || 1000, 1000)
  const cursor = query.get('continuation-token') ?? undefined
  const delimiter = query.get('delimiter') ?? undefined
  if (delimiter !== undefined && delimiter !== '/') throw invalidRequest('The sandbox knows the delimiter / alone')
  const page = await pageOf(call, { prefix, limit, cursor, with_delimiter: delimiter !== undefined })
  return xml(200, {
    ListBucketResult: {
      Name: bucket,
      Prefix: prefix,
      ContinuationToken: cursor,
      Contents: page.objects.map(({ name, updated_at, metadata }) => ({
        Key: name,
        LastModified: updated_at?.toISOString(),
        ETag: metadata?.eTag,
        Size: metadata?.size ?? 0,
        StorageClass: 'STANDARD',
      })),
      IsTruncated: page.hasNext,
      MaxKeys: limit,
      Delimiter: delimiter,
      KeyCount: page.objects.length + page.folders.length,
      CommonPrefixes: page.folders.map(({ name }) => ({ Prefix: name })),
      NextContinuationToken: page.nextCursor,
    },
  })
}

async function copyObject(call: Call): Promise<Response> {
  const source = decodeURIComponent(header(call, 'x-amz-copy-source') ?? '').replace(/^\//, '')
  const [bucketId = '', ...rest] = source.split('/')
  const replaces = header(call, 'x-amz-metadata-directive') === 'REPLACE'
  const row = await copyTo(call, {
    source: { bucket: bucketId, name: rest.join('/') },
    target: { bucket: call.bucket, name: call.name },
    upsert: true,
    ...(replaces
      ? { metadata: { mimetype: header(call, 'content-type') }, userMetadata: s3Metadata(call) }
      : undefined),
  })
  return xml(200, { CopyObjectResult: { ETag: row.metadata?.eTag, LastModified: row.metadata?.lastModified } })
}

/** A missing object is deleted already; a missing bucket is an error. */
async function deleteObject(call: Call): Promise<Response> {
  try {
    await deleteOne(call)
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== noSuchKey().code) throw error
    if ((await findRules(call.database, call.bucket)) === undefined) throw noSuchBucket()
  }
  return new Response(null, { status: 204 })
}

async function deleteObjects(call: Call): Promise<Response> {
  const names = textsOf(await readText(call), 'Key')
  const deleted = new Set((await deleteNamed(call, names)).map(({ name }) => name))
  const left = await call.database.asService((session) =>
    session.query<{ name: string }>('select name from storage.objects where bucket_id = $1 and name = any($2)', [
      call.bucket,
      names.filter((name) => !deleted.has(name)),
    ]),
  )
  if (deleted.size === 0 && left.length === 0 && (await findRules(call.database, call.bucket)) === undefined) {
    throw noSuchBucket()
  }
  const remaining = new Set(left.map(({ name }) => name))
  return xml(200, {
    DeleteResult: {
      Deleted: names.filter((name) => !remaining.has(name)).map((name) => ({ Key: name })),
      Error: names
        .filter((name) => remaining.has(name))
        .map((name) => ({ Key: name, Code: 'AccessDenied', Message: 'Access Denied' })),
    },
  })
}
