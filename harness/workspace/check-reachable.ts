import { z } from 'zod'
import { bodyOf, reasonOf } from '../answer-body.ts'
import { TrespassError } from '../errors.ts'
import type { TargetSettings } from './environment.ts'
import { publishedKeyDigests } from './target-values.ts'

/** Milliseconds to wait for the first answer. */
const requestTimeoutMs = 10_000

/** Auth's version in the answer of `GET /auth/v1/health` (supabase/auth `internal/api/api.go`). */
const healthSchema = z.object({ version: z.string() })

/** The platform's gateway names the project in the headers of its answers. */
const refHeader = 'sb-project-ref'

/** The facts in a target's first answers. */
export interface HealthAnswer {
  readonly versions: Readonly<Record<string, string>>
  /** The project's ref, where the platform's gateway names it; null elsewhere. */
  readonly ref: string | null
}

/**
 * Requests the target's health: with the publishable key, and when that key is good also with the secret one, so that a wrong key
 * is named before a run begins. Redirects are not followed: a key goes to the target's own host only.
 *
 * @throws TrespassError `target-unreachable`, `target-redirects`, `key-refused`
 */
export async function checkReachable(settings: TargetSettings): Promise<HealthAnswer> {
  const { alias, url, publishableKey, secretKey } = settings
  const health = new URL('/auth/v1/health', url)
  const { body, ref } = await ask(health, publishableKey, 'TRESPASS_PUBLISHABLE_KEY', alias)
  if (secretKey !== null) await ask(health, secretKey, 'TRESPASS_SECRET_KEY', alias)
  const parsed = healthSchema.safeParse(body)
  // A build without a version reports an empty one.
  return { versions: parsed.success && parsed.data.version !== '' ? { auth: parsed.data.version } : {}, ref }
}

/**
 * Requests the public keys of the target from Auth. Returns digests of them; none where Auth publishes none or does not answer,
 * since a target that signs with a shared secret has none to publish.
 */
export async function publishedKeys({ url, publishableKey }: TargetSettings): Promise<readonly string[]> {
  const address = new URL('/auth/v1/.well-known/jwks.json', url)
  const signal = AbortSignal.timeout(requestTimeoutMs)
  try {
    const response = await fetch(address, { headers: { apikey: publishableKey }, redirect: 'manual', signal })
    return publishedKeyDigests(Buffer.from((await bodyOf(response)) ?? []).toString())
  } catch {
    return []
  }
}

/** Returns the ref that the platform's gateway names in an answer. */
export function refOfAnswer(headers: Headers): string | null {
  const ref = headers.get(refHeader)?.trim().toLowerCase() ?? ''
  return /^[a-z0-9]+$/.test(ref) && ref !== 'null' ? ref : null
}

async function ask(health: URL, apikey: string, variable: string, alias: string) {
  const signal = AbortSignal.timeout(requestTimeoutMs)
  let status: number
  let body: unknown
  let ref: string | null
  try {
    const response = await fetch(health, { headers: { apikey }, redirect: 'manual', signal })
    status = response.status
    ref = refOfAnswer(response.headers)
    body = parseJson(Buffer.from((await bodyOf(response)) ?? []).toString())
  } catch (error) {
    // The error itself names the host.
    throw unreachable(alias, `did not answer (${reasonOf(error)})`)
  }
  if (status === 200) return { body, ref }
  if (status >= 300 && status < 400) {
    const hint = 'Set TRESPASS_URL to the final address of the project. Keys are not sent along a redirect.'
    throw new TrespassError('target-redirects', `the target ${alias} redirects to another address`, { hint })
  }
  // The gateway's own refusals carry no `code`; those of the services behind it do.
  if (status === 401 && !hasCode(body)) {
    const hint = 'Copy it again from dashboard › Project Settings › API Keys; legacy keys may have been disabled.'
    throw new TrespassError('key-refused', `the target ${alias} does not accept ${variable}`, { hint })
  }
  throw unreachable(alias, `answered its health check with status ${status}`)
}

function unreachable(alias: string, what: string): TrespassError {
  const hint = 'Check TRESPASS_URL, and whether the project is running: one that is paused does not answer.'
  return new TrespassError('target-unreachable', `the target ${alias} ${what}`, { hint })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function hasCode(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'code' in body
}
