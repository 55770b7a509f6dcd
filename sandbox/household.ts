import { type ChildProcess, spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { SandboxError } from './errors.ts'

/** How a child is asked to end. PostgreSQL takes QUIT as "now, and leave the data as it is", which is thrown away. */
export type StopSignal = 'QUIT' | 'TERM'

/** Where, with what environment and as whom a child runs. */
export interface ChildOptions {
  cwd: string
  env: NodeJS.ProcessEnv
  uid?: number
  gid?: number
}

/** Milliseconds that a child gets before it is killed without being asked. */
const STOP_DEADLINE = 5000

/**
 * Outlives this process and cleans up behind it, however it ends. It reads `<pid> <signal>` and `<pid> gone` lines; when
 * the pipe closes without a `0 dismissed` line before, it ends the children that are left and removes the folder.
 */
const WATCHDOG = `
trap '' INT TERM HUP
children=' '
while read -r pid signal; do
  case $signal in
    dismissed) exit 0 ;;
    gone) children=$(printf '%s' "$children" | sed "s/ $pid:[A-Z]* / /") ;;
    *) children="$children$pid:$signal " ;;
  esac
done
for child in $children; do kill -"\${child#*:}" "\${child%:*}" 2>/dev/null; done
tries=0
while [ -e "$1" ] && [ $tries -lt 50 ]; do rm -rf "$1" 2>/dev/null; tries=$((tries + 1)); sleep 0.1; done
for child in $children; do kill -KILL "\${child%:*}" 2>/dev/null; done
rm -rf "$1"
`

/**
 * What a child runs first: it waits until the watchdog knows it, and leaves when this process dies before that. Without
 * it a child could be started and never be told of.
 */
const REGISTERED_FIRST = 'read -r registered && exec "$0" "$@" </dev/null'

/**
 * The processes and the temporary folder of one running sandbox. Whatever ends the sandbox, they end with it: `close`
 * when it stops by itself, and a watchdog process when it is killed.
 */
export class Household {
  /** The temporary folder; removed when the household closes. */
  readonly folder: string
  readonly #watchdog: ChildProcess
  readonly #children = new Map<ChildProcess, StopSignal>()
  #closing: Promise<void> | undefined

  /** Takes over an existing folder, which from now on is removed with everything in it. */
  constructor(folder: string) {
    this.folder = folder
    this.#watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'trespass-sandbox-watchdog', folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    // A write to a watchdog that was killed must not end the sandbox.
    this.#watchdog.stdin?.on('error', () => undefined)
    this.#watchdog.on('error', () => undefined)
    this.#watchdog.unref()
  }

  /** Whether the household is closing or closed, so that a child's end is no surprise. */
  get closing(): boolean {
    return this.#closing !== undefined
  }

  /**
   * Starts a program in a process group of its own, so that Ctrl-C in a terminal reaches only the sandbox, which then
   * ends its children in order. Its input is empty, its output and errors are pipes.
   *
   * @param options `cwd`, `env` and the account
   * @throws SandboxError `stopped` when the household is closing already
   */
  spawn(program: string, parameters: readonly string[], options: ChildOptions, stopSignal: StopSignal): ChildProcess {
    if (this.closing) throw new SandboxError('stopped', 'The sandbox was stopped while it started.', 'Start it again.')
    const child = spawn('/bin/sh', ['-c', REGISTERED_FIRST, program, ...parameters], {
      ...options,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const { pid } = child
    if (pid === undefined) return child
    this.#children.set(child, stopSignal)
    child.stdin.on('error', () => undefined)
    this.#watchdog.stdin?.write(`${pid} ${stopSignal}\n`, () => child.stdin.end('registered\n'))
    child.once('exit', () => {
      this.#children.delete(child)
      if (this.#watchdog.stdin?.writable) this.#watchdog.stdin.write(`${pid} gone\n`)
    })
    return child
  }

  /** Ends every child, removes the folder and dismisses the watchdog. May be called more than once. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#children].map(([child, signal]) => end(child, signal)))
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
    this.#watchdog.stdin?.end('0 dismissed\n')
  }
}

function end(child: ChildProcess, signal: StopSignal): Promise<void> {
  return new Promise((resolve) => {
    const impatient = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE)
    child.once('exit', () => {
      clearTimeout(impatient)
      resolve()
    })
    child.kill(`SIG${signal}`)
  })
}

/** The last output of a child, kept for the message of its failure. */
export function tail(child: ChildProcess, limit = 4000): () => string {
  let text = ''
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-limit)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return () => text.trim()
}
