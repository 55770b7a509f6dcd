import { describe, expect, it } from 'vitest'
import { answerWith } from '../../../test/support/example-answers.ts'
import type { Layer } from '../../model/verdict.ts'
import type { Answer } from '../path.ts'
import { otherBytes } from './answer.ts'
import { storageResponses } from './responses.ts'

type Means = Layer | 'unusable' | 'broken' | 'unknown' | 'done'
type Line = readonly [
  name: string,
  verb: string,
  answer: Pick<Answer, 'status'> & Partial<Answer>,
  face: string,
  means: Means,
]

function check(lines: readonly Line[]): void {
  it.each(lines)('%s', (_, verb, answer, name, means) => {
    const face = storageResponses.find((candidate) => candidate.matches(answerWith(answer), verb))
    expect(face?.name).toBe(name)
    expect(face?.means.kind === 'denied' ? face.means.layer : face?.means.kind).toBe(means)
  })
}

/** A refusal as Storage words it. */
function refused(status: number, error: string, message: string, code: string | null = null) {
  return { status: 400, details: `${status} ${error}`, message, code }
}

const unauthorized = (message: string) => refused(403, 'Unauthorized', message, 'AccessDenied')
const used = { request: { method: 'GET', path: '/storage/v1/object/sign/b/a.txt?token=…', headers: {}, body: null } }

describe('a policy', () => {
  const violates = 'new row violates row-level security policy'
  check([
    ['check', 'upload', unauthorized(violates), 'policy-check', 'rls'],
    ['check with a table', 'upload', unauthorized(`${violates} for table "objects"`), 'policy-check', 'rls'],
    ['check, before July 2026', 'upload', refused(403, 'Unauthorized', violates), 'policy-check', 'rls'],
    ['delete of what is there', 'delete', unauthorized('Access denied'), 'delete-refused', 'rls'],
    [
      'hidden object',
      'download',
      refused(404, 'not_found', 'Object not found', 'NoSuchKey'),
      'object-not-found',
      'filtered',
    ],
    ['hidden object, older', 'info', refused(404, 'not_found', 'Object not found'), 'object-not-found', 'filtered'],
    [
      'hidden object, oldest',
      'sign',
      refused(404, 'Not found', 'The resource was not found'),
      'object-not-found',
      'filtered',
    ],
    [
      'hidden bucket',
      'get_bucket',
      refused(404, 'Bucket not found', 'Bucket not found', 'NoSuchBucket'),
      'bucket-not-found',
      'filtered',
    ],
    [
      'private bucket for a stranger',
      'download',
      refused(404, 'Bucket not found', 'Bucket not found'),
      'bucket-not-found',
      'filtered',
    ],
    [
      'private bucket by its URL',
      'public',
      refused(404, 'Bucket not found', 'Bucket not found'),
      'not-public',
      'hidden',
    ],
    ['empty list', 'list', { status: 200, rows: [] }, 'no-objects', 'filtered'],
    ['empty list of buckets', 'list_buckets', { status: 200, rows: [] }, 'no-objects', 'filtered'],
    ['nothing removed', 'remove', { status: 200, rows: [] }, 'no-objects', 'filtered'],
    ['nothing signed', 'sign_many', { status: 200, rows: [] }, 'no-objects', 'filtered'],
    ['HEAD without a word', 'exists', { status: 400 }, 'head-refused', 'filtered'],
    [
      'recursion',
      'upload',
      { ...refused(503, 'Database', 'infinite recursion detected in policy for relation "objects"'), status: 503 },
      'policy-recursion',
      'broken',
    ],
    [
      'functions of a policy recurse',
      'download',
      refused(500, 'Internal', 'stack depth limit exceeded'),
      'endless-recursion',
      'broken',
    ],
    [
      'a policy names a column that was renamed',
      'list',
      { status: 503, code: 'DatabaseSchemaMismatch', details: '503 x', message: 'broken' },
      'schema-mismatch',
      'broken',
    ],
    [
      'a policy calls a function that was dropped',
      'upload',
      refused(500, 'Internal', 'function public.may_upload(text) does not exist'),
      'schema-mismatch',
      'broken',
    ],
    [
      'recursion by code',
      'upload',
      { status: 503, code: 'DatabaseInvalidObjectDefinition', details: '503 x', message: 'broken' },
      'policy-recursion',
      'broken',
    ],
  ])
})

