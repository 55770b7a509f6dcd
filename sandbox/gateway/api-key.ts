import type { IncomingMessage } from 'node:http'
import type { SandboxKeys } from '../keys.ts'
import { type GatewayAnswer, INVALID_API_KEY, NO_API_KEY, SECRET_KEY_IN_BROWSER } from './answers.ts'

/** A request whose API key is one of the sandbox's. */
export interface Admission {
  /** Whether the key is a secret or service-role key. */
  privileged: boolean
  /** The `Authorization` header for the service behind the gateway. */
  authorization: string
}

/**
 * Checks a request's API key as the hosted gateway does, and decides on the `Authorization` header for the service: a user's
 * token is kept, and so is any other value that is not the key itself; a missing one and a repeated opaque key are replaced by
 * a token of the role that the key stands for.
 *
 * @param fromQuery the `apikey` URL parameter, decoded
 */
export function admit(
  request: IncomingMessage,
  fromQuery: string | undefined,
  keys: SandboxKeys,
): Admission | GatewayAnswer {
  const key = keyOf(request, fromQuery)
  if (key === undefined || key === '') return NO_API_KEY
  const opaque = key === keys.publishableKey || key === keys.secretKey
  const privileged = key === keys.secretKey || key === keys.serviceRoleKey
  if (!opaque && !privileged && key !== keys.anonKey) return INVALID_API_KEY
  // The platform refuses by the User-Agent header, and only the new keys.
  if (key === keys.secretKey && /mozilla/i.test(request.headers['user-agent'] ?? '')) return SECRET_KEY_IN_BROWSER
  const given = request.headers.authorization
  const replaced = given === undefined || (opaque && given.replace(/^bearer\s+/i, '') === key)
  const token = privileged ? keys.serviceRoleKey : keys.anonKey
  return { privileged, authorization: replaced ? `Bearer ${token}` : given }
}

/**
 * The `Authorization` header for a service that needs no API key: the request's own, else the token of its API key. An opaque
 * key as a bearer token counts as missing. An unknown key is passed on, and the service refuses it as a token.
 *
 * @param fromQuery the `apikey` URL parameter, decoded
 * @returns undefined if the request has neither
 */
export function authorizationOf(
  request: IncomingMessage,
  fromQuery: string | undefined,
  keys: SandboxKeys,
): string | undefined {
  const given = request.headers.authorization
  if (given !== undefined && !/^bearer sb_/i.test(given)) return given
  const key = keyOf(request, fromQuery)
  if (key === keys.secretKey) return `Bearer ${keys.serviceRoleKey}`
  if (key === keys.publishableKey) return `Bearer ${keys.anonKey}`
  return key ?? given
}

function keyOf(request: IncomingMessage, fromQuery: string | undefined): string | undefined {
  const header = request.headers.apikey
  return (Array.isArray(header) ? header[0] : header) ?? fromQuery
}

/** The token of the role that an opaque key stands for; any other value is returned unchanged. */
export function asToken(key: string | undefined, keys: SandboxKeys): string | undefined {
  if (key === keys.publishableKey) return keys.anonKey
  return key === keys.secretKey ? keys.serviceRoleKey : key
}
