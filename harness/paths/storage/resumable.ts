import type { PrivilegedSession } from '../../model/session.ts'
import type { Answer } from '../path.ts'
import { answerOf, objectOf, succeeded, unreadable, withBodies } from './answer.ts'
import { type Caller, type Exchange, sendDirectly } from './client.ts'
import { bytesOf } from './content.ts'
import { decoded } from './names.ts'
import type { FileValues, Place } from './sending.ts'

/** The text at the beginning of `details` of an answer to an upload that another actor could not begin. */
export const notBegun = 'the upload was not begun'

/** How an upload is made. */
export interface Resumption {
  /** True sends `x-upsert` with every step, which writes over an object. */
  readonly replace: boolean
  /** The actor that begins the upload and sends its first half; null for the caller itself. */
  readonly begunBy: Caller | null
  /** Ends an upload that the caller could not; null where there is no secret key. */
  readonly witness: PrivilegedSession | null
}

interface Step {
  readonly method: 'POST' | 'HEAD' | 'PATCH' | 'DELETE'
  /** The id of the upload; left out for its beginning. */
  readonly id?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

/**
 * Uploads an object by the tus protocol (https://tus.io/protocols/resumable-upload): begins the upload and sends the bytes, or
 * asks for the offset of an upload that another actor has begun, and sends the rest. `tus-js-client` repeats refused requests
 * and sends through an HTTP stack of its own; an attempt is exactly these requests, each with its answer.
 *
 * An upload that lacks bytes at the end is discarded.
 */
export async function uploadResumably(
  caller: Caller,
  place: Place,
  file: FileValues,
  { replace, begunBy, witness }: Resumption,
): Promise<Answer> {
  const startedAt = performance.now()
  const content = bytesOf(file.content ?? '')
  const beginning = await begin(begunBy ?? caller, place, file, content.length, replace)
  if (!succeeded(beginning)) return begunBy === null ? refused(beginning, startedAt) : unbegun(beginning, startedAt)
  const id = idIn(beginning)
  if (id === null) return unreadable(beginning, startedAt)
  // The service makes an object of no bytes at once.
  if (content.length === 0) return answerOf(beginning, startedAt)
  try {
    if (begunBy === null) {
      const sent = await patch(caller, id, content, 0, replace)
      return withBodies(ended(sent, content.length, startedAt), { beginning })
    }
    const half = content.subarray(0, content.length >> 1)
    const first = await patch(begunBy, id, half, 0, replace)
    if (!succeeded(first)) return unbegun(first, startedAt)
    // A refused HEAD has no body, and PATCH is refused for the same reason with one.
    const asked = await step(caller, replace, { method: 'HEAD', id })
    const offset = (succeeded(asked) ? offsetIn(asked) : null) ?? half.length
    return ended(await patch(caller, id, content.subarray(offset), offset, replace), content.length, startedAt)
  } finally {
    // Refused for an upload that is whole, and for one that is gone.
    await step(witness ?? begunBy ?? caller, true, { method: 'DELETE', id })
  }
}

function begin(caller: Caller, place: Place, file: FileValues, size: number, replace: boolean): Promise<Exchange> {
  const { content_type: contentType = 'text/plain;charset=UTF-8', metadata } = file
  const values = {
    bucketName: place.bucket,
    objectName: decoded(place.address),
    contentType,
    ...(metadata === undefined ? {} : { metadata: JSON.stringify(metadata) }),
  }
  const pairs = Object.entries(values).map(([name, text]) => `${name} ${Buffer.from(text, 'utf8').toString('base64')}`)
  const headers = { 'upload-length': String(size), 'upload-metadata': pairs.join(',') }
  return step(caller, replace, { method: 'POST', headers })
}

function patch(caller: Caller, id: string, body: Uint8Array, offset: number, replace: boolean): Promise<Exchange> {
  const headers = { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' }
  return step(caller, replace, { method: 'PATCH', id, headers, body })
}

function step(caller: Caller, replace: boolean, { method, id, headers = {}, body }: Step): Promise<Exchange> {
  const route = id === undefined ? '/upload/resumable' : `/upload/resumable/${id}`
  const all = { 'tus-resumable': '1.0.0', ...(replace ? { 'x-upsert': 'true' } : {}), ...headers }
  return sendDirectly(caller, method, route, { headers: all, body: body ?? null })
}

/** The address that the service gives may name another host: only the id in it is used. */
function idIn(exchange: Exchange): string | null {
  const location = 'headers' in exchange ? exchange.headers.get('location') : null
  return /\/([\w-]+)\/?$/.exec(location ?? '')?.[1] ?? null
}

function offsetIn(exchange: Exchange): number | null {
  const text = 'headers' in exchange ? exchange.headers.get('upload-offset') : null
  return text !== null && /^\d+$/.test(text) ? Number(text) : null
}

/** Fewer bytes than the object has make no object. */
function ended(exchange: Exchange, size: number, startedAt: number): Answer {
  if (!succeeded(exchange)) return refused(exchange, startedAt)
  return offsetIn(exchange) === size ? answerOf(exchange, startedAt) : unreadable(exchange, startedAt)
}

function unbegun(exchange: Exchange, startedAt: number): Answer {
  const answer = refused(exchange, startedAt)
  return { ...answer, details: `${notBegun}: ${answer.message ?? answer.status}` }
}

/**
 * A refusal of the upload service is a text with its own status (`http/routes/tus/lifecycle.ts`, `onResponseError`); one of what
 * stands before it is Storage's usual error.
 */
function refused(exchange: Exchange, startedAt: number): Answer {
  const answer = answerOf(exchange, startedAt)
  if (!('body' in exchange) || !exchange.headers.has('tus-resumable')) return answer
  if (objectOf(exchange) !== undefined) return answer
  const message = exchange.body.kept?.toString('utf8').trim() ?? ''
  return { ...answer, message: message === '' ? null : message, details: String(exchange.status) }
}
