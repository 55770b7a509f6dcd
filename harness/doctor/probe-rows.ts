import type { PrivilegedSession } from '../model/session.ts'
import { columnInQuery } from '../postgrest-name.ts'
import { divided } from '../qualified-name.ts'
import { connectDataApi } from '../witness/data-api/index.ts'
import { request } from './request.ts'

/** The most tables whose row limit is probed. */
const tried = 12

/** The relations that the secret key can read. */
export interface Shown {
  readonly relations: readonly string[]
  readonly maxRows: number | null
}

/** Reads the description of the Data API, and how many rows come back where there are more; null when it is not shown. */
export async function probeShown(privileged: PrivilegedSession): Promise<Shown | null> {
  try {
    const witness = await connectDataApi(privileged)
    const { relations } = await witness.catalog()
    const keyed = Object.values(relations).filter(({ primaryKey }) => primaryKey.length > 0)
    let maxRows: number | null = null
    for (const { name, primaryKey } of keyed.slice(0, tried)) {
      maxRows ??= await cutAt(privileged, name, primaryKey)
    }
    return { relations: Object.keys(relations), maxRows }
  } catch {
    return null
  }
}

/** Requests the keys of a table without their values: `Content-Range` shows how many came, and about how many there are. */
async function cutAt(
  { url, secretKey }: PrivilegedSession,
  relation: string,
  key: readonly string[],
): Promise<number | null> {
  const { schema, name } = divided(relation)
  const headers = {
    apikey: secretKey,
    authorization: `Bearer ${secretKey}`,
    'accept-profile': schema,
    prefer: 'count=estimated',
  }
  const query = new URLSearchParams({ select: key.map(columnInQuery).join(',') })
  const reply = await request(url, `/rest/v1/${encodeURIComponent(name)}?${query}`, headers, 'HEAD')
  const [, last, all] = /^0-(\d+)\/(\d+)$/.exec(reply.headers.get('content-range') ?? '') ?? []
  return last !== undefined && Number(all) > Number(last) + 1 ? Number(last) + 1 : null
}
