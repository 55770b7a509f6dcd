import { GoTrueClient } from '@supabase/supabase-js'
import { z } from 'zod'
import { bodyOf, reasonOf } from '../answer-body.ts'
import type { ErrorCode } from '../error-codes.ts'
import { TrespassError } from '../errors.ts'
import { type AuthCall, authCallOf } from '../limits/auth-limits.ts'
import { withBackoff } from '../limits/backoff.ts'

/** Milliseconds to wait for one answer of Auth. */
const timeoutMs = 30_000

/** Codes for failures between the client and Auth, which {@link requestFailed} explains. */
const clientErrorCodes = {
  lost: 'trespass_no_answer',
  redirect: 'trespass_redirect',
  away: 'trespass_unavailable',
  failed: 'trespass_failed',
}

/**
 * Milliseconds that one request may wait in all where Auth limits the rate: its limiters let 30 requests through at once
 * and fill up again within five minutes (supabase/auth, `internal/api/apilimiter.go`).
 */
const longestWait = 300_000

/** The run was broken off while a request waited. */
const cancelledCode = 'trespass_broken_off'

/** How a client keeps to Auth's rate limits. */
export interface AuthClientOptions {
  /** Resolves when a call to an endpoint that Auth limits may be sent. */
  readonly turn?: (call: AuthCall) => Promise<void>
  /** Called with the length of every wait when the wait begins. */
  readonly onWait?: (milliseconds: number) => void
  /** Ends a wait, and with it the request. */
  readonly signal?: AbortSignal
}

/**
 * Makes supabase-js's Auth client for one session, which is kept in memory only. It sends requests to the project's own address
 * and follows no redirect, so that a key never reaches another host. A request that Auth rate-limits is sent again after
 * `Retry-After`: Auth's limiters run before everything else.
 *
 * @param url the project's address
 * @param apiKey is sent as `apikey`, and as the bearer until the client has signed in
 */
export function authClient(url: string, apiKey: string, manners: AuthClientOptions = {}): GoTrueClient {
  return new GoTrueClient({
    url: new URL('/auth/v1', url).href,
    headers: { apikey: apiKey, Authorization: `Bearer ${apiKey}` },
    storageKey: 'trespass',
    persistSession: false,
    autoRefreshToken: false,
    detectSessionInUrl: false,
    fetch: (input, init) => sendWithBackoff(input, init, manners),
  })
}

async function sendWithBackoff(
  input: string | URL | Request,
  init: RequestInit | undefined,
  { turn, ...waiting }: AuthClientOptions,
): Promise<Response> {
  const { pathname } = new URL(input instanceof Request ? input.url : input)
  const call = authCallOf(init?.method ?? 'GET', pathname)
  try {
    if (call !== null) await turn?.(call)
    const { answer } = await withBackoff(() => send(input, init), {
      retryAfterOf: ({ status, headers }) => (status === 429 ? headers.get('retry-after') : undefined),
      longestMs: longestWait,
      ...waiting,
    })
    // The limiter's body may be JSON, or a page or text of a gateway.
    return answer.status === 429 ? unsent('over_request_rate_limit', 429) : answer
  } catch {
    return unsent(cancelledCode, 400)
  }
}

/** An answer in place of one that Auth never sent. */
function unsent(error_code: string, status: number): Response {
  return Response.json({ error_code, msg: 'not sent, or not taken' }, { status })
}

/**
 * A network failure becomes a response here, because the client prints the error that `fetch` throws, which names the host. With
 * the names of 2023 (`error_code`, `msg`) the client passes code and message on as they are.
 */
async function send(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const failed = (error_code: string, msg: string) => Response.json({ error_code, msg }, { status: 400 })
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await fetch(input, { ...init, redirect: 'manual', signal })
    const body = await bodyOf(response)
    if (response.status >= 300 && response.status < 400)
      return failed(clientErrorCodes.redirect, String(response.status))
    if (body === null) return failed(clientErrorCodes.away, 'an answer that is too long')
    // Auth's own failures have a message; those of the gateway in front of it are a page or no more than a status.
    if (response.status >= 500 && !isJson(body)) return failed(clientErrorCodes.away, `status ${response.status}`)
    // supabase-js drops the body of such an answer.
    if (response.status >= 500) return failed(clientErrorCodes.failed, failureIn(response.status, body))
    return new Response(body.byteLength === 0 ? null : body, response)
  } catch (error) {
    return failed(clientErrorCodes.lost, reasonOf(error))
  }
}

const failureSchema = z.looseObject({ code: z.string().optional(), message: z.string().optional() }).catch({})

/** @returns status, code and message of Auth's own failure. */
function failureIn(status: number, body: Uint8Array): string {
  const { code, message } = failureSchema.parse(JSON.parse(Buffer.from(body).toString()))
  return [status, code, message].filter(Boolean).join(' ')
}

