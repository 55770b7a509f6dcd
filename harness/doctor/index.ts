import type { Config } from '../workspace/config.ts'
import type { LookedAt } from '../workspace/open-target.ts'
import type { Target } from '../workspace/target.ts'
import { examine } from './examine.ts'
import { findingsOf } from './findings.ts'
import type { Finding } from './model.ts'

export { isUsable } from './findings.ts'
export type { Finding } from './model.ts'

/**
 * Looks at a target and says what can be tested on it, and what cannot and why. It writes nothing.
 *
 * @param roles those that the workspace's workers log in as.
 */
export async function diagnose(
  target: Target,
  config: Pick<Config, 'targets'>,
  writesRefused: LookedAt['writesRefused'],
  roles: readonly string[],
): Promise<readonly Finding[]> {
  return findingsOf(await examine(target, config, writesRefused, roles))
}
