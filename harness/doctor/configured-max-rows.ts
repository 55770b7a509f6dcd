import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { z } from 'zod'

const configSchema = z.object({ api: z.object({ max_rows: z.int() }) })

/** Returns `max_rows` of a workspace's `supabase/config.toml`; null when there is none or it cannot be read. */
export function configuredMaxRows(root: string): number | null {
  try {
    const parsed = configSchema.safeParse(parse(readFileSync(join(root, 'supabase', 'config.toml'), 'utf8')))
    return parsed.success ? parsed.data.api.max_rows : null
  } catch {
    // A sandbox explains a broken file itself.
    return null
  }
}
