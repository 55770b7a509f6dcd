import { randomUUID } from 'node:crypto'
import { findRules } from './bucket-rules.ts'
import { type Call, header } from './call.ts'
import { json, noSuchBucket } from './errors.ts'
import { readFile } from './incoming-file.ts'
import { refuseDotSegments, requireBucketName, requireObjectName } from './names.ts'
import type { ObjectMetadata, ObjectRow } from './object-rows.ts'
import { requireWritable, save } from './saving.ts'

/** `POST /object/:bucket/:name` */
export async function uploadObject(call: Call): Promise<Response> {
  return await uploaded(call, header(call, 'x-upsert') === 'true')
}

/** `PUT /object/:bucket/:name`, which creates the object if there is none. */
export async function replaceObject(call: Call): Promise<Response> {
  return await uploaded(call, true)
}

async function uploaded(call: Call, upsert: boolean): Promise<Response> {
  const row = await receiveObject(call, call.owner, upsert)
  return json(200, { Id: row.id, Key: `${call.bucket}/${call.name}` })
}

/**
 * Receives an object. The order of the checks is visible to clients: bucket, type and size, name, rights, and only then whether
 * the object exists already.
 *
 * @param owner the owner of the object
 */
export async function receiveObject(call: Call, owner: string | undefined, upsert: boolean): Promise<ObjectRow> {
  const { bucket, name, files } = call
  requireBucketName(bucket)
  const rules = await findRules(call.database, bucket)
  if (rules === undefined) throw noSuchBucket()
  const file = await readFile(call, name, rules)
  try {
    requireObjectName(name)
    const object = { bucket_id: bucket, name, owner }
    const declared = { mimetype: file.mimeType, contentLength: file.declaredLength }
    await requireWritable(call, { ...object, metadata: declared, user_metadata: file.userMetadata }, upsert)
    refuseDotSegments(name)
    const version = randomUUID()
    const { size, eTag } = await files.receive(version, file.body, file.limit)
    const metadata = describe(size, eTag, file.mimeType, file.cacheControl)
    return await save(call, { ...object, version, metadata, user_metadata: { ...file.userMetadata } })
  } finally {
    file.body.destroy()
  }
}

/** The metadata of bytes that have arrived. */
export function describe(size: number, eTag: string, mimetype: string, cacheControl: string): ObjectMetadata {
  const lastModified = new Date().toISOString()
  return { eTag, size, mimetype, cacheControl, lastModified, contentLength: size, httpStatusCode: 200 }
}
