import { randomUUID } from 'node:crypto'
import type { Call } from './call.ts'
import { refuseDotSegments } from './names.ts'
import { insertObject, lockName, lockObject, type ObjectRow, type ObjectValues, upsertObject } from './object-rows.ts'

/**
 * Asks the database whether the caller may write an object. What the row will say about the bytes is not known yet, so
 * policies see what the request declares.
 *
 * @throws StorageError 403 `AccessDenied`, 409 `KeyAlreadyExists` when there is one and it may not be overwritten
 */
export async function requireWritable(
  call: Call<unknown>,
  object: Omit<ObjectValues, 'version'>,
  upsert: boolean,
): Promise<void> {
  const write = upsert ? upsertObject : insertObject
  await call.database.probe((session) => write(session, { ...object, version: '1' }))
}

/**
 * Writes the row of bytes that have arrived, with the rights of the service: who may is settled before the bytes come.
 * The bytes get their place just before the row can be seen, and those of an earlier version are removed after.
 *
 * @param arrive brings the bytes of a new version and says what the row tells of them
 */
export async function save(
  call: Call<unknown>,
  object: Omit<ObjectValues, 'version'>,
  arrive: (version: string) => Promise<ObjectValues['metadata']>,
): Promise<ObjectRow> {
  refuseDotSegments(object.name)
  const version = randomUUID()
  const metadata = await arrive(version)
  try {
    const { row, previous } = await call.database.asService(async (session) => {
      await lockName(session, object.bucket_id, object.name)
      const before = await lockObject(session, object.bucket_id, object.name)
      const written = await upsertObject(session, { ...object, metadata, version })
      await call.files.keep(version)
      return { row: written, previous: before }
    })
    if (previous !== undefined) await call.files.remove([previous.version])
    return row
  } catch (error) {
    await call.files.discard(version)
    throw error
  }
}
