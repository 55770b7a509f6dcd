import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type Call, header } from './call.ts'
import { json } from './errors.ts'
import { headerMetadata } from './incoming-file.ts'
import { refuseDotSegments, requireBucketName, requireObjectName } from './names.ts'
import { findObject, lockName, lockObject, shown, updateObject } from './object-rows.ts'
import { requireWritable, save } from './saving.ts'

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

/** `POST /object/move`: renames an object, also into another bucket. The row stays the same one. */
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
  if (bucketId !== destinationBucket || sourceKey !== destinationKey) {
    refuseDotSegments(destinationKey)
    const source = await database.asService((session) => findObject(session, bucketId, sourceKey))
    await files.copy(source.version, version)
    try {
      await database.asService(async (session) => {
        await lockName(session, bucketId, destinationKey)
        await lockObject(session, bucketId, sourceKey)
        await updateObject(session, bucketId, sourceKey, target)
        await files.keep(version)
      })
    } catch (error) {
      await files.discard(version)
      throw error
    }
    await files.remove([source.version])
  }
  return json(200, { message: 'Successfully moved' })
}

/** `POST /object/copy`: reads with the caller's rights and writes like an upload. */
export async function copyObject(call: Call<z.output<typeof copying>>): Promise<Response> {
  const { bucketId, sourceKey, destinationKey, metadata: wanted, copyMetadata = true } = call.body
  const bucket = call.body.destinationBucket || bucketId
  requireBucketName(bucketId)
  requireObjectName(destinationKey)
  const source = await call.database.asCaller((session) => findObject(session, bucketId, sourceKey))
  const metadata = { ...source.metadata, ...(copyMetadata ? {} : wanted) }
  const userMetadata = copyMetadata ? (source.user_metadata ?? undefined) : headerMetadata(call)
  const object = { bucket_id: bucket, name: destinationKey, owner: call.owner, user_metadata: userMetadata }
  await requireWritable(call, { ...object, metadata }, header(call, 'x-upsert') === 'true')
  const row = await save(call, object, async (version) => {
    await call.files.copy(source.version, version)
    return { ...metadata, lastModified: new Date().toISOString() }
  })
  return json(200, { Id: row.id, Key: `${bucket}/${destinationKey}`, ...shown(row) })
}
