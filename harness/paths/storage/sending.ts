import type { JsonObject } from '../../json.ts'
import { type Caller, type Exchange, namePlaceholder, sendWithClient } from './client.ts'
import { bytesOf } from './content.ts'

/** The content and the headers of an object, as a matrix gives them. */
export interface FileValues {
  readonly content?: string | undefined
  /** The whole `Content-Type` header. */
  readonly content_type?: string | undefined
  /** The whole `Cache-Control` header. */
  readonly cache_control?: string | undefined
  readonly metadata?: JsonObject | undefined
}

/** The place of an object, with its name as the address has to spell it. */
export interface Place {
  readonly bucket: string
  readonly address: string
}

/** `insert` leaves an object as it is, `upsert` may write over one, `update` means one that is there. */
export type Mode = 'insert' | 'upsert' | 'update'

/** Uploads an object as the caller. */
export function sendObject(caller: Caller, place: Place, file: FileValues, mode: Mode): Promise<Exchange> {
  const content = bytesOf(file.content ?? '')
  const options = { ...fileOptions(file), upsert: mode === 'upsert' }
  return sendWithClient(
    caller,
    (storage) => {
      const bucket = storage.from(inAddress(place.bucket))
      return mode === 'update'
        ? bucket.update(namePlaceholder, content, options)
        : bucket.upload(namePlaceholder, content, options)
    },
    { name: place.address },
  )
}

/** Uploads an object through a URL that was signed for it. */
export function sendBySignedUrl(caller: Caller, place: Place, token: string, file: FileValues): Promise<Exchange> {
  const content = bytesOf(file.content ?? '')
  return sendWithClient(
    caller,
    (storage) =>
      storage.from(inAddress(place.bucket)).uploadToSignedUrl(namePlaceholder, token, content, fileOptions(file)),
    { name: place.address },
  )
}

/** @returns a bucket's id as an address encodes it. */
export function inAddress(bucket: string): string {
  return encodeURIComponent(bucket)
}

function fileOptions({ content_type, cache_control, metadata }: FileValues) {
  return {
    ...(content_type === undefined ? {} : { contentType: content_type }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(cache_control === undefined ? {} : { headers: { 'cache-control': cache_control } }),
  }
}
