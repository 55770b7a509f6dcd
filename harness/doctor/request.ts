import { bodyOf, reasonOf } from '../answer-body.ts'

/** Milliseconds for one question. */
export const requestTimeoutMs = 10_000

/** The response to a request; null `status` without one. */
export interface Reply {
  readonly status: number | null
  readonly headers: Headers
  readonly text: string
  /** The body as JSON, where it is. */
  readonly json: unknown
  /** Why nothing came back: `ECONNREFUSED` and the like. */
  readonly why: string
  /** Milliseconds by this machine's clock, half-way between request and response. */
  readonly at: number
}

/**
 * Sends GET or HEAD, which write nothing. Redirects are not followed: a key goes to the target's own host only.
 *
 * @param path below the project's address.
 */
export async function request(
  url: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  method: 'GET' | 'HEAD' = 'GET',
): Promise<Reply> {
  const begun = Date.now()
  try {
    const signal = AbortSignal.timeout(requestTimeoutMs)
    const response = await fetch(new URL(path, url), { method, headers, redirect: 'manual', signal })
    const at = (begun + Date.now()) / 2
    const text = Buffer.from((await bodyOf(response)) ?? []).toString()
    return { status: response.status, headers: response.headers, text, json: parsed(text), why: '', at }
  } catch (error) {
    return { status: null, headers: new Headers(), text: '', json: null, why: reasonOf(error), at: begun }
  }
}

/** @returns the trouble with a reply, in a few words. */
export function describeTrouble({ status, why }: Reply): string {
  if (status === null) return `did not answer (${why})`
  if (status >= 300 && status < 400) return 'redirects to another address, where no key is sent'
  return `answered with status ${status}`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
