import { plain } from '../cli/terminal/text.ts'
import { withEscapes } from '../invisible.ts'
import { withoutCommands } from '../log-lines.ts'
import { mapTexts } from '../redaction/redact.ts'
import { redactedError } from '../redaction/redact-error.ts'

/**
 * Vitest's reporters print names and errors unescaped, and a CI system executes commands in the log. Texts of a matrix, of its
 * target and of files are therefore escaped before they reach Vitest.
 *
 * @returns the name on one line, without control sequences and without commands.
 */
export function printableName(name: string): string {
  return withoutCommands(plain(name))
}

/** Returns a message with its line breaks, without control sequences and without commands. */
export function printableMessage(message: string): string {
  return withoutCommands(withEscapes(message, '\n\t'))
}

/** True if a text of several lines can be printed unchanged. */
export function isPrintable(text: string): boolean {
  return printableMessage(text.replaceAll('\r\n', '\n')) === text.replaceAll('\r\n', '\n')
}

/** Runs a function and makes its error safe for Vitest to print. */
export async function withPrintableErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw redactedError(error, (value) => mapTexts(value, printableMessage))
  }
}
