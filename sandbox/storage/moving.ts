import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type Call, header } from './call.ts'
import { json } from './errors.ts'
import { headerMetadata } from './incoming-file.ts'
import { refuseDotSegments, requireBucketName, requireObjectName } from './names.ts'
import {
  findObject,
  lockName,
  lockObject,
  type ObjectMetadata,
  type ObjectRow,
  shown,
  updateObject,
} from './object-rows.ts'
import { keeping, requireWritable, save } from './saving.ts'

/** The body of `POST /object/move`. */
export const moving = z.object({
  bucketId: z.string(),
  sourceKey: z.string(),
  destinationKey: z.string(),
  destinationBucket: z.string().optional(),
})

/** The body of `POST /object/copy`. */
export const copying = moving.extend({
  metadata: z.object({ cacheControl: z.string().optional(), mimetype: z.string().optional() }).optional(),
  copyMetadata: z.boolean().optional(),
})

/** `POST /object/move`: renames an object, also into another bucket. The row stays the same. */
export async function moveObject(call: Call<z.output<typeof moving>>): Promise<Response> {
  const { bucketId, sourceKey, destinationKey } = call.body
  const { database, files, owner } = call
  const destinationBucket = call.body.destinationBucket || bucketId
  requireBucketName(bucketId)
  requireObjectName(destinationKey)
  const version = randomUUID()
  const target = { bucket_id: destinationBucket, name: destinationKey, version, owner }
  await database.probe(async (session) => {
    await findObject(session, bucketId, sourceKey)
    await updateObject(session, bucketId, sourceKey, target)
  })
  if (bucketId === destinationBucket && sourceKey === destinationKey) return moved()
  refuseDotSegments(destinationKey)
  const source = await files.hold(async () => {
    const found = await database.asService((session) => findObject(session, bucketId, sourceKey))
    await files.copy(found.version, version)
    return found
  })
  const metadata = { ...source.metadata, lastModified: new Date().toISOString() }
  // The bytes of the object that was found are moved. An upload that replaced the object meanwhile is lost.
  const last = await keeping(call, version, async (session) => {
    await lockName(session, destinationBucket, destinationKey)
    const before = await lockObject(session, bucketId, sourceKey)
    await updateObject(session, bucketId, sourceKey, { ...target, metadata, user_metadata: source.user_metadata })
    return before
  })
  await files.remove([source.version, last?.version ?? null])
  return moved()
}

function moved(): Response {
  return json(200, { message: 'Successfully moved' })
}

/** `POST /object/copy`: reads with the caller's rights and writes like an upload. */
export async function copyObject(call: Call<z.output<typeof copying>>): Promise<Response> {
  const { bucketId, sourceKey, destinationKey, metadata = {}, copyMetadata = true } = call.body
  const bucket = call.body.destinationBucket || bucketId
  const row = await copyTo(call, {
    source: { bucket: bucketId, name: sourceKey },
    target: { bucket, name: destinationKey },
    upsert: header(call, 'x-upsert') === 'true',
    ...(copyMetadata ? undefined : { metadata, userMetadata: headerMetadata(call) }),
  })
  return json(200, { Id: row.id, Key: `${bucket}/${destinationKey}`, ...shown(row) })
}

interface Place {
  bucket: string
  name: string
}

interface Copying {
  source: Place
  target: Place
  upsert: boolean
  /** Replaces metadata of the source, together with the user's own; undefined keeps both. */
  metadata?: ObjectMetadata
  userMetadata?: Record<string, unknown> | undefined
}

/** Copies an object as the caller. */
export async function copyTo(call: Call<unknown>, { source, target, upsert, ...own }: Copying): Promise<ObjectRow> {
  requireBucketName(source.bucket)
  requireObjectName(target.name)
  const version = randomUUID()
  const object = await call.files.hold(async () => {
    const found = await call.database.asCaller((session) => findObject(session, source.bucket, source.name))
    const copy = {
      bucket_id: target.bucket,
      name: target.name,
      owner: call.owner,
      metadata: { ...found.metadata, ...own.metadata },
      user_metadata: own.metadata === undefined ? (found.user_metadata ?? undefined) : own.userMetadata,
    }
    await requireWritable(call, copy, upsert)
    refuseDotSegments(target.name)
    await call.files.copy(found.version, version)
    return copy
  })
  const metadata = { ...object.metadata, lastModified: new Date().toISOString() }
  return await save(call, { ...object, version, metadata })
}
