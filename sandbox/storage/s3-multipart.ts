import { randomUUID } from 'node:crypto'
import { findRules } from './bucket-rules.ts'
import { type Call, header } from './call.ts'
import { invalidRequest, noSuchBucket, StorageError, tooLarge } from './errors.ts'
import { requireMimeType, tap } from './incoming-file.ts'
import { refuseDotSegments, requireBucketName, requireObjectName } from './names.ts'
import { requireWritable, save } from './saving.ts'
import { describe } from './uploading.ts'
import { textsOf, xml } from './xml.ts'

interface Part {
  version: string
  size: number
  eTag: string
}

interface Multipart {
  bucket: string
  name: string
  mimeType: string | undefined
  cacheControl: string
  userMetadata: Record<string, unknown> | undefined
  parts: Map<number, Part>
}

/** The multipart uploads of one sandbox that are under way, by id. Storage keeps them in tables of its own. */
export type Multiparts = Map<string, Multipart>

/** `POST /s3/:bucket/:name?uploads` */
export async function createMultipart(call: Call, uploads: Multiparts): Promise<Response> {
  const { bucket, name } = call
  requireBucketName(bucket)
  requireObjectName(name)
  const rules = await findRules(call.database, bucket)
  if (rules === undefined) throw noSuchBucket()
  const mimeType = header(call, 'content-type')
  if (mimeType !== undefined) requireMimeType(mimeType, rules.allowed_mime_types ?? [])
  const userMetadata = s3Metadata(call)
  const cacheControl = header(call, 'cache-control') ?? 'no-cache'
  const upload: Multipart = { bucket, name, mimeType, cacheControl, userMetadata, parts: new Map() }
  await requireRight(call, upload)
  refuseDotSegments(name)
  const id = randomUUID()
  uploads.set(id, upload)
  return xml(200, { InitiateMultipartUploadResult: { Bucket: bucket, Key: name, UploadId: id } })
}

/** `PUT /s3/:bucket/:name?partNumber=…&uploadId=…` */
export async function uploadPart(call: Call, uploads: Multiparts): Promise<Response> {
  const upload = find(call, uploads)
  await requireRight(call, upload)
  const rules = await findRules(call.database, upload.bucket)
  const limit = Math.min(rules?.file_size_limit ?? call.fileSizeLimit, call.fileSizeLimit)
  const number = Number(call.query.get('partNumber'))
  if (!Number.isInteger(number) || number < 1) throw invalidRequest('querystring/partNumber must be >= 1')
  const before = [...upload.parts].reduce((sum, [at, { size }]) => sum + (at === number ? 0 : size), 0)
  const version = randomUUID()
  const size = await call.files.append(version, tap(call), limit - before + 1)
  if (before + size > limit) {
    await call.files.discard(version)
    throw tooLarge()
  }
  const { eTag } = await call.files.measure(version)
  const earlier = upload.parts.get(number)
  upload.parts.set(number, { version, size, eTag })
  if (earlier !== undefined) await call.files.discard(earlier.version)
  return new Response(null, { status: 200, headers: { etag: eTag } })
}

/** `POST /s3/:bucket/:name?uploadId=…` */
export async function completeMultipart(call: Call, uploads: Multiparts): Promise<Response> {
  const id = call.query.get('uploadId') ?? ''
  const upload = find(call, uploads)
  await requireRight(call, upload)
  const named = textsOf(await readText(call), 'PartNumber').map(Number)
  const numbers = named.length > 0 ? named : [...upload.parts.keys()].toSorted((one, other) => one - other)
  const parts = numbers.map((number) => {
    const part = upload.parts.get(number)
    if (part === undefined) throw new StorageError(400, 'MissingPart', `Part ${number} is missing for upload id ${id}`)
    return part
  })
  const version = randomUUID()
  await call.files.join(
    parts.map((part) => part.version),
    version,
  )
  const { size, eTag } = await call.files.measure(version)
  const { bucket, name, mimeType = 'application/octet-stream', cacheControl, userMetadata } = upload
  const metadata = describe(size, eTag, mimeType, cacheControl)
  const object = { bucket_id: bucket, name, version, owner: call.owner, metadata, user_metadata: userMetadata }
  await save(call, object)
  await forget(call, uploads, id, upload)
  const result = { Location: `${bucket}/${name}`, Bucket: bucket, Key: name, ETag: eTag }
  return xml(200, { CompleteMultipartUploadResult: result })
}

/** `DELETE /s3/:bucket/:name?uploadId=…` */
export async function abortMultipart(call: Call, uploads: Multiparts): Promise<Response> {
  const upload = find(call, uploads)
  await requireRight(call, upload)
  await forget(call, uploads, call.query.get('uploadId') ?? '', upload)
  return new Response(null, { status: 200 })
}

/** The metadata of an object's own headers, `x-amz-meta-…`. */
export function s3Metadata({ incoming }: Call): Record<string, unknown> | undefined {
  const found = Object.entries(incoming.headers).filter(([name]) => name.startsWith('x-amz-meta-'))
  if (found.length === 0) return undefined
  return Object.fromEntries(found.map(([name, value]) => [name.slice('x-amz-meta-'.length), value]))
}

/** Reads a document of a request. */
export async function readText({ incoming }: Call): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** Every step asks for the rights of an upsert. The object is the one in the path, as in Storage. */
async function requireRight(call: Call, { mimeType, userMetadata }: Multipart): Promise<void> {
  const object = { bucket_id: call.bucket, name: call.name, owner: call.owner, metadata: { mimetype: mimeType } }
  await requireWritable(call, { ...object, user_metadata: userMetadata }, true)
}

function find(call: Call, uploads: Multiparts): Multipart {
  const upload = uploads.get(call.query.get('uploadId') ?? '')
  if (upload?.bucket === call.bucket && upload.name === call.name) return upload
  throw new StorageError(404, 'NoSuchUpload', 'Upload not found')
}

async function forget(call: Call, uploads: Multiparts, id: string, { parts }: Multipart): Promise<void> {
  uploads.delete(id)
  await Promise.all([...parts.values()].map(({ version }) => call.files.discard(version)))
}
