import { broken, denied, unusable } from '../face.ts'
import type { Answer, Face } from '../path.ts'
import { webFaces } from '../web/faces.ts'

/**
 * What stands before a function answers by itself: it names its reason in the header `sb-error-code`
 * (https://supabase.com/docs/guides/functions/error-codes). Everything else is the function's own answer.
 */
export const functionFaces: readonly Face[] = [
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
  ...webFaces,
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
