import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'dotenv'
import type { SandboxConfig } from '../config.ts'
import { SandboxError } from '../errors.ts'
import type { SandboxKeys } from '../keys.ts'

/** What Deno itself reads: where its cache, its registry and the certificates are. Nothing else of this process's is given. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'TMPDIR',
  'XDG_CACHE_HOME',
  'DENO_DIR',
  'DENO_CERT',
  'DENO_TLS_CA_STORE',
  'NPM_CONFIG_REGISTRY',
  'JSR_URL',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'SSL_CERT_FILE',
]

/** Where the services of a sandbox are. */
export interface Addresses {
  url: string
  databaseUrl: string
}

/**
 * The variables of an Edge Function, as the platform and the CLI set them
 * (https://supabase.com/docs/guides/functions/secrets): its own, then those of the project, which win.
 *
 * @throws SandboxError `config-invalid` when `supabase/functions/.env` is there and cannot be read
 */
export async function functionVariables(
  workspace: string,
  config: SandboxConfig,
  keys: SandboxKeys,
  { url, databaseUrl }: Addresses,
): Promise<Record<string, string>> {
  const own = { ...(await readVariables(workspace)), ...config.edge_runtime.secrets }
  const passedOn = PASSED_ON.map((name) => [name, process.env[name]] as const)
  return {
    ...withoutUnset(Object.entries(own).filter(([name]) => !name.startsWith('SUPABASE_'))),
    ...withoutUnset(passedOn),
    SUPABASE_URL: url,
    SUPABASE_ANON_KEY: keys.anonKey,
    SUPABASE_SERVICE_ROLE_KEY: keys.serviceRoleKey,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: keys.publishableKey }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: keys.secretKey }),
    SUPABASE_DB_URL: databaseUrl,
    NO_COLOR: '1',
    DENO_NO_UPDATE_CHECK: '1',
  }
}

function withoutUnset(entries: readonly (readonly [string, string | undefined])[]): Record<string, string> {
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])))
}

async function readVariables(workspace: string): Promise<Record<string, string>> {
  const file = join(workspace, 'supabase', 'functions', '.env')
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return ''
    const message = `${file} cannot be read: ${error.message}`
    throw new SandboxError('config-invalid', message, 'Make the file readable, or remove it.', { file })
  })
  return parse(text)
}
