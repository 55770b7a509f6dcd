import type { PrivilegedSession } from '../../model/session.ts'
import type { MissingResource } from '../path.ts'
import { join } from './channel.ts'
import { Connection } from './connection.ts'
import { newMark } from './messages.ts'

const hint =
  'Switch it on at dashboard › Realtime › Settings, or by `[realtime] enabled = true` in supabase/config.toml.'

/** Asks once whether a target has Realtime. @returns null when it has, or when that is unknown. */
export async function probe(privileged: PrivilegedSession): Promise<MissingResource | null> {
  const connection = new Connection(privileged)
  try {
    const joined = await join(connection, { topic: `trespass-${newMark()}`, private: true })
    if (joined.kind !== 'shut' || ![403, 404].includes(joined.handshake.status)) return null
    return { found: 'a target whose Realtime is switched off', expected: 'Realtime', hint }
  } finally {
    await connection.close()
  }
}
