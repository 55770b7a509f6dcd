import WebSocket from 'ws'
import { z } from 'zod'
import { reasonOf } from '../answer-body.ts'
import type { Endpoint } from '../model/session.ts'
import { exposedSchemas } from '../witness/data-api/description.ts'
import type { AuthSettings, Service } from './model.ts'
import { describeTrouble, type Reply, request, requestTimeoutMs } from './request.ts'

const healthSchema = z.object({ version: z.string() })
const settingsSchema = z.object({
  external: z.object({ anonymous_users: z.boolean().default(false), email: z.boolean().default(false) }),
  disable_signup: z.boolean(),
  mailer_autoconfirm: z.boolean(),
})
const jwksSchema = z.object({ keys: z.array(z.object({ alg: z.string().optional(), kty: z.string() })) })
const refusalSchema = z.object({ message: z.string(), hint: z.string().nullish() })

/** Reads Auth's health: whether it accepts the publishable key, its version, and the time. */
export async function probeAuth({ url, publishableKey }: Endpoint): Promise<{
  readonly service: Service
  readonly reply: Reply
  /** Seconds; null without a `Date` header. */
  readonly clockAhead: number | null
}> {
  const reply = await request(url, '/auth/v1/health', { apikey: publishableKey })
  const health = healthSchema.safeParse(reply.json)
  const date = Date.parse(reply.headers.get('date') ?? '')
  // The header has whole seconds: on average it is half of one behind.
  const clockAhead = Number.isNaN(date) ? null : Math.round((date + 500 - reply.at) / 1000)
  const service = serviceOf(reply, health.success && health.data.version !== '' ? health.data.version : null)
  return { service, reply, clockAhead }
}

/** Auth's public settings (supabase/auth `internal/api/settings.go`); null when it does not publish them. */
export async function probeAuthSettings({ url, publishableKey }: Endpoint): Promise<AuthSettings | null> {
  const { json } = await request(url, '/auth/v1/settings', { apikey: publishableKey })
  const parsed = settingsSchema.safeParse(json)
  if (!parsed.success) return null
  const { external, disable_signup, mailer_autoconfirm } = parsed.data
  return {
    anonymousSignIns: external.anonymous_users,
    signUps: !disable_signup,
    passwords: external.email,
    confirmsMail: !mailer_autoconfirm,
  }
}

/** The algorithms of the published keys. A shared secret is not published. */
export async function probeSigningKeys({ url, publishableKey }: Endpoint): Promise<readonly string[] | null> {
  const { json } = await request(url, '/auth/v1/.well-known/jwks.json', { apikey: publishableKey })
  const parsed = jwksSchema.safeParse(json)
  return parsed.success ? parsed.data.keys.map(({ alg, kty }) => alg ?? kty) : null
}

/** Requests a schema that no project has from the Data API: the response lists those that are exposed. */
export async function probeDataApi({ url, publishableKey }: Endpoint): Promise<{
  readonly service: Service
  readonly schemas: readonly string[] | null
}> {
  const headers = { apikey: publishableKey, 'accept-profile': 'trespass_no_such_schema' }
  const reply = await request(url, '/rest/v1/trespass_no_such_table', headers)
  const refusal = refusalSchema.safeParse(reply.json)
  const schemas = refusal.success ? exposedSchemas(`${refusal.data.message}\n${refusal.data.hint ?? ''}`) : []
  const version = /^postgrest\/(\S+)/i.exec(reply.headers.get('server') ?? '')?.[1] ?? null
  const service: Service = schemas.length > 0 ? { state: 'answers', version } : serviceOf(reply, version)
  return { service, schemas: schemas.length > 0 ? schemas : null }
}

/** Storage publishes its version; if it does not, the list of buckets that the key may see is requested. */
export async function probeStorage({ url, publishableKey }: Endpoint): Promise<Service> {
  const headers = { apikey: publishableKey, authorization: `Bearer ${publishableKey}` }
  const version = await request(url, '/storage/v1/version', headers)
  if (version.status === 200 && /^v?\d+\.\d+[\w.-]*$/.test(version.text.trim())) {
    return { state: 'answers', version: version.text.trim() }
  }
  return serviceOf(await request(url, '/storage/v1/bucket', headers), null)
}

/** Opens a socket as a client does, and closes it again; no channel is joined. */
export function probeRealtime({ url, publishableKey }: Endpoint): Promise<Service> {
  const address = new URL('/realtime/v1/websocket', url)
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  address.search = new URLSearchParams({ apikey: publishableKey, vsn: '1.0.0' }).toString()
  return new Promise((resolve) => {
    const socket = new WebSocket(address, { handshakeTimeout: requestTimeoutMs, followRedirects: false })
    const told = (service: Service) => {
      resolve(service)
      socket.terminate()
    }
    socket.once('open', () => told({ state: 'answers', version: null }))
    socket.once('unexpected-response', (_, { statusCode = 0 }) =>
      told(statusCode === 404 ? { state: 'absent' } : { state: 'silent', why: `answered with status ${statusCode}` }),
    )
    // Closing the socket early raises an error too, after which no further result counts.
    socket.on('error', (error) => told({ state: 'silent', why: `did not answer (${reasonOf(error)})` }))
  })
}

function serviceOf(reply: Reply, version: string | null): Service {
  if (reply.status === 200) return { state: 'answers', version }
  return reply.status === 404 ? { state: 'absent' } : { state: 'silent', why: describeTrouble(reply) }
}
