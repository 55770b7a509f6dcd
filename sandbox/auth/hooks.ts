import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { z } from 'zod'
import type { AuthConfig } from '../config.ts'
import type { PostgresHook } from '../config-hooks.ts'
import { type Call, clientAddress } from './call.ts'
import { type Database, inTransaction, singly } from './database.ts'
import { AuthError } from './errors.ts'

/** The hooks that Auth calls, by their names in `config.toml`. */
type HookName = keyof AuthConfig['hook']

/** The names in the input of a hook (supabase/auth, `internal/hooks/v0hooks/v0hooks.go`). */
const names: Readonly<Record<HookName, string>> = {
  custom_access_token: 'customize-access-token',
  before_user_created: 'before-user-created',
  mfa_verification_attempt: 'mfa-verification',
  password_verification_attempt: 'password-verification',
}

/** Milliseconds that a hook may take inside a transaction (`internal/hooks/hookspgfunc/hookspgfunc.go`). */
const timeLimit = 2000

/** A refusal by a hook (`internal/hooks/hookserrors/hookserrors.go`). Output of another shape is no refusal. */
const refusalSchema = z.object({
  error: z.object({ http_code: z.int().nullish(), message: z.string().nullish() }),
})

const attemptSchema = z.object({ decision: z.string().nullish(), message: z.string().nullish() })
const passwordAttemptSchema = attemptSchema.extend({ should_logout_user: z.boolean().nullish() })

/** A hook's decision about an attempt to verify a password or a factor. */
export interface Decision {
  readonly rejected: boolean
  /** Empty if the hook gave none. */
  readonly message: string
  readonly logsOut: boolean
}

/**
 * Runs the hook `custom_access_token` inside the request's transaction.
 *
 * @param claims those of the token as it would be issued
 * @param method how the user proved who they are, or `token_refresh`
 * @returns the claims of the token; the given ones while the hook is not enabled
 * @throws AuthError 500 `unexpected_failure` when the hook fails or leaves a required claim out, or the hook's own error
 */
export async function customizedClaims(
  call: Call,
  userId: string,
  claims: Readonly<Record<string, unknown>>,
  method: string,
): Promise<Readonly<Record<string, unknown>>> {
  const hook = call.config.hook.custom_access_token
  if (hook === undefined) return claims
  const input = { ...metadata(call, 'custom_access_token'), user_id: userId, claims, authentication_method: method }
  const output = await limited(call.database, hook, input)
  return outputClaims(output)
}

/**
 * Runs the hook `before_user_created`, which may refuse a user that signs up or is invited. Auth calls it outside of its
 * own transaction and without a time limit.
 *
 * @param user the user as it would be inserted, in the form of an answer
 * @throws AuthError the hook's own error; 500 `unexpected_failure` when the hook fails
 */
export async function beforeUserCreated(call: Call, user: Readonly<Record<string, unknown>>): Promise<void> {
  const hook = call.config.hook.before_user_created
  if (hook === undefined) return
  const input = { ...metadata(call, 'before_user_created'), user }
  await singly(call.hookPool, (database) => invoke(database, hook, input))
}

/** Runs the hook `password_verification_attempt`. @throws AuthError as {@link beforeUserCreated} */
export async function passwordAttempt(call: Call, userId: string, valid: boolean): Promise<Decision> {
  const input = { ...metadata(call, 'password_verification_attempt'), user_id: userId, valid }
  return await decision(call, call.config.hook.password_verification_attempt, input, passwordAttemptSchema)
}

/** Runs the hook `mfa_verification_attempt`. @throws AuthError as {@link beforeUserCreated} */
export async function mfaAttempt(
  call: Call,
  userId: string,
  factor: { readonly id: string; readonly factor_type: string },
  valid: boolean,
): Promise<Decision> {
  const about = { user_id: userId, factor_id: factor.id, factor_type: factor.factor_type, valid }
  const input = { ...metadata(call, 'mfa_verification_attempt'), ...about }
  return await decision(call, call.config.hook.mfa_verification_attempt, input, attemptSchema)
}

/** Runs in its own transaction: the hook's writes are kept even if the attempt fails. */
async function decision(
  call: Call,
  hook: PostgresHook | undefined,
  input: object,
  schema: typeof attemptSchema | typeof passwordAttemptSchema,
): Promise<Decision> {
  if (hook === undefined) return { rejected: false, message: '', logsOut: false }
  const output = await inTransaction(call.hookPool, (database) => limited(database, hook, input))
  // Auth keeps its defaults if the function returned null.
  const parsed = output === null ? { data: {} } : schema.safeParse(output)
  if (parsed.data === undefined) throw unreadable()
  const { decision, message, should_logout_user: logsOut } = passwordAttemptSchema.parse(parsed.data)
  return { rejected: decision === 'reject', message: message ?? '', logsOut: logsOut ?? false }
}

function metadata(call: Call, hook: HookName) {
  const time = new Date().toISOString()
  return { metadata: { uuid: randomUUID(), time, name: names[hook], ip_address: clientAddress(call.request) } }
}

async function limited(database: Database, hook: PostgresHook, input: object): Promise<unknown> {
  return await invoke(database, hook, input, timeLimit)
}

