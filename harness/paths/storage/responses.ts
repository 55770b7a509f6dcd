import { endlessRecursion, recursivePolicy } from '../database-responses.ts'
import type { Answer, ResponsePattern } from '../path.ts'
import { broken, denied, expiredBeforeUse, unknown, unusable } from '../response-pattern.ts'
import { otherBytes, statusOf } from './answer.ts'
import { notBegun } from './resumable.ts'

/** Verbs whose answer is a list, which is empty when row security filters every row out. */
const lists = ['list', 'list_buckets', 'remove', 'sign_many']

/**
 * Response patterns of Storage, of PostgreSQL behind it and of the gateway in front of it. The HTTP status is 400 for nearly
 * every refusal, and the status that counts is a text in the body (storage-error.ts); `code` is there since July 2026. A pattern
 * matches the message, with that status and the code beside it.
 */
export const storageResponses: readonly ResponsePattern[] = [
  expiredBeforeUse,
  unknown('no-answer', 'no answer came', (answer) => answer.status === 0),
  unknown('rate-limited', 'the target limits the rate of requests', (answer) => statusOf(answer) === 429),
  unknown('redirected', 'the answer is a redirect', (answer) => answer.status >= 300 && answer.status < 400),
  unusable(
    'upload-not-begun',
    'the actor that `begun_by` names could not begin the upload',
    ({ status, details }) => status < 500 && details?.startsWith(notBegun) === true,
  ),
  unknown(
    'other-bytes',
    "the bytes that came are not the fixture's",
    (answer) => answer.status < 300 && answer.details === otherBytes,
  ),
  unknown('no-json', 'the body is no JSON', (answer) => answer.status < 300 && answer.failure === 'not-json'),

  // A policy that refers to itself is code DatabaseInvalidObjectDefinition with status 503 (database/errors.ts).
  broken(
    'policy-recursion',
    recursivePolicy,
    (answer) =>
      answer.code === 'DatabaseInvalidObjectDefinition' || messageMatches(answer, /^infinite recursion detected in /),
  ),
  broken('endless-recursion', endlessRecursion, (answer) => messageMatches(answer, /^stack depth limit exceeded$/)),
  // The messages of 42703, 42883 and 42P01 (PostgreSQL, parse_relation.c and parse_func.c).
  broken(
    'schema-mismatch',
    'a policy, trigger or function names a column, function or table that does not exist',
    (answer) => answer.code === 'DatabaseSchemaMismatch' || messageMatches(answer, missingName),
  ),
  denied('unknown-role', 'unauthenticated', (answer) => messageMatches(answer, /^role ".*" does not exist$/)),
  denied('role-not-granted', 'unauthenticated', (answer) => messageMatches(answer, /^permission denied to set role/)),
  unknown('service-unavailable', 'the service or its database was not available', (answer) =>
    [503, 504, 544].includes(statusOf(answer)),
  ),
  unknown('server-error', 'the service failed', (answer) => statusOf(answer) >= 500),

  // The token of a signed URL belongs to no actor: every client that has the URL may use it until it expires.
  denied('signed-url-expired', 'limit', isExpiredUrl),
  unusable(
    'signed-url-refused',
    'the service refused the URL that it had signed itself',
    (answer) =>
      usesSignedUrl(answer) &&
      (refusesToken(answer) || messageMatches(answer, /^(Invalid signature$|Token is not scoped )/)),
  ),
  denied('token-refused', 'unauthenticated', refusesToken),
  denied('no-authorization', 'unauthenticated', (answer) =>
    messageMatches(answer, /headers must have required property 'authorization'/),
  ),

  denied('policy-check', 'rls', (answer) => messageMatches(answer, /^new row violates row-level security policy\b/)),
  // The object is there, and DELETE … RETURNING gave no row back (deleteObject.ts, since May 2026).
  denied('delete-refused', 'rls', (answer) => messageMatches(answer, /^Access denied$/)),
  // These refuse every caller alike, and say nothing about rights.
  unusable(
    'feature-off',
    'the project has not switched this on: image transformations, or the S3 endpoint',
    (answer) => answer.code === 'FeatureNotEnabled' || messageMatches(answer, /^feature not enabled for this tenant$/),
  ),
  unusable(
    's3-signature-refused',
    'the S3 endpoint does not know the project by its ref and its legacy anon key',
    (answer) =>
      answer.code === 'SignatureDoesNotMatch' ||
      messageMatches(answer, /^(?:Invalid (?:Access Key|Region|Service)|Missing tenant anon key|Missing signature)$/),
  ),
  denied('missing-grant', 'grant', (answer) => messageMatches(answer, deniedByPrivilege)),
  denied('role-refused', 'grant', (answer) => messageMatches(answer, /^Access denied: Invalid role$/)),

  denied(
    'already-exists',
    'constraint',
    (answer) => statusOf(answer) === 409 && messageMatches(answer, /already exists$/),
  ),
  denied(
    'bucket-not-empty',
    'constraint',
    (answer) => statusOf(answer) === 409 && messageMatches(answer, /you tried to delete is not empty$/),
  ),
  // The offset that the caller asked for was taken by another request, and an upload is gone once it is discarded.
  unknown('upload-moved-on', 'the upload was changed meanwhile', (answer) =>
    messageMatches(answer, /^Upload-Offset conflict$/),
  ),
  unusable('upload-gone', 'the upload is not there', (answer) =>
    messageMatches(answer, /^The file for this url was not found$/),
  ),
  denied('constraint', 'constraint', (answer) => statusOf(answer) === 409),

  denied('too-large', 'limit', (answer) => statusOf(answer) === 413),
  denied('type-not-allowed', 'limit', (answer) => statusOf(answer) === 415),
  denied(
    'invalid-name',
    'limit',
    (answer) =>
      ['InvalidKey', 'InvalidBucketName', 'KeyTooLongError'].includes(answer.code ?? '') ||
      statusOf(answer) === 414 ||
      messageMatches(answer, /^(Invalid key\b|Bucket name invalid)/),
  ),

  denied(
    'object-not-found',
    'filtered',
    (answer) =>
      statusOf(answer) === 404 &&
      messageMatches(answer, /^(Object not found|The resource was not found|Either the object does not)/),
  ),
  // The public route answers `Bucket not found` for every bucket that is not public. It evaluates no policy and refuses every
  // caller alike.
  denied('not-public', 'hidden', (answer, verb) => verb === 'public' && bucketNotFound(answer)),
  denied('bucket-not-found', 'filtered', bucketNotFound),
  denied(
    'no-objects',
    'filtered',
    (answer, verb) => lists.includes(verb) && answer.status === 200 && answer.rows?.length === 0,
  ),
  // Refused by HEAD without a word, where the same caller may have the particulars by GET.
  denied(
    'head-refused',
    'filtered',
    (answer, verb) => verb === 'exists' && [400, 404].includes(answer.status) && answer.message === null,
  ),

  // The project's own triggers and functions refuse with an SQLSTATE of their own, or with 42501 and a sentence.
  denied(
    'raised-insufficient-privilege',
    'application',
    (answer) => statusOf(answer) === 403 && (answer.code === 'AccessDenied' || fromService(answer)),
  ),

  denied('api-key-refused', 'unauthenticated', (answer) => answer.status === 401 && !isPage(answer)),
  unusable('no-such-bucket', 'the bucket is not there', (answer) =>
    messageMatches(answer, /related resource does not exist/i),
  ),
  unusable(
    'malformed-request',
    'the request is malformed',
    (answer) => answer.status >= 400 && fromService(answer) && [400, 422].includes(statusOf(answer)),
  ),
  unusable('no-such-route', 'the target has no such route: no Storage, or an older one', (answer) =>
    [404, 405].includes(statusOf(answer)),
  ),
  unusable('refused-without-code', 'the answer names no reason', (answer) => answer.status >= 400),
  { name: 'done', matches: (answer) => answer.status >= 200 && answer.status < 300, means: { kind: 'done' } },
]

