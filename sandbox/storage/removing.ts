import { z } from 'zod'
import type { Call } from './call.ts'
import { accessDenied, invalidRequest, json, noSuchKey } from './errors.ts'
import { requireBucketName } from './names.ts'
import { lockObject, type ObjectRow, shown } from './object-rows.ts'

/** The body of `DELETE /object/:bucket`. `prefixes` are full names. */
export const removal = z.object({ prefixes: z.array(z.string()).min(1) })

/** The maximum number of names in one statement, and in one request. */
const BATCH = 500
const MOST = 1000

/** `DELETE /object/:bucket`: removes the objects that the caller may remove and returns exactly those. */
export async function removeObjects(call: Call<z.output<typeof removal>>): Promise<Response> {
  const { prefixes: names } = call.body
  if (names.length > MOST) {
    throw invalidRequest(`Bulk object requests are limited to ${MOST} objects per request.`)
  }
  return json(200, (await deleteNamed(call, names)).map(shown))
}

/** Removes those of several objects that the caller may remove, and returns them. */
export async function deleteNamed(call: Call<unknown>, names: readonly string[]): Promise<ObjectRow[]> {
  requireBucketName(call.bucket)
  const removed: ObjectRow[] = []
  for (let index = 0; index < names.length; index += BATCH) {
    const rows = await call.database.asCaller((session) =>
      session.query<ObjectRow>('delete from storage.objects where bucket_id = $1 and name = any($2) returning *', [
        call.bucket,
        names.slice(index, index + BATCH),
      ]),
    )
    await call.files.remove(rows.map(({ version }) => version))
    removed.push(...rows)
  }
  return removed
}

/** `DELETE /object/:bucket/:name`, which distinguishes a missing object from one that the caller may not remove. */
export async function removeObject(call: Call): Promise<Response> {
  await deleteOne(call)
  return json(200, { message: 'Successfully deleted' })
}

/** @throws StorageError 404 `NoSuchKey`, 403 `AccessDenied` */
export async function deleteOne(call: Call): Promise<void> {
  requireBucketName(call.bucket)
  const { bucket, name } = call
  const version = await call.database.asCaller(async (session) => {
    const found = await session.asService(() => lockObject(session, bucket, name))
    if (found === undefined) throw noSuchKey()
    const deleted = await session.query(
      'delete from storage.objects where name = $1 and bucket_id = $2 returning version',
      [name, bucket],
    )
    if (deleted.length === 0) throw accessDenied('Access denied')
    return found.version
  })
  await call.files.remove([version])
}
