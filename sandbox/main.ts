import { readArguments } from './arguments.ts'
import { SandboxError } from './errors.ts'
import { type Sandbox, startSandbox } from './index.ts'

/**
 * The sandbox as a process. It prints one JSON object per line: `progress` during the start, then `ready` or `failed`. It ends
 * with its parent: on SIGINT, on SIGTERM and when its standard input closes. SIGHUP builds the database again.
 */
function print(line: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function printReady({ stop: _stop, reset: _reset, ...facts }: Sandbox): void {
  print({ event: 'ready', ...facts })
}

function printFailed(error: unknown): void {
  if (error instanceof SandboxError) {
    print({ event: 'failed', code: error.code, message: error.message, hint: error.hint, ...error.position })
    return
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  print({ event: 'failed', code: 'internal', message: text, hint: 'This is a defect of the sandbox: report it.' })
}

const ending = new AbortController()
let sandbox: Sandbox | undefined
let work: Promise<unknown> = Promise.resolve()

/** Waits for the current step, stops everything and exits. Only the first call counts. */
function leave(exitCode: number): void {
  if (ending.signal.aborted) return
  ending.abort()
  void work
    .catch(() => undefined)
    .then(() => sandbox?.stop())
    .finally(() => process.exit(exitCode))
}

function failAndLeave(error: unknown): void {
  if (ending.signal.aborted) return
  printFailed(error)
  leave(2)
}

async function start(): Promise<void> {
  sandbox = await startSandbox({
    ...readArguments(process.argv.slice(2)),
    progress: (text) => print({ event: 'progress', text }),
    onDeath: failAndLeave,
    signal: ending.signal,
  })
  printReady(sandbox)
}

async function reset(): Promise<void> {
  if (sandbox === undefined || ending.signal.aborted) return
  print({ event: 'progress', text: 'resetting' })
  await sandbox.reset()
  printReady(sandbox)
}

/** Runs one step at a time: a reset waits for the start, and a second reset for the first. */
function enqueue(step: () => Promise<void>): void {
  work = work.then(step).catch(failAndLeave)
}

process.on('SIGINT', () => leave(0))
process.on('SIGTERM', () => leave(0))
process.on('SIGHUP', () => enqueue(reset))
// The parent reads standard output; if it died, a write fails before standard input ends.
process.stdout.on('error', () => leave(0))
process.stdin.on('end', () => leave(0))
process.stdin.on('error', () => leave(0))
process.stdin.resume()
enqueue(start)
