/**
 * Resumable uploads by the tus protocol (https://tus.io/protocols/resumable-upload), as Storage serves them with `@tus/server`
 * (github.com/supabase/storage, `http/routes/tus`). Before each step but HEAD, the database decides whether the caller may write
 * the object. An upload belongs to no user: any caller that may write the object may go on with it, and becomes its owner.
 */
import { Readable } from 'node:stream'
import { findRules } from './bucket-rules.ts'
import { type Call, header } from './call.ts'
import { noSuchBucket, StorageError } from './errors.ts'
import { requireMimeType, tap } from './incoming-file.ts'
import { refuseDotSegments, requireBucketName, requireObjectName } from './names.ts'
import { requireWritable, save } from './saving.ts'
import type { Unfinished, UnfinishedUploads } from './unfinished.ts'
import { describe } from './uploading.ts'

const VERSION = '1.0.0'
const BYTES = 'application/offset+octet-stream'

/** Refusals of the protocol itself, with the texts of `@tus/utils`. */
class TusError extends Error {
  override readonly name = 'TusError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const noSuchUpload = () => new TusError(404, 'The file for this url was not found\n')

type Handler = (call: Call, uploads: UnfinishedUploads) => Promise<Response>

/** `POST /upload/resumable`: begins an upload, and takes its first bytes if the request has some. */
export const beginUpload = (uploads: UnfinishedUploads) => answering(begin, uploads)
/** `HEAD /upload/resumable/:id`: the number of bytes that have arrived. No right is needed. */
export const findOffset = (uploads: UnfinishedUploads) => answering(offset, uploads)
/** `PATCH /upload/resumable/:id`: takes further bytes, and makes the object when they are all there. */
export const continueUpload = (uploads: UnfinishedUploads) => answering(proceed, uploads)
/** `DELETE /upload/resumable/:id`: discards an upload that lacks bytes. */
export const discardUpload = (uploads: UnfinishedUploads) => answering(discard, uploads)

function answering(handler: Handler, uploads: UnfinishedUploads): (call: Call) => Promise<Response> {
  return async (call) => {
    try {
      if (header(call, 'tus-resumable') !== VERSION) throw new TusError(412, 'Tus-Resumable Required\n')
      return await handler(call, uploads)
    } catch (thrown) {
      // The rest of the body is read, so that the client gets the answer.
      call.incoming.resume()
      return refusal(thrown)
    }
  }
}

async function begin(call: Call, uploads: UnfinishedUploads): Promise<Response> {
  await Promise.all(uploads.removeExpired().map((version) => call.files.discard(version)))
  const declared = header(call, 'upload-length')
  if ((declared === undefined) === (header(call, 'upload-defer-length') === undefined)) {
    throw new TusError(400, 'Upload-Length or Upload-Defer-Length header required\n')
  }
  const size = declared === undefined ? undefined : count(declared, 'upload-length')
  const given = header(call, 'upload-metadata')
  const metadata = readMetadata(given)
  const { bucketName: bucket = '', objectName: name = '' } = metadata
  requireBucketName(bucket)
  requireObjectName(name)
  const rules = await findRules(call.database, bucket)
  if (rules === undefined) throw noSuchBucket()
  if (size !== undefined && size > limitOf(call, rules.file_size_limit)) {
    throw new TusError(413, 'Maximum size exceeded\n')
  }
  await requireRight(call, { bucket, name, size, metadata })
  if (metadata.contentType !== undefined) requireMimeType(metadata.contentType, rules.allowed_mime_types ?? [])
  refuseDotSegments(name)
  const { id, upload } = uploads.add({ bucket, name, size, header: given, metadata })
  await call.files.append(upload.version, Readable.from([]), 0)
  const headers = { location: addressOf(call, id) }
  if (header(call, 'content-type') !== BYTES) return await finishedIfWhole(call, upload, 201, headers)
  return await uploads.inTurn(id, () => receive(call, upload, 201, headers))
}

async function offset(call: Call, uploads: UnfinishedUploads): Promise<Response> {
  const upload = find(call, uploads)
  return tus(200, {
    'cache-control': 'no-store',
    'upload-offset': String(upload.offset),
    ...(upload.size === undefined ? { 'upload-defer-length': '1' } : { 'upload-length': String(upload.size) }),
    ...(upload.header === undefined ? {} : { 'upload-metadata': upload.header }),
  })
}

async function proceed(call: Call, uploads: UnfinishedUploads): Promise<Response> {
  const at = header(call, 'upload-offset')
  if (at === undefined) throw new TusError(403, 'Upload-Offset header required\n')
  if (header(call, 'content-type') !== BYTES) throw new TusError(403, 'Content-Type header required\n')
  const upload = find(call, uploads)
  await requireRight(call, upload)
  return await uploads.inTurn(call.name, async () => {
    if (uploads.get(call.name) === undefined) throw noSuchUpload()
    if (upload.offset !== count(at, 'upload-offset')) throw new TusError(409, 'Upload-Offset conflict\n')
    const declared = header(call, 'upload-length')
    if (declared !== undefined) {
      if (upload.size !== undefined) throw new TusError(400, 'Upload-Length or Upload-Defer-Length header required\n')
      upload.size = count(declared, 'upload-length')
    }
    return await receive(call, upload, 204, {})
  })
}

async function discard(call: Call, uploads: UnfinishedUploads): Promise<Response> {
  const upload = find(call, uploads)
  await requireRight(call, upload)
  return await uploads.inTurn(call.name, async () => {
    if (upload.offset === upload.size) throw new TusError(400, 'Cannot terminate an already completed upload')
    uploads.remove(call.name)
    await call.files.discard(upload.version)
    return tus(204, {})
  })
}

/** Takes the bytes of a request. Those that arrived before it broke off are kept, and the upload can be resumed after them. */
async function receive(
  call: Call,
  upload: Unfinished,
  status: number,
  headers: Record<string, string>,
): Promise<Response> {
  const rules = await findRules(call.database, upload.bucket)
  if (rules === undefined) throw noSuchBucket()
  const room = (upload.size ?? limitOf(call, rules.file_size_limit)) - upload.offset
  upload.offset += await call.files.append(upload.version, tap(call), room)
  return await finishedIfWhole(call, upload, status, headers)
}

async function finishedIfWhole(
  call: Call,
  upload: Unfinished,
  status: number,
  headers: Record<string, string>,
): Promise<Response> {
  const state = { ...headers, 'upload-offset': String(upload.offset) }
  if (upload.offset !== upload.size) return tus(status, state)
  const { bucket, name, version, metadata } = upload
  const { size, eTag } = await call.files.measure(version)
  const cacheControl = /^-?\d+$/.test(metadata.cacheControl ?? '') ? `max-age=${metadata.cacheControl}` : 'no-cache'
  const described = describe(size, eTag, metadata.contentType ?? 'application/octet-stream', cacheControl)
  const object = { bucket_id: bucket, name, version, owner: call.owner, metadata: described }
  await save(call, { ...object, user_metadata: userMetadata(metadata) })
  return tus(status, { ...state, 'tus-complete': '1' })
}

/** @throws StorageError when the caller may not write the object at this moment */
async function requireRight(
  call: Call,
  { bucket, name, size, metadata }: Pick<Unfinished, 'bucket' | 'name' | 'size' | 'metadata'>,
): Promise<void> {
  const declared = { mimetype: metadata.contentType, contentLength: size }
  const object = { bucket_id: bucket, name, owner: call.owner, metadata: declared }
  await requireWritable(call, { ...object, user_metadata: userMetadata(metadata) }, header(call, 'x-upsert') === 'true')
}

function find(call: Call, uploads: UnfinishedUploads): Unfinished {
  const upload = uploads.get(call.name)
  if (upload === undefined) throw noSuchUpload()
  return upload
}

function limitOf(call: Call, limit: number | null): number {
  return Math.min(limit || call.fileSizeLimit, call.fileSizeLimit)
}

function count(text: string, name: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new TusError(400, `Invalid ${name}\n`)
}

/** `Upload-Metadata`: pairs of a name and a text in Base64. */
function readMetadata(text: string | undefined): Record<string, string> {
  if (text === undefined) throw new StorageError(400, 'InvalidRequest', 'Metadata header is required')
  const pairs = text.split(',').map((pair) => /^\s*([\x21-\x7e]+)(?: ([A-Za-z0-9+/]*={0,2}))?\s*$/.exec(pair))
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name = '', value = ''] = pair ?? []
      if (name === '') throw new TusError(400, 'Invalid upload-metadata\n')
      return [name, Buffer.from(value, 'base64').toString('utf8')]
    }),
  )
}

function userMetadata({ metadata }: Readonly<Record<string, string>>): Record<string, unknown> | undefined {
  if (metadata === undefined) return undefined
  try {
    const value: unknown = JSON.parse(metadata)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function addressOf(call: Call, id: string): string {
  return `http://${header(call, 'host') ?? 'localhost'}/storage/v1/upload/resumable/${id}`
}

function tus(status: number, headers: Record<string, string>, body: string | null = null): Response {
  return new Response(body, { status, headers: { 'tus-resumable': VERSION, ...headers } })
}

/** Errors of Storage are texts with their own status here (`http/routes/tus/lifecycle.ts`, `onResponseError`). */
function refusal(thrown: unknown): Response {
  if (thrown instanceof TusError) return tus(thrown.status, {}, thrown.message)
  if (thrown instanceof StorageError) return tus(thrown.statusCode, {}, thrown.message)
  throw thrown
}
