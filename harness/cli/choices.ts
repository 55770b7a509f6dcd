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

/** @throws TrespassError `usage` */
export function roundOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1) return number
  throw new TrespassError('usage', `found --round ${text}, expected a whole number from 1`)
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
