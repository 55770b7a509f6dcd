import { plain } from '../cli/terminal/text.ts'
import { withEscapes } from '../invisible.ts'
import { withoutCommands } from '../log-lines.ts'
import { mapTexts } from '../redaction/redact.ts'
import { redactedError } from '../redaction/redact-error.ts'

/**
 * Vitest's reporters print names and errors as they are, and a CI system reads commands from the log. Texts of a matrix, of
 * its target and of files are therefore escaped before Vitest gets them.
 *
 * @returns the name on one line, without a control sequence and without a command.
 */
export function printableName(name: string): string {
  return withoutCommands(plain(name))
}

/** Returns a message with the lines that it has, without a control sequence and without a command. */
export function printableMessage(message: string): string {
  return withoutCommands(withEscapes(message, '\n\t'))
}

/** True for a text of several lines that can be printed as it is. */
export function isPrintable(text: string): boolean {
  return printableMessage(text.replaceAll('\r\n', '\n')) === text.replaceAll('\r\n', '\n')
}

/** Runs something whose failure Vitest prints. */
export async function withPrintableErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw redactedError(error, (value) => mapTexts(value, printableMessage))
  }
}
