import { constraint, raisedInsufficientPrivilege, recursions, refusals } from '../database-responses.ts'
import type { Answer, ResponsePattern } from '../path.ts'
import { denied, unknown, unusable } from '../response-pattern.ts'

/**
 * How code that a team wrote itself shows each meaning. HTTP gives 401 and 403 a meaning (RFC 9110, section 15.5); every
 * other refusal has to be declared by the operation. A code of PostgreSQL counts where the code hands on what supabase-js
 * gave it.
 */
export const webResponses: readonly ResponsePattern[] = [
  unknown('no-answer', 'no answer came', (answer) => answer.status === 0),
  unknown('rate-limited', 'the target limits the rate of requests', (answer) => answer.status === 429),
  unknown('too-long', 'the answer is too long to be read', (answer) => answer.failure === 'too-long'),
  denied('declared-denial', 'application', (answer) => answer.declaredDenial === true),
  unknown(
    'redirected',
    'the answer is a redirect: where it leads to the page for signing in, the operation declares it, `denial: { redirect: /login }`',
    (answer) => answer.status >= 300 && answer.status < 400,
  ),

  ...refusals,
  raisedInsufficientPrivilege,
  constraint,
  ...recursions,

  denied('session-required', 'application', (answer) => refusesSession(answer) && answer.anonymous === true),
  denied('session-refused', 'unauthenticated', refusesSession),
  denied('forbidden', 'application', (answer) => answer.status === 403),
  unknown('server-error', 'the service failed', (answer) => answer.status >= 500),
  unusable(
    'not-found',
    'there is no such route or thing: where that is how a caller is refused, the operation declares it, `denial: 404`',
    (answer) => answer.status === 404,
  ),
  unusable('refused-without-reason', 'the status names no refusal of the caller', (answer) => answer.status >= 400),
  unknown('no-json', 'the body is no JSON', (answer) => answer.failure === 'not-json'),
  { name: 'done', matches: isSuccess, means: { kind: 'done' } },
]

/** PGRST301 to 303 refuse a token that the code has handed on: of a visitor there is none, or the key in its place. */
function refusesSession({ status, code }: Answer): boolean {
  return status === 401 || (status >= 400 && /^PGRST30[1-3]$/.test(code ?? ''))
}

function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status < 300
}
