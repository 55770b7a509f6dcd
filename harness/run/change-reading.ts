import { randomUUID } from 'node:crypto'
import type { ChangeReading } from '../cells/change-reading.ts'
import type { RunContext } from '../cells/context.ts'
import { messageOf } from '../errors.ts'
import { withBackoff } from '../limits/backoff.ts'
import type { Target } from '../model/target.ts'
import type { Marking } from '../paths/path.ts'
import { paths } from '../paths/registry.ts'
import { ChangeLog } from '../witness/changes/change-log.ts'

/** Milliseconds that a probe may wait in all where the target limits the rate of requests. */
const longestWait = 60_000

type ChangeTarget = Pick<Target, 'databaseUrl' | 'databaseCa' | 'privileged'>

/** The access that a target gives a run to the changes of its attempts. */
export interface ChangeAccess {
  /** Names of the access paths whose attempts are read whole from the write-ahead log. */
  readonly marked: readonly string[]
  /** Why the log cannot be read at all; null where it can. */
  readonly why: string | null
}

/**
 * Finds out by trying whether the changes of attempts can be read: opens the log, sends a marked request by each access path, and
 * looks for its mark.
 */
export async function detectChangeAccess({ databaseUrl, databaseCa, privileged }: ChangeTarget): Promise<ChangeAccess> {
  if (databaseUrl === null) return { marked: [], why: 'there is no database URL' }
  if (privileged === null) return { marked: [], why: 'there is no secret key to try it with' }
  let log: ChangeLog
  try {
    log = await ChangeLog.open(databaseUrl, databaseCa)
  } catch (error) {
    return { marked: [], why: messageOf(error) }
  }
  try {
    const markings = new Set(paths.flatMap(({ marking }) => (marking === undefined ? [] : [marking])))
    const arriving = new Set<Marking>()
    await Promise.all(
      [...markings].map(async (marking) => {
        const mark = randomUUID()
        // A request that fails leaves no mark, which is the answer.
        await withBackoff(() => marking.probe(privileged, mark), {
          retryAfterOf: (retryAfter) => retryAfter,
          longestMs: longestWait,
        }).catch(() => undefined)
        if ((await log.changesOf(mark)).length > 0) arriving.add(marking)
      }),
    )
    const marked = paths.filter(({ marking }) => marking !== undefined && arriving.has(marking))
    return { marked: marked.map(({ name }) => name), why: null }
  } finally {
    // A connection that a probe leaves open keeps the process from ending.
    const probed = paths.filter(({ marking }) => marking !== undefined)
    await Promise.all([log.close(), ...probed.map((path) => path.close?.(privileged.url))])
  }
}

/** Opens the log for the cells of a run. @throws TrespassError `log-not-read` where it could be read before. */
export async function openChangeReading({
  marked,
  target,
}: Pick<RunContext, 'marked' | 'target'>): Promise<ChangeReading> {
  const { databaseUrl, databaseCa } = target
  const log = marked.length === 0 || databaseUrl === null ? null : await ChangeLog.open(databaseUrl, databaseCa)
  return { log, marked: new Set(marked) }
}
