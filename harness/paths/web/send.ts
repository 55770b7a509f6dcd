import { bodyOf as bytesOf, reasonOf } from '../../answer-body.ts'
import type { ActorSession, PrivilegedSession } from '../../model/session.ts'
import { emptyAnswer } from '../empty-answer.ts'
import type { Answer, Call, FurtherText, SentRequest } from '../path.ts'
import { answerOf } from './answer.ts'
import { isDeclared, type Refusals } from './refusals.ts'
import { addressOf, type Body, bodyOf, type RequestParts } from './request.ts'
import { signed, validForm } from './signature.ts'

/** Milliseconds that an answer may take when the caller has no patience of its own. */
const defaultTimeoutMs = 30_000

/** Where a request goes, and as whom. */
export interface Destination {
  readonly method: string
  /** The address of the resource. */
  readonly base: string
  /** The credential, and the headers that the matrix gives. */
  readonly headers: Headers
  /** True when no user's session is among them. */
  readonly anonymous: boolean
}

/** One request as it leaves. */
interface WebRequest {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: Body | null
}

/**
 * Sends the request of an operation, with the headers that it has and no others, and reads its answer. It follows no
 * redirect: where a refused visitor is led says why. A control sends a valid signature in place of a forged one.
 *
 * @throws TrespassError `no-secret` when the secret of its signature is not known.
 */
/**
 * Adds a caller's credential as supabase-js does: it sends the key in place of a token that it does not have (supabase-js,
 * `src/lib/fetch.ts`).
 */
export function withCredential(
  caller: ActorSession | PrivilegedSession,
  given: Readonly<Record<string, string>> | undefined,
): Pick<Destination, 'headers' | 'anonymous'> {
  const [key, token] = caller.kind === 'actor' ? [caller.apiKey, caller.token] : [caller.secretKey, null]
  const headers = new Headers(given)
  const bearer = token ?? key
  if (key !== null) headers.set('apikey', key)
  if (bearer !== null) headers.set('authorization', `Bearer ${bearer}`)
  // Without a key an actor leaves out on purpose what every client sends: its refusal is one of the credential.
  return { headers, anonymous: caller.kind === 'actor' && token === null && key !== null }
}

export async function send(
  caller: ActorSession | PrivilegedSession,
  { method, base, headers, anonymous }: Destination,
  parts: RequestParts,
  call: Pick<Call, 'secretOf'>,
): Promise<Answer> {
  const { patience = defaultTimeoutMs } = caller
  const body = bodyOf(parts)
  if (body !== null) headers.set('content-type', body.type)
  if (parts.sign !== undefined) {
    const secret = call.secretOf(parts.sign.secret_from_env)
    const form = caller.kind === 'privileged' ? validForm(parts.sign) : parts.sign
    const header = signed(form, secret, body?.content ?? '', Date.now())
    if (header !== null) headers.set(...header)
  }
  const request = { method: method.toUpperCase(), url: addressOf(base, parts), headers, body }
  let answer = await exchange(request, parts.denial, patience)
  // A replayed event is the same to the byte, its signature included.
  const earlier: FurtherText[] = []
  for (let sent = 1; sent < (parts.repeat ?? 1) && answer.status !== 0; sent += 1) {
    if (answer.body !== undefined) earlier.push({ at: `answer ${sent}`, text: answer.body })
    answer = await exchange(request, parts.denial, patience)
  }
  const besides = [...earlier, ...(answer.besides ?? [])]
  return {
    ...answer,
    ...(besides.length === 0 ? {} : { besides }),
    ...(anonymous ? { anonymous: true as const } : {}),
  }
}

async function exchange(web: WebRequest, denial: Refusals | undefined, patience: number): Promise<Answer> {
  const startedAt = performance.now()
  const { method, url, headers, body } = web
  const request = sentRequest(web)
  try {
    const response = await fetch(url, {
      method,
      headers,
      body: body?.content ?? null,
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
    })
    const bytes = await bytesOf(response)
    const text = bytes === null ? null : new TextDecoder().decode(bytes)
    const { status } = response
    const answer = answerOf(request, { status, headers: response.headers, text }, performance.now() - startedAt)
    const isDenial = isDeclared(denial, status, response.headers.get('location'))
    return isDenial ? { ...answer, declaredDenial: true } : answer
  } catch (error) {
    const why = reasonOf(error)
    const failure = why === 'timeout' ? 'timeout' : 'network'
    return { request, ...emptyAnswer, status: 0, message: why, failure, durationMs: performance.now() - startedAt }
  }
}

function sentRequest({ method, url, body }: WebRequest): SentRequest {
  const { pathname, search } = new URL(url)
  const headers: Readonly<Record<string, string>> = body === null ? {} : { 'content-type': body.type }
  return { method, path: `${pathname}${search}`, headers, body: body?.shown ?? null }
}
