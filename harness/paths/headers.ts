/**
 * Headers that differ between answers with the same content: clocks, timings, ids of requests and of machines, rate counters, and
 * headers that follow from the bytes of a body, which is compared itself. The names are those of Cloudflare, Kong, Envoy,
 * CloudFront and the tracing standards, which are in front of a hosted or a local project.
 */
const volatile: ReadonlySet<string> = new Set([
  'age',
  'alt-svc',
  'connection',
  'content-encoding',
  'content-length',
  'date',
  'etag',
  'expires',
  'keep-alive',
  'last-modified',
  'nel',
  'report-to',
  'request-id',
  'server',
  'server-timing',
  'traceparent',
  'tracestate',
  'transfer-encoding',
  'via',
  'x-correlation-id',
  'x-request-id',
  'x-runtime',
])

/** Families of such headers, by how their names begin. */
const volatileFamily =
  /^(?:cf-|ratelimit|sb-gateway|sb-request|x-(?:amz-|b3-|cache|deno-|envoy-|kong-|ratelimit|served-by|timer|trace|vercel-))/

/** Cookies by which a content delivery network recognises a connection. */
const networkCookie = /^(?:__cf_bm|_cfuvid|__cflb|AWSALB\w*)=/

/** @returns every header of an answer that may reveal something about it, a project's own among them; lower-case names. */
export function stableHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name, value]) => !isVolatile(name, value)))
}

function isVolatile(name: string, value: string): boolean {
  if (name === 'set-cookie') return networkCookie.test(value)
  return volatile.has(name) || volatileFamily.test(name)
}
