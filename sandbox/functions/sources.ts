import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { SandboxConfig } from '../config.ts'

/** One Edge Function of a workspace. */
export interface FunctionSource {
  name: string
  /** The module that is run. */
  entry: string
  /** Whether a request needs a valid JWT or an API key before the function sees it. */
  verifyJwt: boolean
  /** `deno.json`, or an import map. */
  settings: { flag: '--config' | '--import-map'; file: string } | undefined
}

/** A folder of shared code begins with an underscore (https://supabase.com/docs/guides/functions/development-tips). */
const FUNCTION_NAME = /^[a-z0-9][\w-]*$/i

/** Finds the Edge Functions of a workspace, in the order of their names. */
export async function functionSources(workspace: string, config: SandboxConfig): Promise<FunctionSource[]> {
  const root = join(workspace, 'supabase')
  const folders = await readdir(join(root, 'functions'), { withFileTypes: true }).catch(() => [])
  const found = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const names = [...new Set([...found, ...Object.keys(config.functions)])].filter((name) => FUNCTION_NAME.test(name))
  return names.sort().flatMap((name) => {
    const { enabled = true, verify_jwt = true, entrypoint, import_map } = config.functions[name] ?? {}
    const folder = join(root, 'functions', name)
    const entry = entrypoint === undefined ? join(folder, 'index.ts') : resolve(root, entrypoint)
    if (!enabled || !existsSync(entry)) return []
    const map = import_map === undefined ? undefined : resolve(root, import_map)
    return [{ name, entry, verifyJwt: verify_jwt, settings: settingsOf(folder, join(root, 'functions'), map) }]
  })
}

/** The key of config.toml comes first, then the function's own file, then the one that functions share (Supabase CLI). */
function settingsOf(folder: string, functions: string, named: string | undefined): FunctionSource['settings'] {
  const own = ['deno.json', 'deno.jsonc', 'import_map.json'].map((file) => join(folder, file))
  const file = [...(named === undefined ? [] : [named]), ...own, join(functions, 'import_map.json')].find(existsSync)
  if (file === undefined) return undefined
  return { flag: /\bdeno\.jsonc?$/.test(file) ? '--config' : '--import-map', file }
}
