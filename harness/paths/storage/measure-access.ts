import { setTimeout as delay } from 'node:timers/promises'
import type { Answer, Call } from '../path.ts'

/** Milliseconds between two uses. */
const pause = 250

/**
 * Uses an access, makes an event happen, and uses it again and again until it is refused.
 *
 * @param first the answer to the first use; when it is a refusal there is nothing to watch.
 * @param seconds the length of the watch.
 * @returns the last answer, with how long access went on.
 */
export async function measureAccess(
  first: Answer,
  again: () => Promise<Answer>,
  call: Pick<Call, 'meanwhile'>,
  seconds: number,
): Promise<Answer> {
  if (!gaveAccess(first) || first.details !== null) return first
  await call.meanwhile()
  const start = performance.now()
  let lastSeen = 0
  for (;;) {
    const answer = await again()
    const now = (performance.now() - start) / 1000
    if (!gaveAccess(answer)) return { ...answer, lasted: { seconds: lastSeen, ended: true } }
    // Access that was seen at all lasted some time.
    lastSeen = Math.max(0.1, Math.round(now * 10) / 10)
    if (now >= seconds) return { ...answer, lasted: { seconds: lastSeen, ended: false } }
    await delay(pause)
  }
}

function gaveAccess({ status, rows }: Answer): boolean {
  return status >= 200 && status < 300 && rows !== null && rows.length > 0
}
