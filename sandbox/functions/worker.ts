import { createConnection } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { freePort } from '../ports.ts'
import { type ProcessSupervisor, tail } from '../process-supervisor.ts'
import type { FunctionSource } from './sources.ts'

/** A process that runs one Edge Function. */
export interface Worker {
  port: number
  /** True when the process has ended by itself. */
  hasEnded: () => boolean
  /** Ends the process. */
  stop: () => Promise<void>
}

/** What a function is started with. */
export interface WorkerOptions {
  deno: string
  supervisor: ProcessSupervisor
  variables: Record<string, string>
  /** The module that `MAIN` was written to. */
  main: string
}

/** Runs a function. One that exports its handler instead of serving it is served here. */
export const MAIN = `const module = await import(Deno.args[0])
const handler = module.default?.fetch
if (typeof handler === 'function') Deno.serve((request) => handler.call(module.default, request))
`

const POLL_MILLISECONDS = 20
/** Packages may have to be downloaded. */
const START_DEADLINE = 60_000
const STOP_DEADLINE = 2000

/**
 * Starts a function and waits until it listens.
 *
 * @returns the process, or what it said when it did not start
 */
export async function startWorker(
  source: FunctionSource,
  options: WorkerOptions,
): Promise<Worker | { failure: string }> {
  const { deno, supervisor, variables, main } = options
  const port = await freePort()
  const settings = source.settings === undefined ? ['--no-config'] : [source.settings.flag, source.settings.file]
  const child = supervisor.spawn(
    deno,
    [
      ...['run', '--quiet', '--no-prompt'],
      // Nothing is written into the workspace.
      ...['--no-lock', '--node-modules-dir=none'],
      ...['--allow-net', '--allow-env', '--allow-read', '--allow-sys', '--allow-import', '--allow-write=/tmp'],
      ...settings,
      main,
      pathToFileURL(source.entry).href,
    ],
    { cwd: supervisor.folder, env: { ...variables, DENO_SERVE_ADDRESS: `tcp:127.0.0.1:${port}` } },
    'TERM',
  )
  const output = tail(child)
  let ended = false
  const gone = new Promise<void>((done) => {
    child.once('close', () => {
      ended = true
      done()
    })
    child.once('error', () => {
      ended = true
      done()
    })
  })
  const stop = async () => {
    if (ended) return
    child.kill('SIGTERM')
    const impatient = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE)
    await gone
    clearTimeout(impatient)
  }
  for (const deadline = Date.now() + START_DEADLINE; !ended && Date.now() < deadline; ) {
    if (await listens(port)) return { port, stop, hasEnded: () => ended }
    await pause(POLL_MILLISECONDS)
  }
  await stop()
  return { failure: output() || 'it said nothing' }
}

/** @returns the path of the module that runs functions, in a sandbox's folder. */
export function mainFile(folder: string): string {
  return join(folder, 'function.mjs')
}

function listens(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })
}
