import { TrespassError } from '../errors.ts'
import { redactor } from '../evidence/redact.ts'
import { redactedError } from '../evidence/redact-error.ts'

/** Writes a line to the terminal. */
export function say(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

/** Writes a line beside the output, for what is no result: progress, errors. */
export function aside(text: string): void {
  process.stderr.write(text.endsWith('\n') ? text : `${text}\n`)
}

/**
 * Prints an error: a known one with its hint and without a stack, anything else as a bug of Trespass. Who knows the
 * secrets of a target has taken them out; what is left is what looks like one.
 *
 * @returns the exit code that goes with it.
 */
export function explain(thrown: unknown): number {
  const error = redactedError(thrown, redactor([]))
  if (error instanceof TrespassError) {
    aside(`trespass: ${error.message}`)
    if (error.hint !== undefined) aside(`  ${error.hint}`)
  } else {
    aside(`trespass: a bug in Trespass: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
  return 2
}
