import { rm } from 'node:fs/promises'
import type { SupabaseClient } from '@supabase/supabase-js'
import { decodeJwt, type JWTPayload } from 'jose'
import { Secret, TOTP } from 'otpauth'
import pg from 'pg'
import { type Sandbox, startSandbox } from '../index.ts'
import { clientOf, makeWorkspace } from '../test-support.ts'

/** A `config.toml` that enables everything that the CLI disables by default. */
export const everythingOn = `
[auth]
enable_anonymous_sign_ins = true
[auth.mfa.totp]
enroll_enabled = true
verify_enabled = true
`

/** A sandbox, with clients and connections for tests of its Auth. */
export interface AuthBench {
  sandbox: Sandbox
  /** A client with the secret key. */
  admin: SupabaseClient
  /** Connected as the role postgres, which may read and write the tables of Auth. */
  database: pg.Client
  /** Makes a client with the publishable key and no session. */
  visitor(): SupabaseClient
  /** Makes a confirmed user. The password is `password-1`. */
  person(name?: string): Promise<{ id: string; email: string }>
  /** Makes a client that is signed in as this user. */
  signedIn(email: string, password?: string): Promise<SupabaseClient>
  /** Sends a request without supabase-js, with the publishable key. */
  send(method: string, path: string, options?: SendOptions): Promise<Answer>
  stop(): Promise<void>
}

/** The options of a plain request. `token` is a bearer token; `key` replaces the publishable key. */
export interface SendOptions {
  token?: string
  key?: string
  body?: unknown
  headers?: Record<string, string>
}

/** A plain request's answer. */
export interface Answer {
  status: number
  headers: Headers
  body: Record<string, unknown>
  text: string
}

/** The password of every user that a bench makes. */
export const password = 'password-1'

/** Starts one sandbox with these files in its workspace. */
export async function startBench(
  files: Record<string, string> = { 'supabase/config.toml': everythingOn },
  signWith: 'es256' | 'hs256' = 'es256',
): Promise<AuthBench> {
  const workspace = await makeWorkspace(files)
  const sandbox = await startSandbox({ workspace, signWith })
  const database = new pg.Client(sandbox.databaseUrl)
  await database.connect()
  const admin = clientOf(sandbox.url, sandbox.secretKey)
  const visitor = () => clientOf(sandbox.url, sandbox.publishableKey)
  let people = 0
  return {
    sandbox,
    admin,
    database,
    visitor,
    person: async (name = `person-${++people}`) => {
      const email = `${name}@example.com`
      const { data, error } = await admin.auth.admin.createUser({ email, password, email_confirm: true })
      if (error !== null) throw error
      return { id: data.user.id, email }
    },
    signedIn: async (email, secret = password) => {
      const client = visitor()
      const { error } = await client.auth.signInWithPassword({ email, password: secret })
      if (error !== null) throw error
      return client
    },
    send: (method, path, options = {}) => send(sandbox, method, path, options),
    stop: async () => {
      await database.end()
      await sandbox.stop()
      await rm(workspace, { recursive: true })
    },
  }
}

async function send(sandbox: Sandbox, method: string, path: string, options: SendOptions): Promise<Answer> {
  const response = await fetch(`${sandbox.url}/auth/v1${path}`, {
    method,
    headers: {
      apikey: options.key ?? sandbox.publishableKey,
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: asText(options.body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type') === 'application/json'
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : {}, text }
}

function asText(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body)
}

/** The access token of a signed-in client. */
export async function accessToken(client: SupabaseClient): Promise<string> {
  return (await session(client)).access_token
}

/** The session of a signed-in client. */
export async function session(client: SupabaseClient) {
  const { data } = await client.auth.getSession()
  if (data.session === null) throw new Error('The client has no session')
  return data.session
}

/** The claims of the token that a client holds, not verified. */
export async function claimsOf(client: SupabaseClient): Promise<JWTPayload> {
  return decodeJwt(await accessToken(client))
}

/** The code that an authenticator app shows for a secret. @param at milliseconds since 1970 */
export function totpCode(secret: string, at: number): string {
  return TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: at })
}
