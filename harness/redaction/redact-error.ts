import { TrespassError } from '../errors.ts'
import type { Redact } from './redact.ts'

/** The most causes of an error that are kept; a chain that is longer, or circular, ends there. */
const deepestCause = 8

/**
 * Redacts an error: its message, hint and stack, those of its causes, and every other member that a library has added, since
 * Vitest prints every member of an error.
 *
 * @returns the same error if it holds no secret; else one of the same code or name.
 */
export function redactedError(error: unknown, redact: Redact): unknown {
  return cleaned(error, redact, 0)
}

function cleaned(error: unknown, redact: Redact, depth: number): unknown {
  if (!(error instanceof Error)) return redact(error)
  if (depth === deepestCause) return undefined
  const below = error instanceof AggregateError ? [error.cause, ...error.errors] : [error.cause]
  const [cause, ...others] = below.map((one) => cleaned(one, redact, depth + 1))
  const texts = { name: error.name, message: error.message, stack: error.stack ?? '' }
  const shown = redact(texts)
  const same = [cause, ...others].every((one, index) => one === below[index])
  if (same && shown === texts && !holdsMore(error, redact)) return error
  const detail = cause === undefined ? {} : { cause }
  const clean =
    error instanceof TrespassError ? explained(error, shown.message, detail, redact) : new Error(shown.message, detail)
  clean.name = shown.name
  clean.stack = shown.stack
  return clean
}

/** True when a member besides the texts may hold a secret. An object that is not plain, such as a socket, is not searched. */
function holdsMore(error: Error, redact: Redact): boolean {
  const { cause: _, ...members } = { ...error }
  if (error instanceof TrespassError) return redact(members) !== members
  return Object.values(members).some((member) => Object(member) === member || redact(member) !== member)
}

function explained(error: TrespassError, message: string, detail: { cause?: unknown }, redact: Redact): TrespassError {
  return new TrespassError(
    error.code,
    message,
    error.hint === undefined ? detail : { ...detail, hint: redact(error.hint) },
  )
}
