import { relative } from 'node:path'
import { TrespassError } from '../errors.ts'
import { withEscapes } from '../invisible.ts'
import { withoutCommands } from '../log-lines.ts'
import { packageFile } from '../package-file.ts'
import { redactor } from '../redaction/redact.ts'
import { redactedError } from '../redaction/redact-error.ts'

/** Writes lines to standard output. Quoted text cannot act as a workflow command of a CI system. */
export function print(text: string): void {
  if (text === '') return
  process.stdout.write(ended(withoutCommands(text)))
}

/** Writes a workflow command of Trespass: the only lines that are meant as commands. */
export function printCommand(line: string): void {
  process.stdout.write(ended(line))
}

/** As {@link printCommand}, to standard error: for commands whose standard output is read by a program. */
export function printErrorCommand(line: string): void {
  process.stderr.write(ended(line))
}

/** Writes a line that is no result to standard error: progress, errors. */
export function printError(text: string): void {
  if (text === '') return
  process.stderr.write(ended(withoutCommands(text)))
}

/**
 * Waits until all output has left the process. A pipe takes a long text in parts as its reader reads it, and `process.exit`
 * drops the remaining parts.
 */
export async function flushOutput(): Promise<void> {
  const left = (stream: NodeJS.WriteStream) => new Promise<void>((resolve) => stream.write('', () => resolve()))
  await Promise.all([left(process.stdout), left(process.stderr)])
}

function ended(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}

/**
 * Prints an error: a known one with its hint and the place in the documentation, without a stack; any other as a bug of
 * Trespass. The caller has removed the secrets of its target; this function removes text that has the format of a secret.
 *
 * @returns the exit code for the error.
 */
export function explain(thrown: unknown): number {
  const error = redactedError(refusedByFiles(thrown) ?? thrown, redactor([]))
  if (error instanceof TrespassError) {
    complain(`trespass: ${error.message}`)
    if (error.hint !== undefined) complain(`  ${error.hint}`)
    complain(`  see ${relative(process.cwd(), packageFile('docs/errors.md'))}#${error.code}`)
  } else {
    complain(`trespass: a bug in Trespass: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
  return 2
}

/** Writes a message that may quote any text: it keeps line breaks and loses control sequences. */
function complain(message: string): void {
  printError(withEscapes(message, '\n\t'))
}

/** Descriptions of the system's errors for a file or a folder that cannot be written. */
const refusals: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
}

/** @returns the error to print for a file or a folder that cannot be read or written; null for any other error. */
function refusedByFiles(error: unknown): TrespassError | null {
  if (!(error instanceof Error && 'code' in error && 'path' in error)) return null
  const why = refusals[String(error.code)]
  if (why === undefined) return null
  const message = `found ${String(error.path)}, which cannot be used (${String(error.code)}): ${why}`
  return new TrespassError('file-refused', message, {
    hint: 'Change the owner or the permissions, or make room, and try again.',
    cause: error,
  })
}
