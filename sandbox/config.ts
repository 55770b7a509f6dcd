import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { z } from 'zod'
import { SandboxError } from './errors.ts'

/**
 * The parts of `supabase/config.toml` that change who may do what. Every other key is accepted and ignored, so that a
 * team's own file works. Defaults are those of the Supabase CLI's template, which the CLI itself merges a project's
 * file into (https://github.com/supabase/cli, `pkg/config/templates/config.toml`).
 */
const api = z.object({
  schemas: z.array(z.string()).default(['public', 'graphql_public']),
  extra_search_path: z.array(z.string()).default(['public', 'extensions']),
  max_rows: z.int().min(0).default(1000),
  auto_expose_new_tables: z.boolean().default(false),
})

const seed = z.object({
  enabled: z.boolean().default(true),
  sql_paths: z.array(z.string()).default(['./seed.sql']),
})

const migrations = z.object({ enabled: z.boolean().default(true) })

const database = z.object({ seed: seed.prefault({}), migrations: migrations.prefault({}) })

const totp = z.object({ enroll_enabled: z.boolean().default(false), verify_enabled: z.boolean().default(false) })

const auth = z.object({
  site_url: z.string().default('http://127.0.0.1:3000'),
  jwt_expiry: z.int().min(1).max(604_800).default(3600),
  enable_refresh_token_rotation: z.boolean().default(true),
  refresh_token_reuse_interval: z.int().min(0).default(10),
  enable_signup: z.boolean().default(true),
  enable_anonymous_sign_ins: z.boolean().default(false),
  minimum_password_length: z.int().min(0).default(6),
  email: z
    .object({ enable_signup: z.boolean().default(true), enable_confirmations: z.boolean().default(false) })
    .prefault({}),
  mfa: z.object({ max_enrolled_factors: z.int().min(0).default(10), totp: totp.prefault({}) }).prefault({}),
})

const bucket = z.object({
  public: z.boolean().default(false),
  file_size_limit: z.union([z.string(), z.int()]).optional(),
  allowed_mime_types: z.array(z.string()).optional(),
  objects_path: z.string().optional(),
})

/** The CLI nests other settings beside the named buckets, so only `buckets` is read. */
const storage = z.object({
  enabled: z.boolean().default(true),
  file_size_limit: z.union([z.string(), z.int()]).default('50MiB'),
  buckets: z.record(z.string(), bucket).default({}),
})

const realtime = z.object({ enabled: z.boolean().default(true) })

const schema = z.object({
  api: api.prefault({}),
  db: database.prefault({}),
  auth: auth.prefault({}),
  storage: storage.prefault({}),
  realtime: realtime.prefault({}),
})

/** A parsed `supabase/config.toml`, with the defaults filled in. Key names are those of the file. */
export type SandboxConfig = z.output<typeof schema>

/** The `[auth]` section. `jwt_expiry` and `refresh_token_reuse_interval` are seconds. */
export type AuthConfig = SandboxConfig['auth']

/** The `[storage]` section. */
export type StorageConfig = SandboxConfig['storage']

/** The settings of a project without a `supabase/config.toml`. */
export function defaultConfig(): SandboxConfig {
  return schema.parse({})
}

/**
 * Reads `supabase/config.toml` of a workspace; a missing file means the defaults.
 *
 * @param workspace absolute path of the folder that holds `supabase/`
 * @throws SandboxError `config-invalid` when the file is not TOML or a key has the wrong type
 */
export async function loadConfig(workspace: string): Promise<SandboxConfig> {
  const file = join(workspace, 'supabase', 'config.toml')
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw new SandboxError('config-invalid', `${file} cannot be read: ${error.message}`, 'Make the file readable.', {
      file,
    })
  })
  return text === undefined ? defaultConfig() : parseConfig(text, file)
}

/**
 * Parses the text of a `config.toml`.
 *
 * @param file the path that errors name
 * @throws SandboxError `config-invalid`
 */
export function parseConfig(text: string, file: string, environment = process.env): SandboxConfig {
  const parsed = schema.safeParse(substituteEnvironment(parseToml(text, file), environment))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const key = issue?.path.join('.') ?? ''
  throw new SandboxError(
    'config-invalid',
    `${file}: the key ${key} has a wrong value: ${issue?.message ?? 'unknown'}`,
    `Correct ${key}, or remove it to get the default of the Supabase CLI.`,
    { file, ...positionOfKey(text, key) },
  )
}

function parseToml(text: string, file: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const summary = error.message.split('\n')[0] ?? error.message
    throw new SandboxError('config-invalid', `${file} is not valid TOML: ${summary}`, 'Correct the line named here.', {
      file,
      line: error.line,
      column: error.column,
    })
  }
}

/**
 * The CLI replaces a value that is exactly `env(NAME)` by the environment variable, and leaves it alone when the
 * variable is not set. Booleans and numbers written this way arrive as text, so they are read back.
 */
function substituteEnvironment(value: unknown, environment: NodeJS.ProcessEnv): unknown {
  if (typeof value === 'string') {
    const name = /^env\((\w+)\)$/.exec(value)?.[1]
    const found = name === undefined ? undefined : environment[name]
    if (found === undefined) return value
    if (found === 'true' || found === 'false') return found === 'true'
    return /^\d{1,9}$/.test(found) ? Number(found) : found
  }
  if (Array.isArray(value)) return value.map((item) => substituteEnvironment(item, environment))
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substituteEnvironment(item, environment)]))
}

/** The TOML parser keeps no positions: the line of `a.b.c` is the last line that opens `[a.b]` and then sets `c`. */
function positionOfKey(text: string, key: string): { line?: number; column?: number } {
  let table = ''
  for (const [index, line] of text.split('\n').entries()) {
    const header = /^\s*\[([^[\]]+)\]/.exec(line)?.[1]
    if (header !== undefined) {
      table = header.replaceAll(/[\s"']/g, '')
      continue
    }
    const name = /^\s*([\w."'-]+)\s*=/.exec(line)?.[1]
    if (name === undefined) continue
    const path = [table, name.replaceAll(/["']/g, '')].filter((part) => part !== '').join('.')
    if (path === key || key.startsWith(`${path}.`)) return { line: index + 1, column: line.search(/\S/) + 1 }
  }
  return {}
}
