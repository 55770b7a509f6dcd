import pg from 'pg'

/** Further properties of an `AuthError`. */
export interface AuthErrorDetail {
  /** Why a password is weak: `length`, `characters`. Only with code `weak_password`. */
  reasons?: string[]
  /** True if the request's database work is committed although the answer is an error. */
  keepsWork?: boolean
  cause?: unknown
}

/**
 * An answer of Auth that is not a success. `status`, `code` and `message` are those of GoTrue
 * (https://github.com/supabase/auth, `internal/api/apierrors`). An error of a hook has the empty code.
 */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  readonly status: number
  readonly code: string
  readonly reasons: string[] | undefined
  readonly keepsWork: boolean

  constructor(status: number, code: string, message: string, detail: AuthErrorDetail = {}) {
    super(message, { cause: detail.cause })
    this.status = status
    this.code = code
    this.reasons = detail.reasons
    this.keepsWork = detail.keepsWork ?? false
  }
}

/** The connection to the database broke or could not be made. */
export class DatabaseLost extends Error {
  override readonly name = 'DatabaseLost'
}

/** The error for a request with invalid content: 400 `validation_failed`. */
export function invalid(message: string): AuthError {
  return new AuthError(400, 'validation_failed', message)
}

/**
 * Gives a failure of the database the message that GoTrue gives it, so that a trigger or a foreign key of the project fails
 * through Auth as on a hosted project.
 *
 * @throws AuthError 500 `unexpected_failure` with `message`, whatever error `work` threw
 */
export async function failingAs<T>(message: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new AuthError(500, 'unexpected_failure', message, { cause })
  }
}

const versionHeader = 'x-supabase-api-version'

/**
 * Formats an error in the body shape that the request negotiates. A client that sends `X-Supabase-Api-Version` of 2024-01-01 or
 * later gets `{code, message}`, any other gets `{code: <status>, error_code, msg}`.
 */
export function answerError(thrown: unknown, request: Request, headers: Headers): Response {
  const error = thrown instanceof AuthError ? thrown : unexpected(thrown)
  const modern = negotiatesCodes(request)
  if (modern) headers.set(versionHeader, '2024-01-01')
  // GoTrue leaves the header off a weak password in the newer shape only.
  if (error.code !== '' && !(modern && error.code === 'weak_password')) headers.set('x-sb-error-code', error.code)

  const weak = error.reasons === undefined ? {} : { weak_password: { reasons: error.reasons } }
  const code = error.code || (error.status === 500 ? 'unexpected_failure' : 'unknown')
  if (modern) return json(error.status, { code, message: error.message, ...weak }, headers)

  const raised = raisedByProject(error)
  if (raised !== undefined) return json(raised.status, raised.body, headers)
  const id = error.status >= 500 ? { error_id: crypto.randomUUID() } : {}
  const legacy = { code: error.status, error_code: code, msg: error.message, ...id, ...weak }
  return json(error.status, legacy, headers)
}

/** A JSON answer with GoTrue's content type. */
export function json(status: number, body: unknown, headers: Headers = new Headers()): Response {
  headers.set('content-type', 'application/json')
  // A hook may choose any status. GoTrue answers 500 if HTTP does not allow it.
  if (!Number.isInteger(status) || status < 200 || status > 599) return json(500, body, headers)
  return new Response([204, 205, 304].includes(status) ? null : JSON.stringify(body), { status, headers })
}

function negotiatesCodes(request: Request): boolean {
  const asked = request.headers.get(versionHeader) ?? ''
  return /^\d{4}-\d{2}-\d{2}$/.test(asked) && asked >= '2024-01-01'
}

function unexpected(thrown: unknown): AuthError {
  // Warns of a defect of the sandbox, which a 500 would hide. An error or a loss of the database is no such defect.
  const known = thrown instanceof DatabaseLost || databaseError(thrown) !== undefined
  if (!known) process.emitWarning(thrown instanceof Error ? thrown : String(thrown))
  const message = 'Unexpected failure, please check server logs for more information'
  return new AuthError(500, 'unexpected_failure', message, { cause: thrown })
}

/**
 * The older body shape contains the error that a project's own SQL raised: integrity violations and `raise exception` with
 * status 500, `PTxyz` with status xyz (GoTrue `internal/utilities/postgres.go`).
 */
function raisedByProject(error: AuthError): { status: number; body: Record<string, unknown> } | undefined {
  const cause = databaseError(error)
  if (cause?.code === undefined) return undefined
  const chosen = /^PT(\d{3})$/.exec(cause.code)?.[1]
  if (chosen === undefined && !/^(P0001|23(000|001|502|503|505|514)|23P01)$/.test(cause.code)) return undefined
  const { code, message, hint, detail } = cause
  return { status: chosen === undefined ? 500 : Number(chosen), body: { code, message, hint, detail } }
}

function databaseError(thrown: unknown): pg.DatabaseError | undefined {
  for (let at = thrown; at instanceof Error; at = at.cause) if (at instanceof pg.DatabaseError) return at
  return undefined
}
