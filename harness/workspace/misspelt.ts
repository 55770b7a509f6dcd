import { TrespassError } from '../errors.ts'
import { didYouMean } from '../message-text.ts'
import { allVariables, workerPrefix } from './variables.ts'

/**
 * Finds variables with an unknown name. Most are optional, so that a misspelt one would silently weaken a run.
 *
 * @param names every name that is set in one place.
 * @param from the place: `.env.staging`, or `the environment`, in which other programs may have variables of their own. There
 *   only a name that looks like one of ours is a mistake.
 * @returns `unknown-variable`, or null.
 */
export function refuseMisspelt(names: readonly string[], from: string): TrespassError | null {
  for (const name of names) {
    if (!name.startsWith('TRESPASS_') || allVariables.includes(name) || isWorkers(name)) continue
    const hint = nearest(name)
    if (hint === undefined && from === 'the environment') continue
    const message = `found ${name} in ${from}, expected a variable that Trespass knows`
    return new TrespassError('unknown-variable', message, { hint: hint ?? '.env.example explains every variable.' })
  }
  return null
}

function isWorkers(name: string): boolean {
  return name.startsWith(workerPrefix) && name.length > workerPrefix.length
}

/** Names are compared without their common prefix. */
function nearest(name: string): string | undefined {
  const bare = (text: string) => text.replace(/^TRESPASS_/, '')
  const hint = didYouMean(bare(name), allVariables.map(bare))
  return hint?.replace('`', '`TRESPASS_')
}