function isJson(body: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(body).toString())
    return true
  } catch {
    return false
  }
}

/** The parts of supabase-js's `AuthError` that describe the failure. */
export interface AuthFailure {
  readonly message: string
  readonly status?: number | undefined
  readonly code?: string | undefined
}

interface Explanation {
  readonly code: ErrorCode
  readonly says: string
  readonly hint: string
}

const configToml = (line: string, where: string) => `Set \`${line}\` in supabase/config.toml, or ${where}.`

/** Auth's codes (supabase/auth `internal/api/apierrors/errorcode.go`) that a person can do something about. */
const explanations: Readonly<Record<string, Explanation>> = {
  anonymous_provider_disabled: {
    code: 'anonymous-sign-ins-off',
    says: 'the target does not allow anonymous sign-ins',
    hint: configToml(
      '[auth] enable_anonymous_sign_ins = true',
      'switch on dashboard › Authentication › Sign In / Providers › Allow anonymous sign-ins',
    ),
  },
  signup_disabled: {
    code: 'sign-ups-off',
    says: 'the target does not allow sign-ups, and an anonymous sign-in is one',
    hint: configToml(
      '[auth] enable_signup = true',
      'switch on dashboard › Authentication › Sign In / Providers › Allow new users to sign up',
    ),
  },
  email_provider_disabled: {
    code: 'password-sign-ins-off',
    says: 'the target does not allow sign-ins by e-mail and password',
    hint: configToml(
      '[auth.email] enable_signup = true',
      'switch on dashboard › Authentication › Sign In / Providers › Email',
    ),
  },
  phone_provider_disabled: {
    code: 'password-sign-ins-off',
    says: 'the target does not allow sign-ins by phone and password',
    hint: configToml(
      '[auth.sms] enable_signup = true',
      'switch on dashboard › Authentication › Sign In / Providers › Phone',
    ),
  },
  mfa_totp_enroll_not_enabled: totpOff('enroll_enabled'),
  mfa_totp_verify_not_enabled: totpOff('verify_enabled'),
  over_request_rate_limit: {
    code: 'sign-in-limit',
    says: 'the target limits sign-ins, and the limit is reached',
    hint: "Wait, or raise dashboard › Authentication › Rate Limits. With `users: 'kept'` runs sign in once, not every time.",
  },
  captcha_failed: {
    code: 'captcha-on',
    says: 'the target asks for a captcha',
    hint: 'Switch off dashboard › Authentication › Attack Protection › Captcha on this target.',
  },
  [cancelledCode]: {
    code: 'broken-off',
    says: 'the run was broken off while the request waited for its turn',
    hint: 'The target limits sign-ins; a run says beforehand how many it needs.',
  },
  [clientErrorCodes.lost]: {
    code: 'target-unreachable',
    says: 'the target did not answer',
    hint: 'Check that the project is running, and run again.',
  },
  [clientErrorCodes.away]: {
    code: 'target-unavailable',
    says: 'Auth is not available',
    hint: 'Check that the project is running, and run again.',
  },
  [clientErrorCodes.failed]: {
    code: 'auth-failed',
    says: 'Auth failed',
    hint: 'A trigger on `auth.users` may be the reason: dashboard › Logs › Auth shows its error.',
  },
  [clientErrorCodes.redirect]: {
    code: 'target-redirects',
    says: 'the target redirects to another address',
    hint: 'Set TRESPASS_URL to the final address of the project. Keys are not sent along a redirect.',
  },
}

function totpOff(key: string): Explanation {
  return {
    code: 'totp-off',
    says: 'the target does not allow a second factor by TOTP',
    hint: configToml(
      `[auth.mfa.totp] ${key} = true`,
      'switch on dashboard › Authentication › Sign In / Providers › Multi-factor › TOTP',
    ),
  }
}

/**
 * Explains why Auth refused or failed a request.
 *
 * @param what the beginning of the sentence: `actor alice cannot be signed in`
 * @param variable the variable that holds the key which was sent
 */
export function requestFailed(what: string, failure: AuthFailure, variable: string): TrespassError {
  const { code, status, message } = failure
  const known = code !== undefined && Object.hasOwn(explanations, code) ? explanations[code] : undefined
  if (known !== undefined) {
    const reason = Object.values(clientErrorCodes).includes(code ?? '') ? ` (${message})` : ''
    return new TrespassError(known.code, `${what}: ${known.says}${reason}`, { hint: known.hint })
  }
  if (code === 'not_admin' || (status === 401 && code === undefined)) {
    const hint = 'Copy the key again from dashboard › Project Settings › API Keys.'
    return new TrespassError('key-refused', `${what}: the target does not accept ${variable}`, { hint })
  }
  return new TrespassError(
    'auth-refused',
    `${what}: Auth answered ${[status, code, message].filter(Boolean).join(' ')}`,
  )
}
