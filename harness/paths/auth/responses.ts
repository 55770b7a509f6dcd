import type { Answer, ResponsePattern } from '../path.ts'
import { broken, denied, unknown, unusable } from '../response-pattern.ts'

/** @returns a test for answers with one of Auth's codes (supabase/auth, `internal/api/apierrors/errorcode.go`). */
function coded(...codes: readonly string[]): (answer: Answer) => boolean {
  const known = new Set(codes)
  return ({ status, code }) => status >= 400 && code !== null && known.has(code)
}

const sessionCodes = coded(
  ...['no_authorization', 'bad_jwt', 'session_not_found', 'session_expired', 'refresh_token_not_found'],
)

/** How Auth shows each outcome. */
export const authResponses: readonly ResponsePattern[] = [
  unknown('no-answer', 'no answer came', (answer) => answer.status === 0),
  {
    name: 'rate-limited',
    // The limiter of an endpoint runs before everything else (supabase/auth, `internal/api/middleware.go`).
    matches: ({ status, code }) => status === 429 && (code === 'over_request_rate_limit' || code === null),
    means: { kind: 'unknown', why: 'the target limits the rate of requests' },
    isRateLimit: true,
  },
  unknown('message-limit', 'Auth limits how many mails or messages it sends', (answer) => answer.status === 429),
  unknown('too-long', 'the answer is too long to be read', (answer) => answer.failure === 'too-long'),
  denied('database-refused', 'constraint', (answer) => isDatabaseError(answer) && answer.databaseAnswers === true),
  broken(
    'claims-refused',
    'the hook for access tokens returns claims that Auth does not take',
    ({ status, message }) => status === 500 && /^output claims /.test(message ?? ''),
  ),
  unknown('server-error', 'the service failed', (answer) => answer.status >= 500),

  denied(
    'setting-off',
    'limit',
    coded(
      ...['signup_disabled', 'email_provider_disabled', 'phone_provider_disabled', 'anonymous_provider_disabled'],
      ...['provider_disabled', 'otp_disabled', 'manual_linking_disabled', 'email_address_not_authorized'],
      ...['mfa_totp_enroll_not_enabled', 'mfa_totp_verify_not_enabled', 'web3_provider_disabled'],
    ),
  ),
  denied('password-rule', 'limit', coded('weak_password', 'same_password')),
  denied(
    'taken',
    'constraint',
    coded(
      ...['user_already_exists', 'email_exists', 'phone_exists', 'identity_already_exists'],
      ...['mfa_factor_name_conflict', 'too_many_enrolled_mfa_factors', 'email_conflict_identity_not_deletable'],
    ),
  ),

  denied(
    'anonymous-refused',
    'application',
    ({ status, code, message }) =>
      status === 403 && code === 'no_authorization' && /^Anonymous user/.test(message ?? ''),
  ),
  denied('session-required', 'application', (answer) => sessionCodes(answer) && answer.anonymous === true),
  denied('session-refused', 'unauthenticated', sessionCodes),
  denied('user-gone', 'unauthenticated', ({ status, code }) => status === 403 && code === 'user_not_found'),
  denied('key-refused', 'unauthenticated', ({ status, code }) => status === 401 && code === null),
  denied(
    'sign-in-refused',
    'application',
    coded(
      ...['invalid_credentials', 'email_not_confirmed', 'phone_not_confirmed', 'user_banned', 'otp_expired'],
      ...['mfa_verification_failed', 'mfa_verification_rejected', 'captcha_failed'],
    ),
  ),
  denied(
    'forbidden',
    'application',
    coded(
      ...['not_admin', 'insufficient_aal', 'reauthentication_needed', 'reauthentication_not_valid'],
      ...['current_password_required', 'current_password_invalid', 'user_sso_managed', 'mfa_factor_not_found'],
      ...['identity_not_found', 'single_identity_not_deletable', 'signup_not_allowed'],
    ),
  ),
  unusable(
    'malformed',
    'Auth takes no such request, from no caller',
    coded('validation_failed', 'bad_json', 'user_not_found', 'email_address_invalid', 'unexpected_audience'),
  ),
  unusable('no-endpoint', 'the target has no such endpoint', ({ status }) => status === 404 || status === 405),
  // A hook of the project answers with a status and a message of its own, for which Auth has no code.
  denied('hook-refused', 'application', ({ status, code }) => status >= 400 && status < 500 && code === 'unknown'),
  {
    name: 'done',
    // The address of a provider may come as a redirect.
    matches: ({ status }, verb) => status >= 200 && status < (verb === 'link_identity' ? 400 : 300),
    means: { kind: 'done' },
  },
]

/**
 * @returns true when a statement on Auth's tables failed: by a trigger, by a constraint, or because the database failed. Auth gives
 *   no reason (supabase/auth, `internal/api/signup.go`, `admin.go`).
 */
export function isDatabaseError({ status, code, message }: Answer): boolean {
  const isWrite = /^(?:Database error (?:saving|creating|updating|deleting|granting)|Error (?:creating|updating) )/
  return status === 500 && code === 'unexpected_failure' && isWrite.test(message ?? '')
}
