import type { JsonObject } from '../../json.ts'
import { type Caller, type Exchange, sendWithClient } from './client.ts'
import { inAddress } from './sending.ts'

/** Requests one bucket. */
export function askBucket(caller: Caller, id: string): Promise<Exchange> {
  return sendWithClient(caller, (storage) => storage.getBucket(inAddress(id)))
}

/** @returns a bucket as a row of its table, with the columns that a matrix may name. */
export function bucketRow(bucket: JsonObject): JsonObject {
  const { id = null, file_size_limit = null, allowed_mime_types = null } = bucket
  return { id, public: bucket.public === true, file_size_limit, allowed_mime_types }
}

export interface Settings {
  readonly public?: boolean | undefined
  /** In bytes. */
  readonly file_size_limit?: number | null | undefined
  readonly allowed_mime_types?: string[] | null | undefined
}

/** @returns the settings that were given, as supabase-js names them. */
export function settingsOf({ public: open, file_size_limit, allowed_mime_types }: Settings) {
  return {
    ...(open === undefined ? {} : { public: open }),
    ...(file_size_limit === undefined ? {} : { fileSizeLimit: file_size_limit }),
    ...(allowed_mime_types === undefined ? {} : { allowedMimeTypes: allowed_mime_types }),
  }
}
