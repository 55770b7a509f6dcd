import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { type Bytes, readBytes } from './bytes.ts'

/** A request as it goes out. The address is taken literally. */
export interface Parcel {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: string | Uint8Array | null
  /** Milliseconds after which it counts as unanswered. */
  readonly patience: number
}

export interface Received {
  readonly status: number
  readonly headers: Headers
  readonly body: Bytes
}

/**
 * Sends one request, follows no redirect, and reads the answer to its end. An address that `fetch` would tidy up (`..`,
 * `%2e`) leaves as it was written: an attacker's client does not tidy up either.
 *
 * @param keep the largest body, in bytes, that is kept.
 * @throws when no whole answer came.
 */
export function deliver(parcel: Parcel, keep: number): Promise<Received> {
  const { pathname, search } = new URL(parcel.url)
  return literalPath(parcel.url) === `${pathname}${search}` ? byFetch(parcel, keep) : literally(parcel, keep)
}

/** @returns path and query of an address, untouched. */
export function literalPath(url: string): string {
  return /^https?:\/\/[^/?#]+(.*)$/s.exec(url)?.[1] ?? '/'
}

async function byFetch({ method, url, headers, body, patience }: Parcel, keep: number): Promise<Received> {
  const response = await fetch(url, {
    method,
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(patience),
    ...(body === null ? {} : { body }),
  })
  return { status: response.status, headers: response.headers, body: await readBytes(response.body, keep) }
}

function literally({ method, url, headers, body, patience }: Parcel, keep: number): Promise<Received> {
  const { protocol, hostname, port } = new URL(url)
  const send = protocol === 'https:' ? requestHttps : requestHttp
  const signal = AbortSignal.timeout(patience)
  return new Promise((resolve, reject) => {
    const failed = (error: unknown) => reject(signal.aborted ? signal.reason : error)
    const options = {
      method,
      host: hostname.replace(/^\[|\]$/g, ''),
      port,
      path: literalPath(url),
      headers: Object.fromEntries(headers),
      signal,
    }
    const outgoing = send(options, (incoming) => {
      const received = new Headers()
      for (const [name, values] of Object.entries(incoming.headersDistinct)) {
        for (const value of values ?? []) received.append(name, value)
      }
      readBytes(incoming, keep).then(
        (bytes) => resolve({ status: incoming.statusCode ?? 0, headers: received, body: bytes }),
        failed,
      )
    })
    outgoing.on('error', failed)
    outgoing.end(body ?? undefined)
  })
}
