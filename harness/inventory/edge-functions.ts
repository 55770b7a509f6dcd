import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { z } from 'zod'
import type { EdgeFunction } from './model.ts'

const config = z.object({
  functions: z.record(z.string(), z.object({ verify_jwt: z.boolean().optional() })).optional(),
})

/** A folder of shared code begins with an underscore (Supabase CLI). */
const functionName = /^[a-z0-9][\w-]*$/i

/** @returns the Edge Functions of a workspace: the folders of `supabase/functions` that hold an `index` file. */
export function edgeFunctionsOf(root: string): readonly EdgeFunction[] {
  const folder = join(root, 'supabase', 'functions')
  if (!existsSync(folder)) return []
  const settings = settingsOf(root)
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && functionName.test(entry.name))
    .filter(({ name }) => readdirSync(join(folder, name)).some((file) => /^index\.(ts|js|mjs|tsx|jsx)$/.test(file)))
    .map(({ name }) => ({ name, verifyJwt: settings[name]?.verify_jwt ?? true }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** A file that cannot be read is the sandbox's to name. */
function settingsOf(root: string): NonNullable<z.infer<typeof config>['functions']> {
  try {
    const parsed = config.safeParse(parse(readFileSync(join(root, 'supabase', 'config.toml'), 'utf8')))
    return (parsed.success ? parsed.data.functions : undefined) ?? {}
  } catch {
    return {}
  }
}
