import type { IncomingMessage } from 'node:http'
import type { JWTPayload } from 'jose'
import type pg from 'pg'
import type { z } from 'zod'
import { readJson } from './body.ts'
import type { Call, Service } from './call.ts'
import { type Caller, Database } from './database.ts'
import { accessDenied, malformed } from './errors.ts'
import { type S3Credential, sessionTokenOf } from './s3-signature.ts'

/**
 * The tokens that a route accepts. `signed`: the session token of a request that is signed as S3 wants it; `user`: a valid one, and the header is required; `lenient`: any, and an invalid or missing
 * one makes the caller anonymous; `headerless`: a valid one, with another error if the header is missing; `service`: that of
 * the service role; `nobody`: the token is not read, and the service's rights are used.
 */
type Admission = 'signed' | 'user' | 'lenient' | 'headerless' | 'service' | 'nobody'

/** One route. */
export interface Route<Body = undefined> {
  /** The result of `storage.operation()` in policies. */
  operation: string
  admission: Admission
  body?: z.ZodType<Body>
  answer: (call: Call<Body>) => Promise<Response>
}

/** The parts of one Storage. */
export interface Parts extends Service {
  pool: pg.Pool
  /** The service role, with its legacy key. */
  service: Caller
  s3: S3Credential
}

/** The parts of the path that a route names, decoded. */
export interface PathParts {
  bucket: string
  name: string
}

/**
 * Answers one request. As in Storage the shape of the request is checked before the token.
 *
 * @throws StorageError
 */
export async function serve<Body>(
  parts: Parts,
  route: Route<Body>,
  incoming: IncomingMessage,
  path: PathParts,
): Promise<Response> {
  const url = incoming.url ?? '/'
  const mark = url.indexOf('?')
  const body = route.body === undefined ? undefined : await readJson(incoming, route.body)
  const identity = await identify(parts, route.admission, incoming)
  const database = new Database(parts.pool, parts.service, identity.caller, {
    method: incoming.method ?? 'GET',
    path: url,
    headers: JSON.stringify(incoming.headers),
    operation: route.operation,
    attempt: attemptOf(incoming),
  })
  return await route.answer({
    files: parts.files,
    tokens: parts.tokens,
    fileSizeLimit: parts.fileSizeLimit,
    database,
    incoming,
    path: mark === -1 ? url : url.slice(0, mark),
    // A route without a body ignores the parameter.
    body: body as Body,
    query: new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1)),
    ...path,
    authenticated: identity.authenticated,
    owner: identity.owner,
  })
}

function attemptOf({ headers }: IncomingMessage): string | undefined {
  const attempt = headers['x-trespass-attempt']
  return typeof attempt === 'string' ? attempt : undefined
}

interface Identity {
  caller: Caller
  authenticated: boolean
  owner: string | undefined
}

async function identify(parts: Parts, admission: Admission, incoming: IncomingMessage): Promise<Identity> {
  const { headers } = incoming
  if (admission === 'nobody') return { caller: parts.service, authenticated: false, owner: undefined }
  if (admission === 'signed') {
    const signed = sessionTokenOf(incoming, `/storage/v1${incoming.url ?? ''}`, parts.s3)
    const payload = await parts.tokens.verify(signed)
    return { caller: callerOf(payload, signed), authenticated: true, owner: payload.sub }
  }
  const mayBeMissing = admission === 'lenient' || admission === 'headerless'
  if (headers.authorization === undefined && !mayBeMissing) {
    throw malformed("headers must have required property 'authorization'")
  }
  const token = (headers.authorization ?? '').replace(/^Bearer\s+/i, '')
  try {
    const payload = await parts.tokens.verify(token)
    const caller = callerOf(payload, token)
    if (admission === 'service' && caller.role !== parts.service.role) {
      throw accessDenied('Access denied: Invalid role', 403)
    }
    return { caller, authenticated: true, owner: payload.sub }
  } catch (error) {
    if (admission !== 'lenient') throw error
    const caller = { role: 'anon', sub: '', claims: '{"role":"anon"}', token }
    return { caller, authenticated: false, owner: undefined }
  }
}

/** The caller of a verified token. */
export function callerOf(payload: JWTPayload, token: string): Caller {
  const role = typeof payload.role === 'string' && payload.role !== '' ? payload.role : 'anon'
  return { role, sub: payload.sub ?? '', claims: JSON.stringify(payload), token }
}
