import type { Call } from './call.ts'
import type { Session } from './database.ts'
import { insertObject, lockName, lockObject, type ObjectRow, type ObjectValues, upsertObject } from './object-rows.ts'

/**
 * Checks in the database whether the caller may write an object. The metadata of the bytes is not known yet, so policies see
 * the values that the request declares.
 *
 * @throws StorageError 403 `AccessDenied`, 409 `KeyAlreadyExists` if it exists and may not be overwritten
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
 * Writes the row of arrived bytes, with the rights of the service: the caller's rights were checked before the bytes arrived.
 * The bytes of an earlier version are removed afterwards.
 *
 * @param object its version is the one under which the bytes have arrived
 */
export async function save(call: Call<unknown>, object: ObjectValues): Promise<ObjectRow> {
  const { row, previous } = await keeping(call, object.version, async (session) => {
    await lockName(session, object.bucket_id, object.name)
    const before = await lockObject(session, object.bucket_id, object.name)
    return { row: await upsertObject(session, object), previous: before }
  })
  if (previous !== undefined) await call.files.remove([previous.version])
  return row
}

/**
 * Moves arrived bytes to their place just before the row that names them is visible. If that row is not written, removes them.
 *
 * @param write writes the row, with the rights of the service
 */
export async function keeping<T>(
  call: Call<unknown>,
  version: string,
  write: (session: Session) => Promise<T>,
): Promise<T> {
  try {
    return await call.database.asService(async (session) => {
      const written = await write(session)
      await call.files.keep(version)
      return written
    })
  } catch (error) {
    await call.files.discard(version)
    throw error
  }
}
