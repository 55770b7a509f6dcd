import { z } from 'zod'
import { integer } from './body.ts'
import type { Call } from './call.ts'
import { json } from './errors.ts'
import { requireBucketName } from './names.ts'
import type { ObjectRow } from './object-rows.ts'

const order = z.enum(['asc', 'desc']).optional()

/** The body of `POST /object/list/:bucket`. */
export const listing = z.object({
  prefix: z.string(),
  limit: integer(1).optional(),
  offset: integer(0).optional(),
  search: z.string().optional(),
  sortBy: z.object({ column: z.enum(['name', 'updated_at', 'created_at', 'last_accessed_at']), order }).optional(),
})

/** `POST /object/list/:bucket`: what lies directly under a folder, and may be seen. */
export async function listObjects(call: Call<z.output<typeof listing>>): Promise<Response> {
  requireBucketName(call.bucket)
  const { prefix, limit, offset, search = '', sortBy } = call.body
  const column = sortBy?.column ?? 'name'
  // Sorted by name the database compares texts, otherwise patterns.
  const plain = (text: string) => (column === 'name' ? text : escapePattern(text))
  const folder = plain(prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`)
  const levels = (folder + plain(search)).split('/').length
  const rows = await call.database.asCaller((session) =>
    session.query<ObjectRow>('select * from storage.search($1, $2, $3, $4, $5, $6, $7, $8)', [
      folder,
      call.bucket,
      limit ?? 100,
      levels,
      offset ?? 0,
      plain(search),
      column,
      sortBy?.order ?? 'asc',
    ]),
  )
  return json(
    200,
    rows.map(({ name, id, updated_at, created_at, last_accessed_at, metadata }) => ({
      name,
      id,
      updated_at,
      created_at,
      last_accessed_at,
      metadata,
    })),
  )
}

/** Makes a text that a LIKE pattern matches as it is. */
export function escapePattern(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`)
}
