import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { z } from 'zod'
import type { Target } from '../model/target.ts'
import type { Config } from '../workspace/config.ts'
import type { ReadOnlyTarget } from '../workspace/open-target.ts'
import { examine } from './examine.ts'
import { findingsOf } from './findings.ts'
import type { Finding } from './model.ts'

export { isUsable } from './findings.ts'
export type { Finding } from './model.ts'

/**
 * Examines a target and reports what can be tested on it, and what cannot and why. It writes nothing.
 *
 * @param roles the login roles of the workspace's workers.
 * @param root the workspace's folder: a target on this machine is built from its config.toml.
 */
export async function diagnose(
  target: Target,
  config: Pick<Config, 'targets' | 'protected_refs'>,
  writesRefused: ReadOnlyTarget['writesRefused'],
  roles: readonly string[],
  root: string | null = null,
): Promise<readonly Finding[]> {
  const configured = root === null || target.kind === 'hosted' ? null : configuredMaxRows(root)
  return findingsOf(await examine(target, config, writesRefused, roles, configured))
}

const configSchema = z.object({ api: z.object({ max_rows: z.int() }) })

/** Returns `max_rows` of a workspace's `supabase/config.toml`; null when there is none or it cannot be read. */
function configuredMaxRows(root: string): number | null {
  try {
    const parsed = configSchema.safeParse(parse(readFileSync(join(root, 'supabase', 'config.toml'), 'utf8')))
    return parsed.success ? parsed.data.api.max_rows : null
  } catch {
    // A sandbox explains a broken file itself.
    return null
  }
}