describe('a grant', () => {
  check([
    ['table', 'upload', unauthorized('permission denied for table objects'), 'missing-grant', 'grant'],
    ['function', 'list', unauthorized('permission denied for function search'), 'missing-grant', 'grant'],
    [
      'route of the secret key',
      'empty_bucket',
      { ...unauthorized('Access denied: Invalid role'), status: 403 },
      'role-refused',
      'grant',
    ],
    [
      "a project's own words",
      'upload',
      unauthorized('no uploads on Sundays'),
      'raised-insufficient-privilege',
      'application',
    ],
    [
      'direct deletion',
      'remove',
      unauthorized('Direct deletion from storage tables is not allowed. Use the Storage API instead.'),
      'raised-insufficient-privilege',
      'application',
    ],
  ])
})

describe('a credential', () => {
  check([
    ['expired', 'upload', unauthorized('"exp" claim timestamp check failed'), 'token-refused', 'unauthenticated'],
    ['forged', 'list', unauthorized('signature verification failed'), 'token-refused', 'unauthenticated'],
    ['malformed', 'list', unauthorized('Invalid Compact JWS'), 'token-refused', 'unauthenticated'],
    ['older', 'list', refused(400, 'Unauthorized', 'jwt malformed'), 'token-refused', 'unauthenticated'],
    [
      'unknown key',
      'list',
      unauthorized('no applicable key found in the JSON Web Key Set'),
      'token-refused',
      'unauthenticated',
    ],
    [
      'none at all',
      'list',
      refused(400, 'Error', "headers must have required property 'authorization'", 'InvalidRequest'),
      'no-authorization',
      'unauthenticated',
    ],
    [
      'unknown role',
      'list',
      { status: 500, details: '500 x', message: 'role "boss" does not exist' },
      'unknown-role',
      'unauthenticated',
    ],
    [
      'role not granted',
      'list',
      unauthorized('permission denied to set role "x"'),
      'role-not-granted',
      'unauthenticated',
    ],
    [
      'no API key',
      'list',
      { status: 401, message: 'No API key found in request' },
      'api-key-refused',
      'unauthenticated',
    ],
    [
      'a page that asks to sign in',
      'list',
      { status: 401, headers: { 'content-type': 'text/html' } },
      'refused-without-code',
      'unusable',
    ],
  ])
})

describe('a signed URL', () => {
  const invalid = (message: string) => ({ ...refused(400, 'InvalidJWT', message, 'InvalidJWT'), ...used })
  check([
    ['expired', 'sign', invalid('"exp" claim timestamp check failed'), 'signed-url-expired', 'limit'],
    [
      'expired before its first use',
      'sign',
      { ...invalid('"exp" claim timestamp check failed'), lapsed: true },
      'expired-before-use',
      'unknown',
    ],
    ['forged', 'sign', invalid('signature verification failed'), 'signed-url-refused', 'unusable'],
    [
      'for another object',
      'sign',
      { ...refused(400, 'InvalidSignature', 'Invalid signature', 'InvalidSignature'), ...used },
      'signed-url-refused',
      'unusable',
    ],
    ['for a download', 'sign_upload', invalid('Token is not scoped for upload'), 'signed-url-refused', 'unusable'],
    [
      'of an object that is gone',
      'sign',
      { ...refused(404, 'not_found', 'Object not found', 'NoSuchKey'), ...used },
      'object-not-found',
      'filtered',
    ],
  ])
})

