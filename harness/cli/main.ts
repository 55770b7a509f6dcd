import { TrespassError } from '../errors.ts'
import { didYouMean } from '../matrix/words.ts'
import type { Command } from './command.ts'
import { explain, say } from './print.ts'
import { commandHelp, overview, version } from './usage.ts'

/** Each is loaded when it is asked for: to run takes much that reading a report does not need. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./run.ts')).run,
  sandbox: async () => (await import('./sandbox.ts')).sandbox,
  doctor: async () => (await import('./doctor.ts')).doctor,
  cleanup: async () => (await import('./cleanup.ts')).cleanup,
  merge: async () => (await import('./merge.ts')).merge,
  explain: async () => (await import('./explain.ts')).explain,
  diff: async () => (await import('./diff.ts')).diff,
  verify: async () => (await import('./verify.ts')).verify,
}

async function all(): Promise<Readonly<Record<string, Command>>> {
  return Object.fromEntries(
    await Promise.all(Object.entries(commands).map(async ([name, load]) => [name, await load()] as const)),
  )
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    say(overview(await all()))
    return 0
  }
  if (name === '--version' || name === '-v') {
    say(version())
    return 0
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (load === undefined) {
    throw new TrespassError('usage', `found the command ${name}, expected one of ${Object.keys(commands).join(', ')}`, {
      hint: didYouMean(name, Object.keys(commands)) ?? 'see trespass --help',
    })
  }
  const command = await load()
  if (rest.includes('--help') || rest.includes('-h')) {
    say(commandHelp(name, command))
    return 0
  }
  return command.run(rest)
}

// An error that nobody waits for is a failure of Trespass too, and Node.js would end with the code for findings.
process.on('uncaughtException', (error) => process.exit(explain(error)))

process.exitCode = await main(process.argv.slice(2)).catch(explain)
// Vitest and the database pools may hold the process open; everything that matters has been awaited.
process.exit()
