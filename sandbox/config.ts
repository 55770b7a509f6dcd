import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { z } from 'zod'
import {
  FromEnvironment,
  flag,
  loadVariables,
  text,
  texts,
  type Variables,
  whole,
  withVariables,
} from './config-environment.ts'
import { hook } from './config-hooks.ts'
import { undoneIn } from './config-keys.ts'
import { SandboxError } from './errors.ts'

/**
 * The parts of `supabase/config.toml` that the sandbox honours; `config-keys.ts` has the treatment of every other key. Defaults
 * are those of the Supabase CLI's template, which the CLI itself merges a project's file into (https://github.com/supabase/cli,
 * `pkg/config/templates/config.toml`).
 */
const api = z.object({
  schemas: texts.default(['public', 'graphql_public']),
  extra_search_path: texts.default(['public', 'extensions']),
  max_rows: whole(0).default(1000),
  auto_expose_new_tables: flag.default(false),
  external_url: text.default(''),
})

const seed = z.object({ enabled: flag.default(true), sql_paths: texts.default(['./seed.sql']) })

const migrations = z.object({ enabled: flag.default(true) })

/** As in the CLI, a secret whose variable is not set is left out; `config-keys.ts` names it. */
const vault = z
  .record(z.string(), z.union([z.instanceof(FromEnvironment).transform(({ value }) => value), z.string()]))
  .default({})

const database = z.object({ seed: seed.prefault({}), migrations: migrations.prefault({}), vault })

const totp = z.object({ enroll_enabled: flag.default(false), verify_enabled: flag.default(false) })

const passwordRequirements = [
  '',
  'letters_digits',
  'lower_upper_letters_digits',
  'lower_upper_letters_digits_symbols',
] as const

const auth = z.object({
  site_url: text.default('http://127.0.0.1:3000'),
  external_url: text.default(''),
  jwt_issuer: text.default(''),
  jwt_expiry: whole(1, 604_800).default(3600),
  enable_refresh_token_rotation: flag.default(true),
  refresh_token_reuse_interval: whole(0).default(10),
  enable_signup: flag.default(true),
  enable_anonymous_sign_ins: flag.default(false),
  minimum_password_length: whole(0).default(6),
  password_requirements: text.pipe(z.enum(passwordRequirements)).default(''),
  email: z
    .object({
      enable_signup: flag.default(true),
      enable_confirmations: flag.default(false),
      double_confirm_changes: flag.default(true),
      otp_expiry: whole(0).default(3600),
    })
    .prefault({}),
  sms: z.object({ enable_signup: flag.default(false) }).prefault({}),
  mfa: z.object({ max_enrolled_factors: whole(0).default(10), totp: totp.prefault({}) }).prefault({}),
  hook: z
    .object({
      custom_access_token: hook.optional(),
      before_user_created: hook.optional(),
      mfa_verification_attempt: hook.optional(),
      password_verification_attempt: hook.optional(),
    })
    .prefault({}),
})

const size = z.union([z.int(), text])

const bucket = z.object({
  public: flag.default(false),
  file_size_limit: size.optional(),
  allowed_mime_types: texts.optional(),
})

/** The CLI nests other settings beside the named buckets, so only `buckets` is read. */
const storage = z.object({
  enabled: flag.default(true),
  file_size_limit: size.default('50MiB'),
  buckets: z.record(z.string(), bucket).default({}),
})

const realtime = z.object({ enabled: flag.default(true) })

/** The CLI's own file has the keys of one function below its name. */
const edgeFunction = z.object({
  enabled: flag.optional(),
  verify_jwt: flag.optional(),
  import_map: text.optional(),
  entrypoint: text.optional(),
})

const edgeRuntime = z.object({
  enabled: flag.default(true),
  secrets: z
    .record(z.string(), z.union([z.instanceof(FromEnvironment).transform(({ value }) => value), z.string()]))
    .default({}),
})

const schema = z.object({
  api: api.prefault({}),
  db: database.prefault({}),
  auth: auth.prefault({}),
  storage: storage.prefault({}),
  realtime: realtime.prefault({}),
  functions: z.record(z.string(), edgeFunction).default({}),
  edge_runtime: edgeRuntime.prefault({}),
})

/** A parsed `supabase/config.toml`, with the defaults filled in. Key names are those of the file. */
export interface SandboxConfig extends z.output<typeof schema> {
  /** Sentences about settings of the file that the sandbox does not implement. */
  undone: readonly string[]
}

/** The `[auth]` section. `jwt_expiry` and `refresh_token_reuse_interval` are seconds. */
export type AuthConfig = SandboxConfig['auth']

/** The `[storage]` section. */
export type StorageConfig = SandboxConfig['storage']

/** The settings of a project without a `supabase/config.toml`. */
export function defaultConfig(): SandboxConfig {
  return { ...schema.parse({}), undone: [] }
}

/**
 * Reads `supabase/config.toml` of a workspace; without the file the defaults apply.
 *
 * @param workspace absolute path of the folder that contains `supabase/`
 * @throws SandboxError `config-invalid` when the file is not TOML or a key has the wrong type, `hook-not-supported`
 */
export async function loadConfig(workspace: string): Promise<SandboxConfig> {
  const file = join(workspace, 'supabase', 'config.toml')
  const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw new SandboxError('config-invalid', `${file} cannot be read: ${error.message}`, 'Make the file readable.', {
      file,
    })
  })
  return content === undefined ? defaultConfig() : parseConfig(content, file, await loadVariables(workspace))
}

/**
 * Parses the text of a `config.toml`.
 *
 * @param file the path for errors
 * @throws SandboxError `config-invalid`, `hook-not-supported`
 */
export function parseConfig(content: string, file: string, variables: Variables = process.env): SandboxConfig {
  const found = withVariables(parseToml(content, file), variables)
  const parsed = schema.safeParse(found)
  const { undone, problems } = undoneIn(found)
  const [problem] = [...(parsed.error?.issues ?? []), ...problems]
  if (parsed.success && problem === undefined) return { ...parsed.data, undone }
  const key = problem?.path.join('.') ?? ''
  const refusal = refusalOf(problem)
  throw new SandboxError(
    refusal?.code ?? 'config-invalid',
    `${file}: the key ${key} has a wrong value: ${problem?.message ?? 'unknown'}`,
    refusal?.hint ?? `Correct ${key}, or remove it to get the default of the Supabase CLI.`,
    { file, ...positionOfKey(content, key) },
  )
}

/** The properties of an issue of a hook in addition to its message. */
const refusalSchema = z.object({ params: z.object({ code: z.string(), hint: z.string() }) })

function refusalOf(issue: unknown): { readonly code: string; readonly hint: string } | undefined {
  return refusalSchema.safeParse(issue).data?.params
}

function parseToml(content: string, file: string): unknown {
  try {
    return parse(content)
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

/** The TOML parser keeps no positions: the line of `a.b.c` is the last line that opens `[a.b]` and then sets `c`. */
function positionOfKey(content: string, key: string): { line?: number; column?: number } {
  let table = ''
  for (const [index, line] of content.split('\n').entries()) {
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
