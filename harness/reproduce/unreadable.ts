import { TrespassError } from '../errors.ts'

/** @returns the error for an input that is no request. Values of the input stay out of it. */
export function unreadable(found: string, hint?: string): TrespassError {
  return new TrespassError(
    'request-unreadable',
    `found ${found}, expected a curl command, a HAR entry or a line of the API gateway's log`,
    hint === undefined ? {} : { hint },
  )
}

/** @returns the error for a request that no matrix can hold. */
export function notReproducible(found: string, hint: string): TrespassError {
  return new TrespassError('not-reproducible', `found ${found}, expected a request that a matrix can hold`, { hint })
}
