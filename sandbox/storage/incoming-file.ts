import { PassThrough, type Readable } from 'node:stream'
import { Busboy, type BusboyInstance } from '@fastify/busboy'
import type { BucketRules } from './bucket-rules.ts'
import { type Call, header } from './call.ts'
import { invalidRequest, StorageError, tooLarge, unsupportedMimeType } from './errors.ts'
import { isEmptyFolder } from './names.ts'

/** A file that is being uploaded: its properties from the request, and its bytes. */
export interface IncomingFile {
  body: Readable
  mimeType: string
  cacheControl: string
  /** The length of the request, if it declares one. Policies see it before the bytes arrive. */
  declaredLength: number | undefined
  /** The maximum number of bytes. */
  limit: number
  userMetadata: Record<string, unknown> | undefined
}

const MAX_METADATA = 1 << 20

/**
 * Reads the beginning of an upload: a form with one file, or the bytes alone. Size and type are checked against the bucket's
 * rules before the caller's rights.
 *
 * @throws StorageError 413 `EntityTooLarge`, 415 `InvalidMimeType`, 400 `InvalidRequest` for a form without a file
 */
export async function readFile(call: Call<unknown>, name: string, rules: BucketRules): Promise<IncomingFile> {
  const contentType = header(call, 'content-type')
  if (contentType?.includes('/') === false) {
    throw new StorageError(415, 'InvalidMimeType', 'Invalid Content-Type header', { error: 'invalid_mime_type' })
  }
  const isForm = contentType?.startsWith('multipart/form-data') === true
  const file = isForm ? await readForm(call) : readBytes(call)
  const emptyFolder = isEmptyFolder(name)
  const limit = emptyFolder ? 0 : Math.min(rules.file_size_limit ?? call.fileSizeLimit, call.fileSizeLimit)
  try {
    if (!emptyFolder) requireMimeType(file.mimeType, rules.allowed_mime_types ?? [])
    if (file.userMetadataSize > MAX_METADATA) throw tooLarge('user_metadata')
    // The length of a form is greater than that of its file.
    if (!isForm && file.declaredLength !== undefined && file.declaredLength > limit) throw tooLarge()
  } catch (error) {
    file.body.destroy()
    throw error
  }
  return { ...file, limit }
}

type Beginning = Omit<IncomingFile, 'limit'> & { userMetadataSize: number }

function readBytes(call: Call<unknown>): Beginning {
  return {
    body: tap(call),
    mimeType: header(call, 'content-type') ?? 'application/octet-stream',
    cacheControl: header(call, 'cache-control') ?? 'no-cache',
    declaredLength: declaredLength(call),
    userMetadata: headerMetadata(call),
    userMetadataSize: 0,
  }
}

/** The metadata in a Base64 header. Invalid JSON counts as none. */
export function headerMetadata(call: Call<unknown>): Record<string, unknown> | undefined {
  const text = header(call, 'x-metadata')
  return text === undefined ? undefined : decodeMetadata(Buffer.from(text, 'base64').toString('utf8'))
}

/** Only fields before the file count; storage-js sends them there. */
function readForm(call: Call<unknown>): Promise<Beginning> {
  const contentType = header(call, 'content-type') ?? ''
  const body = tap(call)
  const fields = new Map<string, string>()
  return new Promise((resolve, reject) => {
    const fail = (reason: Error) => {
      body.destroy()
      reject(invalidRequest(reason.message))
    }
    let form: BusboyInstance
    try {
      form = new Busboy({
        headers: { ...call.incoming.headers, 'content-type': contentType },
        limits: { fields: 10, files: 1 },
      })
    } catch (error) {
      return fail(error instanceof Error ? error : new Error('No content provided'))
    }
    form.on('field', (field, value) => fields.set(field, value))
    form.on('file', (_field, file, _name, _encoding, partType) => {
      const metadata = fields.get('metadata') ?? fields.get('userMetadata')
      const cacheTime = fields.get('cacheControl')
      // If the request is interrupted, the form would wait for the rest of the file forever.
      body.once('close', () => {
        if (!body.readableEnded) file.destroy(new Error('Request stream closed before upload could complete'))
      })
      // Keeps an early error for the reader of the file; without a listener it would end the process.
      file.on('error', (error) => file.destroy(error))
      // Nothing after the file counts, and a form whose file is not read to its end would never complete.
      file.once('close', () => body.destroy())
      resolve({
        body: file,
        mimeType: fields.get('contentType') || partType,
        cacheControl: cacheTime === undefined ? 'no-cache' : `max-age=${cacheTime}`,
        declaredLength: declaredLength(call),
        userMetadata: metadata === undefined ? undefined : decodeMetadata(metadata),
        userMetadataSize: Buffer.byteLength(metadata ?? ''),
      })
    })
    form.on('error', (error: unknown) => fail(error instanceof Error ? error : new Error('No content provided')))
    form.once('finish', () => fail(new Error('No content provided')))
    body.pipe(form)
  })
}

/**
 * The body of the request as a stream that can be destroyed without closing the connection: the rest is discarded then, so that
 * the client gets its answer.
 */
export function tap({ incoming }: Call<unknown>): Readable {
  const body = new PassThrough()
  const breakOff = () => {
    if (!incoming.readableEnded) body.destroy(new Error('Request stream closed before upload could complete'))
  }
  incoming.once('close', breakOff)
  body.once('close', () => {
    incoming.off('close', breakOff)
    incoming.unpipe(body)
    incoming.resume()
  })
  // The reader of the body gets the error; without a reader it can be ignored.
  body.on('error', () => undefined)
  return incoming.pipe(body)
}

function declaredLength(call: Call<unknown>): number | undefined {
  const length = header(call, 'content-length')
  return length === undefined ? undefined : Number(length)
}

/** @throws StorageError 415 `InvalidMimeType` */
export function requireMimeType(mimeType: string, allowed: readonly string[]): void {
  if (allowed.length === 0) return
  const [type, subtype] = mimeType.split('/')
  const fits = allowed.some((entry) => {
    const [allowedType, allowedSubtype] = entry.split('/')
    return allowedType === type && (allowedSubtype === '*' || allowedSubtype === subtype)
  })
  if (subtype === undefined || !fits) throw unsupportedMimeType(mimeType)
}

function decodeMetadata(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
