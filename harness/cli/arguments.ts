import { parseArgs } from 'node:util'
import { messageOf, TrespassError } from '../errors.ts'
import { didYouMean } from '../message-text.ts'

/** A flag of a command: its text in `--help`, and whether it takes a value. */
export interface Flag {
  readonly type: 'string' | 'boolean'
  readonly multiple?: true
  readonly short?: string
  /** The placeholder of its value: `DIR`. */
  readonly value?: string
  readonly help: string
}

/** The values of the flags on the command line. */
export interface Given {
  text(flag: string): string | undefined
  texts(flag: string): readonly string[]
  on(flag: string): boolean
  readonly words: readonly string[]
}

/**
 * Parses the arguments of a command.
 *
 * @throws TrespassError `usage` with the nearest flag if a flag is unknown or lacks its value.
 */
export function readArguments(args: readonly string[], flags: Readonly<Record<string, Flag>>): Given {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { type, multiple = false, short }]) => [
      name,
      { type, multiple, ...(short === undefined ? {} : { short }) },
    ]),
  )
  const unknown = args.find((arg) => arg.startsWith('--') && !(nameOf(arg) in flags))
  if (unknown !== undefined) {
    throw new TrespassError('usage', `found the flag ${unknown.split('=')[0]}, which this command does not have`, {
      hint: didYouMean(nameOf(unknown), Object.keys(flags)) ?? 'see --help',
    })
  }
  const { values, positionals, tokens } = parsed(args, options)
  refuseTwice(
    tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : [])),
    flags,
  )
  return {
    text: (flag) => {
      const value = values[flag]
      return typeof value === 'string' ? value : undefined
    },
    texts: (flag) => {
      const value = values[flag]
      return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
    },
    on: (flag) => values[flag] === true,
    words: positionals,
  }
}

/** @throws TrespassError `usage` if a command that takes flags only was given a word. */
export function noWords({ words }: Given): void {
  const [stray] = words
  if (stray === undefined) return
  throw new TrespassError('usage', `found ${stray}, expected flags only`, { hint: 'see --help' })
}

/** Refuses a flag that is given twice: one of the values would be ignored in silence. */
function refuseTwice(names: readonly string[], flags: Readonly<Record<string, Flag>>): void {
  const twice = names.find((name, index) => {
    const flag = flags[name]
    return flag?.type === 'string' && flag.multiple !== true && names.indexOf(name) !== index
  })
  if (twice === undefined) return
  throw new TrespassError('usage', `found --${twice} twice, expected it once`, { hint: 'see --help' })
}

function parsed(args: readonly string[], options: NonNullable<Parameters<typeof parseArgs>[0]>['options']) {
  try {
    return parseArgs({ args: [...args], options: options ?? {}, allowPositionals: true, strict: true, tokens: true })
  } catch (error) {
    throw new TrespassError('usage', messageOf(error), { hint: 'see --help' })
  }
}

function nameOf(arg: string): string {
  return arg.slice(2).split('=')[0] ?? ''
}
