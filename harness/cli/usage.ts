import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { packageFile } from '../package-file.ts'
import type { Command } from './command.ts'

const exitCodes = `exit codes: 0 all held
            1 findings: breach, lockout, wrong-layer or undecided, or coverage that is required and missing
            2 bad usage or configuration, a refused target, or a failure of Trespass itself
            3 nothing wrong found, but not all of it is proven`

/** @returns the text of `trespass --help`. */
export function overview(commands: Readonly<Record<string, Command>>): string {
  const lines = Object.entries(commands).map(([name, { words = '', summary }]) => {
    return `  ${`${name} ${words}`.padEnd(24)}${summary}`
  })
  return `Trespass proves, by trying, who can do what in a Supabase project.

usage: trespass <command> [flags]

${lines.join('\n')}

trespass <command> --help lists a command's flags.

${exitCodes}`
}

/** @returns the text of `trespass <command> --help`. */
export function commandHelp(name: string, { summary, words = '', flags, exits, examples }: Command): string {
  const lines = Object.entries(flags).map(([flag, { short, value, help }]) => {
    const spelled = `${short === undefined ? '' : `-${short}, `}--${flag}${value === undefined ? '' : ` ${value}`}`
    return `  ${spelled.padEnd(24)}${help}`
  })
  return `usage: trespass ${`${name} ${words}`.trimEnd()} [flags]

${summary}

${lines.join('\n')}

examples:
${examples.map((example) => `  ${example}`).join('\n')}

exit codes:
${Object.entries(exits)
  .map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`)
  .join('\n')}`
}

/** @returns the version of this package. */
export function version(): string {
  const file = readFileSync(packageFile('package.json'), 'utf8')
  return z.object({ version: z.string() }).parse(JSON.parse(file)).version
}
