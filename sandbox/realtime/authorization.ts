import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { rolledBack, type Transaction } from './database.ts'
import type { Claims } from './tokens.ts'

/** The kind of a channel's messages: the column `extension` of `realtime.messages`. */
type Extension = 'broadcast' | 'presence'

/** A caller's permissions for one extension of a topic; undefined until they are checked. */
interface Permission {
  read?: boolean
  write?: boolean
}

/** The known permissions on a private channel. They are kept for the life of the channel, as long as its token is the same. */
export type Policies = Record<Extension, Permission>

/** The caller of a check, and the topic. */
export interface Caller {
  claims: Claims
  /** The topic's name, without `realtime:`. */
  topic: string
  /** Headers that policies can read in `request.headers`. */
  headers: Record<string, string>
}

const BOTH: readonly Extension[] = ['broadcast', 'presence']

/**
 * Checks whether the caller may read the topic: the superuser inserts rows for the topic and selects them as the caller, in a
 * transaction that is rolled back (Realtime `tenants/authorization.ex`). Policies therefore see `topic` and `extension` of such
 * a row, and neither event nor payload.
 *
 * @param withPresence whether presence is checked too
 * @throws pg.DatabaseError when a policy raises an error or the role does not exist; DatabaseAway
 */
export async function probeRead(
  pool: pg.Pool,
  caller: Caller,
  known: Policies | undefined,
  withPresence: boolean,
): Promise<Policies> {
  const asked = (withPresence ? BOTH : BOTH.slice(0, 1)).map((extension) => ({ extension, id: randomUUID() }))
  return await rolledBack(pool, async (transaction) => {
    await transaction.query(
      'insert into realtime.messages (id, topic, extension) select id, $1, extension from unnest($2::uuid[], $3::text[]) as probe (id, extension)',
      [caller.topic, asked.map(({ id }) => id), asked.map(({ extension }) => extension)],
    )
    await become(transaction, caller)
    const seen = await transaction.query<{ id: string }>(
      'select id from realtime.messages where id = any ($1::uuid[])',
      [asked.map(({ id }) => id)],
    )
    const visible = new Set(seen.map(({ id }) => id))
    const found = copy(known)
    for (const { extension, id } of asked) found[extension].read = visible.has(id)
    return found
  })
}

/**
 * Checks whether the caller may write to the topic: inserts rows as the caller, in a transaction that is rolled back. Both
 * extensions are always checked.
 *
 * @throws pg.DatabaseError when a policy raises an error of its own; DatabaseAway
 */
export async function probeWrite(pool: pg.Pool, caller: Caller, known: Policies | undefined): Promise<Policies> {
  return await rolledBack(pool, async (transaction) => {
    await become(transaction, caller)
    const found = copy(known)
    for (const extension of BOTH) found[extension].write = await mayInsert(transaction, caller.topic, extension)
    return found
  })
}

async function mayInsert(transaction: Transaction, topic: string, extension: Extension): Promise<boolean> {
  await transaction.query('savepoint probe')
  try {
    await transaction.query('insert into realtime.messages (topic, extension) values ($1, $2)', [topic, extension])
    return true
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '42501') throw error
    await transaction.query('rollback to savepoint probe')
    return false
  }
}

async function become(transaction: Transaction, { claims, topic, headers }: Caller): Promise<void> {
  const settings = {
    'realtime.topic': topic,
    'request.jwt.claims': JSON.stringify(claims),
    'request.jwt.claim.sub': typeof claims.sub === 'string' ? claims.sub : '',
    'request.jwt.claim.role': claims.role,
    'request.headers': JSON.stringify(headers),
    role: claims.role,
  }
  const calls = Object.keys(settings).map((_, index) => `set_config($${index * 2 + 1}, $${index * 2 + 2}, true)`)
  await transaction.query(`select ${calls.join(', ')}`, Object.entries(settings).flat())
}

function copy(known: Policies | undefined): Policies {
  return { broadcast: { ...known?.broadcast }, presence: { ...known?.presence } }
}
