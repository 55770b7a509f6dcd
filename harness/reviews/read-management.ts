import { bodyOf, reasonOf } from '../answer-body.ts'
import { TrespassError } from '../errors.ts'
import { isLoopback, parseUrl } from '../workspace/project-ref.ts'

/** The address of the Management API (https://supabase.com/docs/reference/api). */
const managementUrl = 'https://api.supabase.com'

/** Milliseconds for one request. */
const patience = 15_000

/** The response to a read-only request; null `status` without one. */
export interface ManagementReply {
  readonly status: number | null
  readonly json: unknown
  /** Why nothing came back. */
  readonly why: string
}

/** Sends GET, which writes nothing. Redirects are not followed: the token goes to this address only. */
export async function requestManagement(base: string, path: string, token: string): Promise<ManagementReply> {
  try {
    const response = await fetch(new URL(path, base), {
      headers: { authorization: `Bearer ${token}` },
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
    })
    const text = Buffer.from((await bodyOf(response)) ?? []).toString()
    return { status: response.status, json: jsonIn(text), why: '' }
  } catch (error) {
    return { status: null, json: null, why: reasonOf(error) }
  }
}

/**
 * Checks the address that a token is sent to.
 *
 * @throws TrespassError `usage`
 */
export function checkedManagementUrl(written: string | undefined): string {
  if (written === undefined) return managementUrl
  const url = parseUrl(written)
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))
  if (url !== null && isSafe && url.username === '') return url.origin
  throw new TrespassError('usage', 'found --management-url without https, expected the address of a Management API', {
    hint: `Leave it out: the Management API is at ${managementUrl}.`,
  })
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
