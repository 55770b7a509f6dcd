import type { Answer, ResponsePattern } from '../path.ts'
import { broken, denied, unusable } from '../response-pattern.ts'
import { webResponses } from '../web/responses.ts'

/**
 * What stands before a function answers by itself: it names its reason in the header `sb-error-code`
 * (https://supabase.com/docs/guides/functions/error-codes). Everything else is the function's own answer.
 */
export const functionResponses: readonly ResponsePattern[] = [
  denied(
    'jwt-required',
    'application',
    (answer) => answer.status === 401 && isGate(answer) && answer.anonymous === true,
  ),
  denied('jwt-refused', 'unauthenticated', (answer) => answer.status === 401 && isGate(answer)),
  unusable(
    'no-such-function',
    'the target has no Edge Function of this name',
    (answer) => answer.status === 404 && errorCode(answer).startsWith('NOT_FOUND'),
  ),
  broken('boot-error', 'the Edge Function does not start', (answer) => errorCode(answer) === 'BOOT_ERROR'),
  ...webResponses,
]

/** The gate of `verify_jwt`. A local runtime of the Supabase CLI answers without the header. */
function isGate(answer: Answer): boolean {
  return (
    errorCode(answer).startsWith('UNAUTHORIZED') ||
    /^(?:Error: )?(?:Missing authorization header|Invalid JWT)$/i.test(answer.message ?? '')
  )
}

function errorCode({ headers }: Answer): string {
  return headers['sb-error-code'] ?? headers['x-sb-error-code'] ?? ''
}
