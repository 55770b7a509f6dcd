import { TrespassError } from '../errors.ts'
import type { Redact } from './redact.ts'

/** So many causes are told; a chain that is longer, or that leads back to itself, ends there. */
const deepestCause = 8

/**
 * Takes what must not be seen out of an error: its message, hint and stack, those of its causes, and whatever else a
 * library has put into it, since Vitest prints every member that an error has.
 *
 * @returns the very same error where there is nothing to hide; else one of the same code or name.
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

/** True when something beside the texts must not be seen. What is no plain text, such as a socket, is not looked into. */
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