/** @returns the value that the function returned; null for null. */
async function invoke(database: Database, hook: PostgresHook, input: object, limit?: number): Promise<unknown> {
  const sql = `select "${hook.schema}"."${hook.function}"($1)::text as output`
  const call = async () => {
    if (limit !== undefined) await database.query(`set local statement_timeout to ${limit}`)
    const rows = await database.query<{ output: string | null }>(sql, [JSON.stringify(input)])
    if (limit !== undefined) await database.query('set local statement_timeout to default')
    const [row] = rows
    if (row === undefined) throw new Error('the hook returned no row')
    return row.output
  }
  const text = await call().catch((cause: unknown) => {
    throw new AuthError(500, 'unexpected_failure', `Error running hook URI: ${hook.uri}`, { cause })
  })
  if (text === null) return null
  const output = parsedJson(text)
  const refusal = refusalSchema.safeParse(output).data?.error
  // Without a message GoTrue treats the output as no error, whatever its code.
  if (refusal?.message) throw new AuthError(refusal.http_code || 500, '', refusal.message)
  if (output === undefined) throw unreadable()
  return output
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function unreadable(): AuthError {
  return new AuthError(500, 'unexpected_failure', 'Error unmarshaling JSON output.')
}

const objectSchema = z.record(z.string(), z.unknown())

/** The claims of a hook's output, checked against the claims that Auth requires of every token. */
function outputClaims(output: unknown): Readonly<Record<string, unknown>> {
  // If the function returned null, the token has no claims.
  const parsed = objectSchema.safeParse(output ?? { claims: null })
  if (!parsed.success) throw unreadable()
  if (!Object.hasOwn(parsed.data, 'claims')) throw new AuthError(500, '', 'output claims field is missing')
  if (parsed.data.claims !== null && !objectSchema.safeParse(parsed.data.claims).success) throw unreadable()
  const claims = objectSchema.nullable().parse(parsed.data.claims)
  const faults = faultsIn(claims)
  if (claims !== null && faults.length === 0) return claims
  const listed = faults.map((fault) => `- ${fault}\n`).join('')
  throw new AuthError(500, '', `output claims do not conform to the expected schema: \n${listed}`)
}

const required = ['aud', 'exp', 'iat', 'sub', 'email', 'phone', 'role', 'aal', 'session_id', 'is_anonymous']

/** The types of claims (`internal/tokens/service.go`, `MinimumViableTokenSchema`); `is_anonymous` may be anything. */
const types: Readonly<Record<string, readonly string[]>> = {
  aud: ['string', 'array'],
  exp: ['integer'],
  jti: ['string'],
  iat: ['integer'],
  iss: ['string'],
  nbf: ['integer'],
  sub: ['string'],
  email: ['string'],
  phone: ['string'],
  app_metadata: ['object'],
  user_metadata: ['object'],
  role: ['string'],
  aal: ['string'],
  amr: ['array'],
  session_id: ['string'],
  client_id: ['string'],
}

function faultsIn(claims: Readonly<Record<string, unknown>> | null): readonly string[] {
  if (claims === null) return ['(root): Invalid type. Expected: object, given: null']
  const missing = required.filter((name) => !Object.hasOwn(claims, name))
  const wrong = Object.entries(types).flatMap(([name, expected]) => {
    if (!Object.hasOwn(claims, name) || expected.includes(typeOf(claims[name]))) return []
    return [`${name}: Invalid type. Expected: ${expected.join('/')}, given: ${typeOf(claims[name])}`]
  })
  const methods = Array.isArray(claims.amr) ? claims.amr : []
  const odd = methods.flatMap((entry: unknown, at) =>
    ['string', 'object'].includes(typeOf(entry)) ? [] : [`amr.${at}: Must validate at least one schema (anyOf)`],
  )
  return [...missing.map((name) => `(root): ${name} is required`), ...wrong, ...odd]
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

/** A hook of the configuration that cannot be called. */
export interface HookFault {
  readonly hook: HookName
  readonly message: string
  readonly hint: string
}

/**
 * Looks for the functions of the configured hooks. On a hosted project, operations fail whose hook cannot be called.
 *
 * @param superuser may read the catalog
 * @returns the hooks whose function is missing or not executable for Auth's role
 */
export async function hookFaults(superuser: pg.Client, hooks: AuthConfig['hook']): Promise<readonly HookFault[]> {
  const faults: HookFault[] = []
  for (const name of hookNames) {
    const hook = hooks[name]
    const fault = hook === undefined ? undefined : await faultOf(superuser, hook)
    if (fault !== undefined) faults.push({ hook: name, ...fault })
  }
  return faults
}

const hookNames = [
  'custom_access_token',
  'before_user_created',
  'mfa_verification_attempt',
  'password_verification_attempt',
] as const satisfies readonly HookName[]

async function faultOf(superuser: pg.Client, hook: PostgresHook): Promise<Omit<HookFault, 'hook'> | undefined> {
  const label = `${hook.schema}.${hook.function}`
  const { rows } = await superuser.query<{ executable: boolean; reachable: boolean; signature: string }>(
    `select has_function_privilege('supabase_auth_admin', p.oid, 'execute') as executable,
       has_schema_privilege('supabase_auth_admin', n.oid, 'usage') as reachable,
       p.oid::regprocedure::text as signature
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname = $1 and p.proname = $2 and p.pronargs >= 1 and p.pronargs - p.pronargdefaults <= 1`,
    [hook.schema, hook.function],
  )
  const [one] = rows
  if (one === undefined) {
    const hint = 'Create the function in a migration, with one argument of type jsonb, or disable the hook.'
    return { message: `names ${label}, which no migration creates with one argument`, hint }
  }
  if (!one.reachable) {
    const hint = `Add to a migration: grant usage on schema ${hook.schema} to supabase_auth_admin;`
    return { message: `names ${label}, whose schema supabase_auth_admin may not use`, hint }
  }
  if (rows.some(({ executable }) => executable)) return undefined
  const hint = `Add to a migration: grant execute on function ${one.signature} to supabase_auth_admin;`
  return { message: `names ${label}, which supabase_auth_admin may not execute`, hint }
}
