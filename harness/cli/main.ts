import { TrespassError } from '../errors.ts'
import { didYouMean } from '../matrix/words.ts'
import { cleanup } from './cleanup.ts'
import type { Command } from './command.ts'
import { diff } from './diff.ts'
import { doctor } from './doctor.ts'
import { explain } from './explain.ts'
import { merge } from './merge.ts'
import { explain as explainError, say } from './print.ts'
import { run } from './run.ts'
import { sandbox } from './sandbox.ts'
import { commandHelp, overview, version } from './usage.ts'
import { verify } from './verify.ts'

const commands: Readonly<Record<string, Command>> = { run, sandbox, doctor, cleanup, merge, explain, diff, verify }

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    say(overview(commands))
    return 0
  }
  if (name === '--version' || name === '-v') {
    say(version())
    return 0
  }
  const command = commands[name]
  if (command === undefined) {
    throw new TrespassError('usage', `found the command ${name}, expected one of ${Object.keys(commands).join(', ')}`, {
      hint: didYouMean(name, Object.keys(commands)) ?? 'see trespass --help',
    })
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    say(commandHelp(name, command))
    return 0
  }
  return command.run(rest)
}

process.exitCode = await main(process.argv.slice(2)).catch(explainError)
// Vitest and the database pools may hold the process open; everything that matters has been awaited.
process.exit()
