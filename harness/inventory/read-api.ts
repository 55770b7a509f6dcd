import { z } from 'zod'
import { bodyOf } from '../answer-body.ts'
import { withBackoff } from '../limits/backoff.ts'
import type { Target } from '../model/target.ts'
import { exposedSchemas } from '../witness/data-api/description.ts'
import { type ApiRole, type Bucket, commands, type InventoryFunction, type InventoryRelation } from './model.ts'

/** Milliseconds for one request. */
const requestTimeoutMs = 10_000
/** Milliseconds that one request may wait in all where the target limits the rate of requests. */
const longestWait = 60_000

export interface Reply {
  /** Null when nothing came back. */
  readonly status: number | null
  readonly headers: Headers
  readonly json: unknown
}

const refusal = z.object({ message: z.string(), hint: z.string().nullish() })
const settings = z.object({ external: z.object({ anonymous_users: z.boolean() }) })
const document = z.object({
  paths: z.record(z.string(), z.unknown()),
  definitions: z
    .record(z.string(), z.object({ properties: z.record(z.string(), z.unknown()).default({}) }))
    .default({}),
})
const bucketList = z.array(
  z.object({
    id: z.string(),
    public: z.boolean(),
    file_size_limit: z.number().nullish(),
    allowed_mime_types: z.array(z.string()).nullish(),
  }),
)

/** Facts that the services publish to the publishable key. */
export interface ServiceFacts {
  /** The schemas that the Data API exposes; null when it does not list them. */
  readonly schemas: readonly string[] | null
  /** From 13 on, PostgREST looks a table up in its cache, which holds no partitions (SchemaCache.hs, CHANGELOG 13.0.0). */
  readonly servesPartitions: boolean
  readonly anonymousSignIns: boolean | null
}

/** Requests a schema that no project has from the Data API, whose response lists those that it exposes; and Auth's settings. */
export async function readServiceFacts({ endpoint: { url, publishableKey } }: Target): Promise<ServiceFacts> {
  const [refused, told] = await Promise.all([
    requestByKey(url, '/rest/v1/trespass_no_such_table', publishableKey, {
      'accept-profile': 'trespass_no_such_schema',
    }),
    requestByKey(url, '/auth/v1/settings', publishableKey),
  ])
  const parsed = refusal.safeParse(refused.json)
  const schemas = parsed.success ? exposedSchemas(`${parsed.data.message}\n${parsed.data.hint ?? ''}`) : []
  const auth = settings.safeParse(told.json)
  return {
    schemas: schemas.length === 0 ? null : schemas,
    // Its errors carry this header since 13.
    servesPartitions: refused.headers.get('proxy-status') === null,
    anonymousSignIns: auth.success ? auth.data.external.anonymous_users : null,
  }
}

const authSwitches = z.object({
  external: z.object({ anonymous_users: z.boolean().optional(), email: z.boolean().optional() }),
  disable_signup: z.boolean().optional(),
  mailer_autoconfirm: z.boolean().optional(),
})

/** Auth's public settings (supabase/auth `internal/api/settings.go`); null for one that it does not publish. */
export interface AuthSwitches {
  readonly signUps: boolean | null
  readonly anonymousSignIns: boolean | null
  readonly passwords: boolean | null
  readonly confirmsAddresses: boolean | null
}

/** Reads Auth's public settings with the publishable key; null where Auth does not publish them. */
export async function readAuthSwitches({
  endpoint: { url, publishableKey },
}: Pick<Target, 'endpoint'>): Promise<AuthSwitches | null> {
  const { success, data } = authSwitches.safeParse((await requestByKey(url, '/auth/v1/settings', publishableKey)).json)
  if (!success) return null
  const not = (value: boolean | undefined) => (value === undefined ? null : !value)
  return {
    signUps: not(data.disable_signup),
    anonymousSignIns: data.external.anonymous_users ?? null,
    passwords: data.external.email ?? null,
    confirmsAddresses: not(data.mailer_autoconfirm),
  }
}

/** The Data API's description of a project. */
export interface Described {
  readonly relations: readonly InventoryRelation[]
  readonly functions: readonly InventoryFunction[]
  readonly buckets: readonly Bucket[] | null
  /** Sentences about objects that it does not describe. */
  readonly limits: readonly string[]
}

