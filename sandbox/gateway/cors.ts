import type { IncomingMessage } from 'node:http'

/** The response headers that a browser's script may read. */
const EXPOSED = [
  'content-range',
  'content-location',
  'content-profile',
  'location',
  'preference-applied',
  'proxy-status',
  'range-unit',
  'sb-error-code',
  'x-sb-error-code',
  'x-supabase-api-version',
  'x-total-count',
  'link',
].join(', ')

/** The headers that supabase-js sends; requested ones are allowed as well, as on the platform. */
const ALLOWED =
  'authorization, apikey, content-type, prefer, range, range-unit, accept-profile, content-profile, x-client-info, ' +
  'x-supabase-api-version, x-upsert, x-retry-count'

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

/** The headers of every answer, as a flat list of names and values. */
export const CORS_HEADERS: readonly string[] = [
  'access-control-allow-origin',
  '*',
  'access-control-expose-headers',
  EXPOSED,
]

/** Whether the request is a browser's preflight request. It carries no API key. */
export function isPreflight(request: IncomingMessage): boolean {
  return request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined
}

/** The headers of the answer to a preflight request. */
export function preflightHeaders(request: IncomingMessage): string[] {
  const asked = request.headers['access-control-request-headers']
  return [
    ...CORS_HEADERS,
    'access-control-allow-methods',
    METHODS,
    'access-control-allow-headers',
    asked === undefined ? ALLOWED : `${ALLOWED}, ${asked}`,
    'access-control-max-age',
    '3600',
    'content-length',
    '0',
  ]
}
