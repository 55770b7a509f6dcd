import type { PrivilegedSession } from '../../model/session.ts'
import type { Absence } from '../path.ts'
import { Line } from './line.ts'
import { newMark } from './messages.ts'
import { join } from './room.ts'

const hint =
  'Switch it on at dashboard › Realtime › Settings, or by `[realtime] enabled = true` in supabase/config.toml.'

/** Asks once whether a target has Realtime. @returns null when it has, or when that is unknown. */
export async function probe(privileged: PrivilegedSession): Promise<Absence | null> {
  const line = new Line(privileged)
  try {
    const joining = await join(line, { topic: `trespass-${newMark()}`, private: true })
    if (joining.kind !== 'shut' || ![403, 404].includes(joining.handshake.status)) return null
    return { found: 'a target whose Realtime is switched off', expected: 'Realtime', hint }
  } finally {
    await line.close()
  }
}