describe('a limit or a constraint', () => {
  const taken = 'The resource already exists'
  check([
    [
      'too large',
      'upload',
      refused(413, 'Payload too large', 'The object exceeded the maximum allowed size', 'EntityTooLarge'),
      'too-large',
      'limit',
    ],
    ['too large for the server', 'upload', { status: 413, message: 'Payload Too Large' }, 'too-large', 'limit'],
    [
      'type',
      'upload',
      refused(415, 'invalid_mime_type', 'mime type text/html is not supported', 'InvalidMimeType'),
      'type-not-allowed',
      'limit',
    ],
    ['key', 'upload', refused(400, 'InvalidKey', 'Invalid key: ä', 'InvalidKey'), 'invalid-name', 'limit'],
    ['key, older', 'move', refused(400, 'Invalid Input', 'Invalid key: ä'), 'invalid-name', 'limit'],
    [
      'bucket name',
      'create_bucket',
      refused(400, 'Invalid Input', 'Bucket name invalid', 'InvalidBucketName'),
      'invalid-name',
      'limit',
    ],
    ['address', 'upload', { status: 414 }, 'invalid-name', 'limit'],
    ['object is there', 'upload', refused(409, 'Duplicate', taken, 'KeyAlreadyExists'), 'already-exists', 'constraint'],
    [
      'bucket is there',
      'create_bucket',
      refused(409, 'Duplicate', taken, 'ResourceAlreadyExists'),
      'already-exists',
      'constraint',
    ],
    [
      'bucket is full',
      'delete_bucket',
      refused(409, 'ResourceNotEmpty', 'The bucket you tried to delete is not empty'),
      'bucket-not-empty',
      'constraint',
    ],
    ['another', 'upload', refused(409, 'Conflict', 'locked'), 'constraint', 'constraint'],
  ])
})

describe('an unknown outcome, or a request that could not have worked', () => {
  check([
    ['no answer', 'upload', { status: 0, failure: 'network' }, 'no-answer', 'unknown'],
    ['limited', 'upload', { status: 429 }, 'rate-limited', 'unknown'],
    [
      'pool',
      'list',
      { ...refused(429, 'too_many_connections', 'Too many connections'), status: 429 },
      'rate-limited',
      'unknown',
    ],
    ['redirect', 'public', { status: 302 }, 'redirected', 'unknown'],
    ['other bytes', 'download', { status: 200, rows: [{ name: 'a' }], details: otherBytes }, 'other-bytes', 'unknown'],
    ['no JSON', 'list', { status: 200, failure: 'not-json' }, 'no-json', 'unknown'],
    ['database timeout', 'list', { status: 544, details: '544 DatabaseTimeout' }, 'service-unavailable', 'unknown'],
    ['unavailable', 'list', refused(503, 'x', 'y'), 'service-unavailable', 'unknown'],
    ['internal', 'list', { status: 500, details: '500 Internal' }, 'server-error', 'unknown'],
    ['gateway page', 'list', { status: 502 }, 'server-error', 'unknown'],
    ['no Storage', 'list', { status: 404, message: 'no Route matched with those values' }, 'no-such-route', 'unusable'],
    [
      'no such bucket',
      'copy',
      refused(404, 'Not Found', 'The related resource does not exist'),
      'no-such-bucket',
      'unusable',
    ],
    [
      'malformed',
      'sign',
      refused(400, 'Error', 'body/expiresIn must be >= 1', 'InvalidRequest'),
      'malformed-request',
      'unusable',
    ],
    ['without a word', 'upload', { status: 418 }, 'refused-without-code', 'unusable'],
  ])
})

describe('done', () => {
  check([
    ['bytes', 'download', { status: 200, rows: [{ name: 'a' }] }, 'done', 'done'],
    ['part of the bytes', 'download', { status: 206, rows: [{ name: 'a' }] }, 'done', 'done'],
    ['written', 'upload', { status: 200 }, 'done', 'done'],
    ['removed', 'remove', { status: 200, rows: [{ name: 'a' }] }, 'done', 'done'],
  ])
})
