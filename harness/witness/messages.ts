import type { Database } from './connection.ts'

/** The criteria by which a message of Realtime belongs to a run. */
export interface MessagesOf {
  /** UUIDs of the messages themselves, and of rows and users that a message names in its topic or its payload. */
  readonly ids: readonly string[]
  /** When the run began: ISO 8601. The clock of the database may be an hour off. */
  readonly since: string
}

/** The result of removing messages. */
export interface RemovedMessages {
  readonly gone: number
  /** How many stay, because the role may not delete them: Realtime drops them after three days (Realtime, messages.ex). */
  readonly expiring: number
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'

/** The column `payload` came with Realtime 2.33; a `realtime.messages` without it stores no messages. */
const privileges = `
  select has_table_privilege(attrelid, 'select'), has_table_privilege(attrelid, 'delete') from pg_attribute
  where attrelid = to_regclass('realtime.messages') and attname = 'payload' and not attisdropped`

const ours = `
  from realtime.messages
  where inserted_at > ($2::timestamptz at time zone 'utc') - interval '1 hour'
    and (id::text = any ($1) or exists (
      select from regexp_matches(concat_ws(' ', topic, payload::text), '${uuid}', 'g') as found where found[1] = any ($1)))`

/** Removes the messages of a run; see `Witness.removeMessages`. */
export async function removeMessages(database: Database, { ids, since }: MessagesOf): Promise<RemovedMessages> {
  if (ids.length === 0) return { gone: 0, expiring: 0 }
  const [privilege] = await database.query(privileges)
  if (privilege?.[0] !== 't') return { gone: 0, expiring: 0 }
  const mayDelete = privilege[1] === 't'
  const statement = mayDelete
    ? `with gone as (delete ${ours} returning id) select count(*) from gone`
    : `select count(*) ${ours}`
  const [row] = await database.query(statement, [ids, since])
  const count = Number(row?.[0] ?? 0)
  return mayDelete ? { gone: count, expiring: 0 } : { gone: 0, expiring: count }
}
