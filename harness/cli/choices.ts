import type { Rounds } from '../cells/context.ts'
import { TrespassError } from '../errors.ts'

/**
 * Which cells run. A cell's id is the path of its test's name.
 *
 * @throws TrespassError `usage`
 */
export function namePattern(cell: string | undefined, pattern: string | undefined): RegExp | undefined {
  if (cell !== undefined && pattern !== undefined) {
    throw new TrespassError('usage', 'found both --cell and --test-name, expected one of them')
  }
  if (cell !== undefined) return new RegExp(`^${escaped(cell.split(' › ').join(' '))}$`)
  if (pattern === undefined) return undefined
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
 * Which rounds of each scenario run.
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

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