/** Reads the Data API's description of itself with each key that there is, and the list of buckets. Nothing is written. */
export async function readDescription(
  { endpoint, privileged }: Pick<Target, 'endpoint' | 'privileged'>,
  schemas: readonly string[],
): Promise<Described> {
  const { url, publishableKey } = endpoint
  const keys: readonly (readonly [ApiRole, string])[] = [
    ['anon', publishableKey],
    ...(privileged === null ? [] : [['service_role', privileged.secretKey] as const]),
  ]
  const limits: string[] = []
  const relations = new Map<string, InventoryRelation>()
  const functions = new Map<string, InventoryFunction>()
  for (const [role, key] of keys) {
    for (const schema of schemas) {
      const reply = await requestByKey(url, '/rest/v1/', key, {
        accept: 'application/openapi+json',
        'accept-profile': schema,
      })
      const parsed = document.safeParse(reply.json)
      if (!parsed.success) {
        limits.push(`the Data API does not describe the schema ${schema} to ${role}`)
        continue
      }
      for (const name of namesIn(parsed.data.paths, /^\/([^/]+)$/)) {
        const columns = Object.keys(parsed.data.definitions[name]?.properties ?? {})
        const known = relations.get(`${schema}.${name}`) ?? describedRelation(schema, name, columns)
        relations.set(`${schema}.${name}`, { ...known, shownTo: [...(known.shownTo ?? []), role] })
      }
      for (const name of namesIn(parsed.data.paths, /^\/rpc\/([^/]+)$/)) {
        const known = functions.get(`${schema}.${name}`) ?? describedFunction(schema, name)
        functions.set(`${schema}.${name}`, { ...known, execute: [...known.execute, role] })
      }
    }
  }
  const buckets = privileged === null ? null : await readBuckets(url, privileged.secretKey)
  if (privileged === null) limits.push('without a secret key only what anon is shown is listed, and no bucket')
  else if (buckets === null) limits.push('Storage does not list its buckets')
  return { relations: [...relations.values()], functions: [...functions.values()], buckets, limits }
}

async function readBuckets(url: string, key: string): Promise<readonly Bucket[] | null> {
  const parsed = bucketList.safeParse((await requestByKey(url, '/storage/v1/bucket', key)).json)
  if (!parsed.success) return null
  const buckets = parsed.data.map((one) => ({
    id: one.id,
    public: one.public,
    fileSizeLimit: one.file_size_limit ?? null,
    allowedMimeTypes: one.allowed_mime_types ?? null,
  }))
  return buckets.sort((one, other) => (one.id < other.id ? -1 : 1))
}

function namesIn(paths: Readonly<Record<string, unknown>>, form: RegExp): string[] {
  return Object.keys(paths).flatMap((path) => form.exec(path)?.[1] ?? [])
}

function describedRelation(schema: string, name: string, columns: readonly string[]): InventoryRelation {
  return {
    ...{ schema, name, columns, kind: 'table or view', exposed: true, owner: '', rowSecurity: 'off' },
    ...{ extension: null, partitionOf: null, inherits: [], invoker: false, barrier: false, reads: [] },
    ...{ possible: commands, shownTo: [], privileges: {}, columnPrivileges: [], policies: [] },
  }
}

function describedFunction(schema: string, name: string): InventoryFunction {
  return {
    ...{ schema, name, arguments: '', returns: '', owner: '', definer: false, searchPath: null },
    ...{ volatility: 'volatile', extension: null, uncallable: null, execute: [], publicExecute: false },
  }
}

/** Sends GET with a key. Waits where the target limits the rate of requests: the reachable objects do not depend on the time. */
export async function requestByKey(
  url: string,
  path: string,
  key: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const { answer } = await withBackoff(() => getNow(url, path, key, headers), {
    retryAfterOf: (reply) => (reply.status === 429 ? reply.headers.get('retry-after') : undefined),
    longestMs: longestWait,
  })
  return answer
}

/** Redirects are not followed: a key goes to the target's own host only. */
async function getNow(
  url: string,
  path: string,
  key: string,
  headers: Readonly<Record<string, string>>,
): Promise<Reply> {
  try {
    // The gateway makes a token of an opaque key; a legacy key is one itself.
    const credentials = { apikey: key, authorization: `Bearer ${key}` }
    const signal = AbortSignal.timeout(requestTimeoutMs)
    const response = await fetch(new URL(path, url), {
      headers: { ...credentials, ...headers },
      redirect: 'manual',
      signal,
    })
    const text = Buffer.from((await bodyOf(response)) ?? []).toString()
    return { status: response.status, headers: response.headers, json: parsed(text) }
  } catch {
    return { status: null, headers: new Headers(), json: null }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
