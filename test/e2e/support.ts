import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'

/** The folder of this package, which is the demo workspace as well. */
export const repository = join(import.meta.dirname, '..', '..')

/** The maximum duration of a single command on a busy machine. */
export const patience = 300_000

const cleanups: (() => unknown)[] = []
// A hook at the top of an imported file belongs to the test file that imports it.
afterAll(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
}, patience)

/** Registers a function to run when the test file ends, in reverse order. */
export function atEnd(cleanup: () => unknown): void {
  cleanups.push(cleanup)
}

/** Makes a temporary folder that every account may enter: PostgreSQL does not run as root. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'trespass-e2e-'))
  chmodSync(folder, 0o755)
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

/** A command that has ended. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
  /** The text of both outputs. */
  readonly text: string
}

/** A running command. */
export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** The text of both outputs so far. */
  said(): string
  /** Waits until the output matches; fails if the command ends or takes too long. @returns the output so far. */
  says(pattern: RegExp, milliseconds?: number): Promise<string>
}

/** The options of a command. */
export interface Calling {
  readonly cwd?: string
  /** Variables in addition to a clean environment. */
  readonly env?: Readonly<Record<string, string>>
  /** The maximum size of a file in blocks of 512 bytes, to simulate a full disk. */
  readonly fileBlocks?: number
}

/** Starts `trespass` with the Node that runs the tests. */
export function start(args: readonly string[], calling: Calling = {}): Started {
  return startNode([join(repository, 'bin', 'trespass.js'), ...args], calling)
}

/** Runs `trespass` to its end. */
export function trespass(args: readonly string[], calling: Calling = {}): Promise<Ended> {
  return start(args, calling).ended
}

export function startNode(args: readonly string[], { cwd = repository, env = {}, fileBlocks }: Calling = {}): Started {
  const limited = ['-c', `ulimit -f ${fileBlocks}; exec "$0" "$@"`, process.execPath, ...args]
  const [command, given] = fileBlocks === undefined ? [process.execPath, args] : ['sh', limited]
  const child = spawn(command, given, {
    cwd,
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  // In the order of arrival, so that a later text is at the end.
  let both = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk
    both += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk
    both += chunk
  })
  let over = false
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      over = true
      resolve({ code, out, err, text: out + err })
    })
  })
  atEnd(async () => {
    if (!over) child.kill('SIGKILL')
    await ended
  })
  const said = () => both
  const says = async (pattern: RegExp, milliseconds = patience / 2) => {
    const seen = () => pattern.test(said())
    await until(`a command says ${pattern}`, () => seen() || over, milliseconds, said)
    if (!seen()) throw new Error(`the command ended and never said ${pattern}:\n${said()}`)
    return said()
  }
  return { child, ended, said, says }
}

/** Polls until the condition holds. @throws after the time limit, with the text of `explain`. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  milliseconds = patience,
  explain: () => string = () => '',
): Promise<void> {
  for (const deadline = Date.now() + milliseconds; !(await holds()); ) {
    if (Date.now() > deadline) throw new Error(`it did not come true in ${milliseconds} ms: ${what}\n${explain()}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** The environment of a user's shell: no variables of Vitest or a CI system, none about a target, no colours. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const foreign =
    /^(?:VITEST|TRESPASS_|VITE_|GITHUB_|NODE_ENV$|NODE_OPTIONS$|TEST$|DEV$|PROD$|SSR$|MODE$|BASE_URL$|FORCE_COLOR$)/
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name))
  return { ...Object.fromEntries(kept), NO_COLOR: '1' }
}