const missingName = /^(column|function|operator|relation|type) .+ does not exist$/

/** Sentences of jose, and of jsonwebtoken before it. */
const tokenErrors = new RegExp(
  [
    '^signature verification failed$',
    '^"[a-z]+" claim ',
    '^(Invalid|invalid) (Compact JWS|JWT|token|signature|algorithm)',
    '^(JWS|JWT|jwt) ',
    '^Unsupported "alg" value',
    '^"alg" \\(Algorithm\\) Header Parameter',
    '^no applicable key found',
    '^Invalid Token or Protected Header',
  ].join('|'),
)

/** The kinds of things that PostgreSQL names (aclchk.c, aclcheck_error). */
const deniedByPrivilege =
  /^(permission denied for (table|column|view|relation|sequence|schema|database|function|procedure|type) |must be owner of )/

function refusesToken(answer: Answer): boolean {
  return (
    answer.code === 'InvalidJWT' || ([400, 401, 403].includes(statusOf(answer)) && messageMatches(answer, tokenErrors))
  )
}

function bucketNotFound(answer: Answer): boolean {
  return statusOf(answer) === 404 && (answer.code === 'NoSuchBucket' || messageMatches(answer, /^Bucket not found$/))
}

/** @returns true when the service refused a URL that it had signed because its time is over. */
export function isExpiredUrl(answer: Answer): boolean {
  return usesSignedUrl(answer) && messageMatches(answer, /^"exp" claim/)
}

function usesSignedUrl({ request }: Answer): boolean {
  return /[?&]token=/.test(request.path)
}

/** A refusal of Storage has its status in the body; that of a gateway does not. */
function fromService({ details }: Answer): boolean {
  return details !== null
}

function isPage({ headers }: Answer): boolean {
  return /\bhtml\b/i.test(headers['content-type'] ?? '')
}

function messageMatches({ status, message }: Answer, pattern: RegExp): boolean {
  return status >= 400 && pattern.test(message ?? '')
}
