import { type ChildProcess, spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { SandboxError } from './errors.ts'

/** The signal that ends a child. PostgreSQL takes QUIT as an immediate shutdown; its data is discarded anyway. */
export type StopSignal = 'QUIT' | 'TERM'

/** The working directory, environment and account of a child process. */
export interface ChildOptions {
  cwd: string
  env: NodeJS.ProcessEnv
  uid?: number
  gid?: number
}

/** Milliseconds after the signal until a child is killed. */
const STOP_DEADLINE = 5000

/**
 * Outlives this process and cleans up after it. It reads lines `<pid> <signal>` and `<pid> gone`; if the pipe closes without a
 * line `0 dismissed`, it ends the remaining children and removes the folder.
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
 * The beginning of a child's command: it waits until the watchdog has registered the child, and exits if this process dies
 * before that. Otherwise a child could run that the watchdog does not know.
 */
const REGISTERED_FIRST = 'read -r registered && exec "$0" "$@" </dev/null'

/**
 * The processes and the temporary folder of one running sandbox. They end with the sandbox: by `close` if it stops by itself,
 * and by a watchdog process if it is killed.
 */
export class ProcessSupervisor {
  /** The temporary folder; removed when the household closes. */
  readonly folder: string
  readonly #watchdog: ChildProcess
  readonly #children = new Map<ChildProcess, StopSignal>()
  #closing: Promise<void> | undefined

  /** Takes over an existing folder, which is removed with its contents in the end. */
  constructor(folder: string) {
    this.folder = folder
    this.#watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'trespass-sandbox-watchdog', folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    // A write to a killed watchdog must not end the sandbox.
    this.#watchdog.stdin?.on('error', () => undefined)
    this.#watchdog.on('error', () => undefined)
    this.#watchdog.unref()
  }

  /** Whether the sandbox is closing or closed, so that the end of a child is expected. */
  get closing(): boolean {
    return this.#closing !== undefined
  }

  /**
   * Starts a program in a process group of its own, so that Ctrl-C in a terminal reaches only the sandbox, which then ends its
   * children in order. Its input is empty, its output and errors are pipes.
   *
   * @param options `cwd`, `env` and the account
   * @throws SandboxError `stopped` if it is closing already
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

/** Keeps the last output of a child, for the message of its failure. */
export function tail(child: ChildProcess, limit = 4000): () => string {
  let text = ''
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-limit)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return () => text.trim()
}
