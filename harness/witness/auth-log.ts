import type { Database } from './connection.ts'
import type { MessagesOf } from './messages.ts'

const readable = `select coalesce(has_table_privilege(to_regclass('auth.audit_log_entries'), 'select'), false)`

/** An entry names its user in its payload (supabase/auth, `internal/models/audit_log_entry.go`). */
const about = `
  select count(*) from auth.audit_log_entries
  where created_at > $2::timestamptz - interval '1 hour' and payload::text ~ any ($1)`

/** Counts entries of Auth's log about users; see `Witness.countAuthLog`. */
export async function countAuthLog(database: Database, { ids, since }: MessagesOf): Promise<number> {
  if (ids.length === 0) return 0
  const [privilege] = await database.query(readable)
  if (privilege?.[0] !== 't') return 0
  const [row] = await database.query(about, [ids, since])
  return Number(row?.[0] ?? 0)
}
