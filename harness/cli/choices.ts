import type { Rounds } from '../cells/context.ts'
import { TrespassError } from '../errors.ts'

/**
 * Returns the pattern for the cells to run, by their names as in Vitest.
 *
 * @throws TrespassError `usage`
 */
export function namePattern(cells: readonly string[], pattern: string | undefined): RegExp | undefined {
  if (pattern === undefined) return undefined
  if (cells.length > 0) {
    throw new TrespassError('usage', 'found both --cell and --test-name, expected one of them', { hint: 'see --help' })
  }
  try {
    return new RegExp(pattern)
  } catch (error) {
    throw new TrespassError('usage', `found --test-name ${pattern}, expected a regular expression`, { cause: error })
  }
}

/** @throws TrespassError `usage` */
export function concurrencyOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= 64) return number
  throw new TrespassError('usage', `found --concurrency ${text}, expected a whole number from 1 to 64`)
}

/**
 * Returns the rounds of each scenario to run.
 *
 * @throws TrespassError `usage`
 */
export function roundsOf(only: string | undefined, count: string | undefined): Rounds | undefined {
  if (only !== undefined && count !== undefined) {
    throw new TrespassError('usage', 'found both --round and --rounds, expected one of them')
  }
  if (only !== undefined) return { only: countingNumber('--round', only) }
  return count === undefined ? undefined : { count: countingNumber('--rounds', count) }
}

function countingNumber(flag: string, text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1) return number
  throw new TrespassError('usage', `found ${flag} ${text}, expected a whole number from 1`)
}
