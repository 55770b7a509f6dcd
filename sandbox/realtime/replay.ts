import type pg from 'pg'
import { z } from 'zod'
import { away } from './database.ts'
import { JoinRefusal } from './refusal.ts'

/** A stored message. */
export interface Replayed {
  id: string
  event: string | null
  payload: unknown
  binary_payload: Buffer | null
}

/** `since` is in milliseconds since 1970, up to the year 9999. */
const schema = z.object({ since: z.int().max(253_402_300_799_999), limit: z.int().nullish() })

const MOST = 25

/**
 * The last private broadcasts of a topic in the database, oldest first. Only messages sent by SQL are stored; broadcasts of
 * clients are not.
 *
 * @throws JoinRefusal if the parameters are invalid
 */
export async function replay(pool: pg.Pool, topic: string, parameters: unknown): Promise<Replayed[]> {
  if (typeof parameters !== 'object' || parameters === null) return []
  const parsed = schema.safeParse(parameters)
  if (!parsed.success) throw new JoinRefusal('UnableToReplayMessages: Replay params are not valid')
  const { since, limit } = parsed.data
  const found = await pool
    .query<Replayed>(
      `select id, event, payload, binary_payload from realtime.messages
       where topic = $1 and private and extension = 'broadcast'
         and inserted_at >= to_timestamp($2::float8 / 1000) at time zone 'utc'
         and inserted_at < timezone('utc', now()) + interval '1 minute'
       order by inserted_at desc limit $3`,
      [topic, since, Math.max(1, Math.min(limit ?? MOST, MOST))],
    )
    .catch(away)
  return found.rows.reverse()
}
