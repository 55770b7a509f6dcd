import {
  constraint,
  faultySql,
  invalidValue,
  messageMatches,
  raisedInsufficientPrivilege,
  recursions,
  refusals,
  unknownNames,
  unknownOutcomes,
} from '../database-responses.ts'
import type { Answer, ResponsePattern } from '../path.ts'
import { broken, denied, unknown, unusable } from '../response-pattern.ts'

const tooFast = 'the target limits the rate of requests'

/**
 * Response patterns of PostgREST 12 to 16, of PostgreSQL behind it and of the hosted gateway in front of it. Statuses differ
 * between versions and with the role (42501 is 401 for the anon role, 403 for others: PostgREST, Error.hs), so a pattern matches
 * code and message, and the status only where there is no code.
 */
export const postgrestResponses: readonly ResponsePattern[] = [
  unknown('no-answer', 'no answer came', (answer) => answer.status === 0),
  {
    // PostgREST has no limiter: its answers have a code, and an answer without one comes from a proxy in front of it.
    ...unknown('rate-limited', tooFast, (answer) => answer.status === 429 && !coded(answer)),
    isRateLimit: true,
  },
  unknown('rate-limited-by-project', tooFast, (answer) => answer.status === 429 && !ownStatus(answer)),
  unknown(
    'redirected',
    'the answer is a redirect',
    (answer) => answer.status >= 300 && answer.status < 400 && !coded(answer),
  ),
  unknown('too-long', 'the answer is too long to be read', (answer) => answer.failure === 'too-long'),

  // Token errors: PGRST301 to 303; before 13 an expired token is PGRST301, since then PGRST303.
  denied('token-refused', 'unauthenticated', (answer) => /^PGRST30[1-3]$/.test(answer.code ?? '')),
  denied(
    'unknown-role',
    'unauthenticated',
    (answer) => answer.code === '22023' && messageMatches(answer, /^role ".*" does not exist/),
  ),
  denied(
    'role-not-granted',
    'unauthenticated',
    (answer) => answer.code === '42501' && messageMatches(answer, /^permission denied to set role/),
  ),

  ...refusals,
  raisedInsufficientPrivilege,
  constraint,

  denied('schema-not-exposed', 'hidden', (answer) => answer.code === 'PGRST106'),
  denied('too-many-rows-affected', 'limit', (answer) => answer.code === 'PGRST124'),
  denied(
    'where-clause-required',
    'limit',
    (answer) => answer.code === '21000' && messageMatches(answer, /requires a WHERE clause$/),
  ),
  denied(
    'single-without-row',
    'filtered',
    (answer) => answer.code === 'PGRST116' && (answer.details ?? '').includes(' 0 rows'),
  ),

  ...recursions,
  ...unknownOutcomes,
  // An answer of libpq's own making has no SQLSTATE: PostgREST hands it on as a 400 whose code and message are empty
  // (PostgREST, Error.hs, which takes every code it does not know for a fault of the request). A statement that wrote
  // may have been carried out.
  unknown('database-lost', 'the service lost its database before the answer was there', ({ code }) => code === ''),
  unknown('server-error', 'the service failed', (answer) => answer.status >= 500),

  broken(
    'ambiguous-function',
    'two functions fit the arguments, the request is ambiguous (PGRST203)',
    (answer) => answer.code === 'PGRST203',
  ),
  broken(
    'ambiguous-relationship',
    'two foreign keys fit the embedded relation, the request is ambiguous (PGRST201)',
    (answer) => answer.code === 'PGRST201',
  ),
  ...unknownNames,
  // The schema cache knows every relation of an exposed schema, whatever the caller's grants (PostgREST, SchemaCache.hs). The
  // names of an operation were checked against the catalog, so a miss of a relation, a function or a column most likely comes
  // from a stale cache, which depends on the time. It is never a denial.
  unusable('not-in-schema-cache', 'the name is not in the schema cache: misspelt, or the cache is stale', (answer) =>
    ['PGRST200', 'PGRST202', 'PGRST204', 'PGRST205'].includes(answer.code ?? ''),
  ),
  unusable(
    'read-only-transaction',
    'a GET called a function that writes: use `method: post`',
    (answer) => answer.code === '25006',
  ),
  unusable('many-rows-for-single', 'not exactly one row came for `single`', (answer) => answer.code === 'PGRST116'),
  unusable('malformed-request', 'the request is malformed', (answer) => /^PGRST1\d\d$/.test(answer.code ?? '')),
  faultySql,
  invalidValue,

  denied('raised-by-project', 'application', (answer) => answer.status >= 400 && coded(answer)),

  // The gateway's own 401 has no code: a missing, wrong or foreign API key. A page comes from neither the gateway nor the
  // service.
  denied('api-key-refused', 'unauthenticated', (answer) => answer.status === 401 && !isPage(answer)),
  unusable('refused-without-code', 'the answer names no reason', (answer) => answer.status >= 400),
  unknown('no-json', 'the body is no JSON', (answer) => answer.failure === 'not-json'),
  // PostgREST answers every statement that it executes with `Content-Range` (Response.hs).
  unknown(
    'not-the-service',
    'the answer did not come from the service',
    (answer) => isSuccess(answer) && answer.headers['content-range'] === undefined,
  ),
  { name: 'done', matches: isSuccess, means: { kind: 'done' } },
]

/** A status that the project's SQL chose with an SQLSTATE of the form `PTxyz`. */
function ownStatus(answer: Answer): boolean {
  return answer.code?.startsWith('PT') === true
}

function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status < 300
}

function isPage({ headers }: Answer): boolean {
  return /\bhtml\b/i.test(headers['content-type'] ?? '')
}

function coded(answer: Answer): boolean {
  return answer.code !== null
}
