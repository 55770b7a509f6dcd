import { TrespassError } from '../../errors.ts'
import { answerOf, statusOf } from './answer.ts'
import type { Exchange } from './client.ts'

/**
 * @returns true when the service says that the thing, or its container, does not exist; and for a name that it refuses to look
 *   up, which no thing can have.
 */
export function isMissing(exchange: Exchange): boolean {
  const answer = answerOf(exchange, 0)
  const refused = answer.code === 'InvalidKey' || /^Invalid key\b/.test(answer.message ?? '')
  return refused || (statusOf(answer) === 404 && answer.details !== null)
}

/**
 * @param what the action that failed, in words: `the object a.txt could not be made`.
 * @returns the error with the reason, and how to correct it where that is known.
 */
export function refusalError(
  what: string,
  exchange: Exchange,
  hints: Readonly<Record<number, string>> = {},
): TrespassError {
  const answer = answerOf(exchange, 0)
  const status = statusOf(answer)
  const why = answer.message ?? `the service answered ${status} without a reason`
  const hint = hints[status]
  const detail = hint === undefined ? {} : { hint }
  return new TrespassError('storage-refused', `${what}: ${status === 0 ? '' : `${status} `}${why}`, detail)
}
