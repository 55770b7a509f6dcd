import { z } from 'zod'
import { bodyOf, reasonOf } from '../answer-body.ts'
import { TrespassError } from '../errors.ts'
import type { TargetSettings } from './environment.ts'

/** Milliseconds to wait for the first answer. */
const patience = 10_000

/** Auth's version, as `GET /auth/v1/health` tells it (supabase/auth `internal/api/api.go`). */
const healthSchema = z.object({ version: z.string() })

/**
 * Asks the target for its health: with the publishable key, and when that key is good also with the secret one, so that
 * a wrong key is named before a run begins. Redirects are not followed: a key goes to the target's own host only.
 *
 * @returns the versions that the target tells
 * @throws TrespassError `target-unreachable`, `target-redirects`, `key-refused`
 */
export async function reachTarget(settings: TargetSettings): Promise<Record<string, string>> {
  const { alias, url, publishableKey, secretKey } = settings
  const health = new URL('/auth/v1/health', url)
  const answer = await ask(health, publishableKey, 'TRESPASS_PUBLISHABLE_KEY', alias)
  if (secretKey !== null) await ask(health, secretKey, 'TRESPASS_SECRET_KEY', alias)
  const parsed = healthSchema.safeParse(answer)
  return parsed.success ? { auth: parsed.data.version } : {}
}

async function ask(health: URL, apikey: string, variable: string, alias: string): Promise<unknown> {
  const signal = AbortSignal.timeout(patience)
  let status: number
  let body: unknown
  try {
    const response = await fetch(health, { headers: { apikey }, redirect: 'manual', signal })
    status = response.status
    body = parseJson(Buffer.from((await bodyOf(response)) ?? []).toString())
  } catch (error) {
    // The error itself names the host.
    throw unreachable(alias, `did not answer (${reasonOf(error)})`)
  }
  if (status === 200) return body
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
