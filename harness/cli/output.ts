import { TrespassError } from '../errors.ts'
import type { Flag, Given } from './arguments.ts'
import { print, printError } from './print.ts'
import { type TerminalStyle, terminalStyleOf } from './terminal/terminal-style.ts'

/** The amount of output of a run. */
export type OutputLevel = 'quiet' | 'normal' | 'verbose'

/** The form of a command's output. */
export interface Output {
  readonly detail: OutputLevel
  /** True if standard output is one JSON document, and text for the user goes to standard error. */
  readonly json: boolean
  readonly style: TerminalStyle
  say(text: string): void
}

/** The flags of a command that runs matrices. */
export const outputFlags = {
  verbose: { type: 'boolean', help: 'prints the table of every matrix' },
  quiet: { type: 'boolean', help: 'prints findings and nothing else' },
  json: { type: 'boolean', help: 'prints one JSON document to standard output, and the rest to standard error' },
} as const satisfies Readonly<Record<string, Flag>>

/** @throws TrespassError `usage` */
export function outputOf(given: Given): Output {
  const [quiet, verbose, json] = [given.on('quiet'), given.on('verbose'), given.on('json')]
  if (quiet && verbose) {
    throw new TrespassError('usage', 'found --quiet beside --verbose, expected one of the two', { hint: 'see --help' })
  }
  return {
    detail: quiet ? 'quiet' : verbose ? 'verbose' : 'normal',
    json,
    style: terminalStyleOf(process.env, json ? process.stderr : process.stdout),
    say: json ? printError : print,
  }
}
