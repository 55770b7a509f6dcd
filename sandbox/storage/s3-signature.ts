import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { accessDenied, StorageError } from './errors.ts'

/** The credential of a session at the S3 endpoint: the project's ref, and its legacy anon key as the secret. */
export interface S3Credential {
  accessKey: string
  secret: string
}

/** Headers that a signature never covers, although a client may name them (`protocols/s3/signature-v4.ts`). */
const UNSIGNABLE = new Set(['authorization', 'connection', 'expect', 'keep-alive', 'te', 'trailer', 'user-agent'])

const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/

/**
 * Verifies the signature of a request (AWS Signature Version 4, in the header) and returns the session token. Access keys are not
 * served: they bypass row security, so that nothing of an authorization could be tried with them.
 *
 * @param path the path and query as the client sent them
 * @throws StorageError 403 `AccessDenied` or `SignatureDoesNotMatch`, 400 `InvalidSignature`
 */
export function sessionTokenOf(incoming: IncomingMessage, path: string, { accessKey, secret }: S3Credential): string {
  const { authorization = '' } = incoming.headers
  if (!authorization.startsWith('AWS4-HMAC-SHA256 ')) throw accessDenied('Missing signature')
  const [, credential = '', names = '', signature = ''] = AUTHORIZATION.exec(authorization) ?? []
  const date = headerOf(incoming, 'x-amz-date')
  if (credential === '' || date === undefined) throw invalidSignature('Invalid signature format')
  const [key, day, region, service, ...rest] = credential.split('/')
  if (day === undefined || region === undefined || rest.length !== 1) throw invalidSignature('Invalid credentials')
  const token = headerOf(incoming, 'x-amz-security-token')
  if (token === undefined || key !== accessKey) throw accessDenied('Invalid Access Key')
  if (service !== 's3') throw accessDenied('Invalid Service')
  const expected = signatureOf(incoming, path, names.split(';'), { secret, date, day, region })
  const isEqual = expected.length === signature.length && timingSafeEqual(Buffer.from(expected), Buffer.from(signature))
  if (isEqual) return token
  const message =
    'The request signature we calculated does not match the signature you provided, Check your credentials. The session token should be a valid JWT token'
  throw new StorageError(403, 'SignatureDoesNotMatch', message)
}

function signatureOf(
  incoming: IncomingMessage,
  url: string,
  names: readonly string[],
  { secret, date, day, region }: { secret: string; date: string; day: string; region: string },
): string {
  const [path = '', query = ''] = url.split('?')
  const headers = names
    .filter((name) => incoming.headers[name] !== undefined && !UNSIGNABLE.has(name))
    .toSorted()
    .map((name) => `${name}:${headerOf(incoming, name)}\n`)
    .join('')
  const signed = names.toSorted().join(';')
  const payload = headerOf(incoming, 'x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD'
  const method = incoming.method ?? 'GET'
  const canonical = [method, path, canonicalQuery(query), headers, signed, payload].join('\n')
  const scope = `${day}/${region}/s3/aws4_request`
  const digest = createHash('sha256').update(canonical).digest('hex')
  const signingKey = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`)
  return hmac(signingKey, ['AWS4-HMAC-SHA256', date, scope, digest].join('\n')).toString('hex')
}

function canonicalQuery(query: string): string {
  return [...new URLSearchParams(query)]
    .map(([name, value]) => [encoded(name), encoded(value)] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** RFC 3986, which leaves fewer characters plain than `encodeURIComponent`. */
function encoded(text: string): string {
  const hex = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(text).replace(/[!'()*]/g, hex)
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

function invalidSignature(message: string): StorageError {
  return new StorageError(400, 'InvalidSignature', message)
}
