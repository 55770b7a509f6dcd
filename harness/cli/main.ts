import { TrespassError } from '../errors.ts'
import { didYouMean } from '../message-text.ts'
import { allCommands, commands } from './commands.ts'
import { explain, flushOutput, print } from './print.ts'
import { ProgressDisplay } from './progress-display.ts'
import { exitOnUncaughtErrors } from './uncaught-errors.ts'
import { commandHelp, overview, version } from './usage.ts'

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    print(overview(await allCommands()))
    return 0
  }
  if (name === '--version' || name === '-v') {
    print(version())
    return 0
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (load === undefined) {
    throw new TrespassError('usage', `found the command ${name}, expected one of ${Object.keys(commands).join(', ')}`, {
      hint: didYouMean(name, Object.keys(commands)) ?? 'see trespass --help',
    })
  }
  const isShown = !['--help', '-h', '--quiet'].some((flag) => rest.includes(flag))
  // Loading a run takes a while; the user should see at once that it has begun.
  if (name === 'run' && isShown) opening.step('reading the workspace')
  const command = await load()
  if (rest.includes('--help') || rest.includes('-h')) {
    print(commandHelp(name, command))
    return 0
  }
  return command.run(rest)
}

const opening = new ProgressDisplay()

exitOnUncaughtErrors()

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  opening.clear()
  return explain(error)
})
await flushOutput()
// Database pools may keep the process alive; all work has been awaited.
process.exit()
