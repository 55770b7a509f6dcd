import type { OpenUsersOptions } from '../actors/open-users.ts'
import type { AuthCall } from '../limits/auth-limits.ts'
import type { Target } from '../model/target.ts'
import { type Config, declaredTarget } from '../workspace/config.ts'
import { needsInWords, signInDelay, signInLimiter } from './sign-in-limits.ts'

/** The configuration and the reports of signing in the actors of a run. */
export interface SignInOptions {
  readonly root: string
  readonly config: Config
  readonly onProgress: (text: string) => void
  readonly onNote: (text: string) => void
  /** Ends waits for the rate limit. */
  readonly signal: AbortSignal | undefined
}

/**
 * Reports the requests to Auth beforehand, and keeps them below the limits of a hosted project. A project on this machine gets no
 * rate limit, unless the configuration names one.
 */
export function signInOptions(
  { root, config, onProgress, onNote, signal }: SignInOptions,
  { alias, kind }: Pick<Target, 'alias' | 'kind'>,
): Pick<OpenUsersOptions, 'onNeeds' | 'manners'> {
  const limits = declaredTarget(config, alias)?.limits
  const turnstile = kind === 'hosted' || limits !== undefined ? signInLimiter(root, alias, limits ?? {}) : null
  const waits = {
    onWait: (wait: number) => onProgress(`the target limits sign-ins: waiting ${Math.ceil(wait / 1000)} s`),
    ...(signal === undefined ? {} : { signal }),
  }
  const turn = turnstile === null ? {} : { turn: (call: AuthCall) => turnstile.waitForTurn(call, waits) }
  return {
    onNeeds(needs) {
      if (kind === 'sandbox') return
      const pace = turnstile === null ? null : signInDelay(needs, turnstile, alias)
      onNote([needsInWords(needs), ...(pace === null ? [] : [pace])].join('; '))
    },
    manners: { ...waits, ...turn },
  }
}
