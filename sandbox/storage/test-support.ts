import { rm } from 'node:fs/promises'
import type { SupabaseClient } from '@supabase/supabase-js'
import pg from 'pg'
import { expect } from 'vitest'
import { type Sandbox, startSandbox } from '../index.ts'
import { clientOf, makeWorkspace } from '../test-support.ts'

/** A sandbox, with clients and connections for tests of its Storage. */
export interface StorageBench {
  sandbox: Sandbox
  /** A client with the secret key. */
  admin: SupabaseClient
  /** A client with the publishable key and no session. */
  visitor: SupabaseClient
  /** Connected as the role postgres. */
  database: pg.Client
  /** Makes a confirmed user and signs in. */
  person(name: string): Promise<Person>
  /** Sends a request without supabase-js and without any key; the path is not normalised. */
  send(method: string, path: string, options?: SendOptions): Promise<Answer>
  /** The current names in a bucket, with their contents. */
  contents(bucket: string): Promise<Record<string, string | null>>
  stop(): Promise<void>
}

/** A signed-in user. */
export interface Person {
  id: string
  client: SupabaseClient
  token: string
}

/** The options of a plain request. */
interface SendOptions {
  token?: string
  body?: NonNullable<RequestInit['body']>
  headers?: Record<string, string>
}

/** A plain request's answer. */
export interface Answer {
  status: number
  headers: Headers
  text: string
  body: Record<string, unknown>
}

/** Starts one sandbox with this migration and these other files in its workspace. */
export async function startBench(migration: string, files: Record<string, string> = {}): Promise<StorageBench> {
  const workspace = await makeWorkspace({ ...files, 'supabase/migrations/1_storage.sql': migration })
  const sandbox = await startSandbox({ workspace })
  const database = new pg.Client(sandbox.databaseUrl)
  await database.connect()
  // A reset ends the connection.
  database.on('error', () => undefined)
  const admin = clientOf(sandbox.url, sandbox.secretKey)
  return {
    sandbox,
    admin,
    visitor: clientOf(sandbox.url, sandbox.publishableKey),
    database,
    person: (name) => signUp(sandbox, admin, name),
    send: (method, path, options = {}) => send(sandbox, method, path, options),
    contents: async (bucket) => {
      const { rows } = await database.query('select name from storage.objects where bucket_id = $1 order by 1', [
        bucket,
      ])
      const texts = await Promise.all(
        rows.map(async ({ name }) => {
          const { data } = await admin.storage.from(bucket).download(name)
          return [name, data === null ? null : await data.text()]
        }),
      )
      return Object.fromEntries(texts)
    },
    stop: async () => {
      await database.end()
      await sandbox.stop()
      await rm(workspace, { recursive: true })
    },
  }
}

async function signUp(sandbox: Sandbox, admin: SupabaseClient, name: string): Promise<Person> {
  const email = `${name}@example.com`
  const password = 'password-1'
  const made = await admin.auth.admin.createUser({ email, password, email_confirm: true })
  if (made.error !== null) throw made.error
  const client = clientOf(sandbox.url, sandbox.publishableKey)
  const { data, error } = await client.auth.signInWithPassword({ email, password })
  if (error !== null) throw error
  return { id: made.data.user.id, client, token: data.session.access_token }
}

async function send(sandbox: Sandbox, method: string, path: string, options: SendOptions): Promise<Answer> {
  const response = await fetch(`${sandbox.url}/storage/v1${path}`, {
    method,
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: options.body }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true && text !== ''
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : {} }
}

/** Matches a refusal in supabase-js: the status in the body and the message. */
export function refused(statusCode: string, message: string) {
  return { data: null, error: expect.objectContaining({ statusCode, message }) }
}

/** Refusals that are the same in all tests. */
export const byPolicy = () => refused('403', 'new row violates row-level security policy')
export const noObject = () => refused('404', 'Object not found')
export const noBucket = () => refused('404', 'Bucket not found')
export const taken = () => refused('409', 'The resource already exists')
