import type { PrivilegedSession } from '../../model/session.ts'
import { type Marking, markHeader } from '../path.ts'

/** Milliseconds that the answer to a probe may take. */
const probeTimeoutMs = 10_000

/**
 * By a header that the function of `db-pre-request` writes into the write-ahead log, inside the request's transaction.
 * PostgREST runs GET and HEAD in read-only transactions, which PostgreSQL lets write nothing, so these go unmarked.
 */
export const postgrestMarking: Marking = {
  readsCannotWrite: true,
  async probe({ url, secretKey, patience = probeTimeoutMs }: PrivilegedSession, mark) {
    // The description of the API is read in a transaction like any other, and names no table of the project's.
    const answer = await fetch(`${url}/rest/v1/`, {
      headers: { apikey: secretKey, [markHeader]: mark, ...bearer(secretKey) },
      redirect: 'manual',
      signal: AbortSignal.timeout(Math.min(patience, probeTimeoutMs)),
    })
    await answer.body?.cancel()
    return answer.status === 429 ? answer.headers.get('retry-after') : undefined
  },
}

/** A legacy key is a token too; an opaque one is none. */
function bearer(secretKey: string): Record<string, string> {
  return secretKey.startsWith('ey') ? { authorization: `Bearer ${secretKey}` } : {}
}
