import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { errorCodes } from '../error-codes.ts'
import { TrespassError } from '../errors.ts'
import type { OpenTarget, Target } from '../model/target.ts'
import { privilegedS3, s3Access } from './s3-access.ts'
import { sandboxProgram } from './sandbox-package.ts'

/** How the sandbox of one run differs from the workspace's own migrations. */
export interface SandboxOptions {
  /** SQL files that are applied after the migrations. */
  readonly holes: readonly string[]
  /** Grants on new tables as projects from before 2026 have them. */
  readonly oldDefaultGrants?: boolean
  /** A migration, relative to the workspace: it and those after it are left out. */
  readonly until?: string
  /** Leaves the seed out, whose rows may need later migrations. */
  readonly withoutSeed?: boolean
  /** The name of a database that is kept beside the project's own as a copy of its state after filling. */
  readonly copy?: string
  /** A free one when left out. */
  readonly port?: number
}

interface ProcessOptions extends SandboxOptions {
  /** Extensions that the workspace's configuration leaves out. */
  readonly skipExtensions: readonly string[]
}

const lineSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('progress'), text: z.string() }),
  z.object({
    event: z.literal('ready'),
    url: z.url(),
    publishableKey: z.string(),
    secretKey: z.string(),
    anonKey: z.string().optional(),
    serviceRoleKey: z.string().optional(),
    databaseUrl: z.string(),
    workers: z.record(z.string(), z.string()),
    signingKey: z.record(z.string(), z.unknown()),
    versions: z.record(z.string(), z.string()),
    undone: z.array(z.string()),
    // A sandbox of an older version serves none and does not say so.
    functions: z
      .union([z.object({ served: z.array(z.string()) }), z.object({ unserved: z.string() })])
      .default({ unserved: 'this version of the sandbox serves no Edge Functions: update @trespass/sandbox' }),
  }),
  z.object({
    event: z.literal('failed'),
    // A sandbox of another version may have other codes.
    code: z.enum(errorCodes).catch('sandbox-failed'),
    message: z.string(),
    hint: z.string().optional(),
  }),
])

type Line = z.output<typeof lineSchema>
type Child = ChildProcess & { readonly stdout: NodeJS.ReadableStream; readonly stderr: NodeJS.ReadableStream }
type ReadyLine = Extract<Line, { event: 'ready' }>

/** Milliseconds that the sandbox gets to end by itself. */
const stopDeadline = 10_000

/** Milliseconds that a reset may take, on a busy machine too. */
const resetDeadline = 300_000

/** Characters of its standard error that are kept, to explain an end that it did not explain itself. */
const keptErrors = 2_000

/**
 * Starts the embedded target as a process of its own and waits until it answers. It ends when `close` is called and
 * when this process dies, because its standard input closes then.
 *
 * @throws TrespassError `sandbox-missing`, with the sandbox's own code, or `sandbox-ended`; no process is left then
 */
export async function startSandbox(
  workspace: string,
  options: ProcessOptions & { readonly environment: NodeJS.ProcessEnv },
  onProgress: (text: string) => void,
): Promise<OpenTarget> {
  const child = spawn(process.execPath, commandLine(workspace, options), {
    env: options.environment,
    stdio: ['pipe', 'pipe', 'pipe'],
    // Ctrl-C in a terminal reaches a whole process group. The sandbox has to outlive it until the run has swept.
    detached: true,
  })
  const { ready, end } = listen(child, onProgress)
  // One that could not be started has an error and no exit.
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()))
  // It may be gone before its input is closed.
  child.stdin.on('error', () => undefined)
  let isAsked = false
  const lost = new Promise<Error>((resolve) => {
    void end.then((reason) => {
      if (!isAsked) resolve(reason)
    })
  })
  const close = () => {
    isAsked = true
    return stop(child, ended)
  }
  try {
    const target = targetOf(await ready())
    const reset = async () => {
      const again = ready()
      child.kill('SIGHUP')
      await Promise.race([again, wait(resetDeadline, undefined, { ref: false }).then(refuseReset)])
    }
    return { target, reset, lost, close }
  } catch (error) {
    await close()
    throw error
  }
}

function commandLine(workspace: string, options: ProcessOptions): string[] {
  const { holes, oldDefaultGrants, until, withoutSeed, copy, port, skipExtensions } = options
  return [
    ...[sandboxProgram(workspace), '--workspace', workspace],
    ...holes.flatMap((file) => ['--apply', file]),
    ...(until === undefined ? [] : ['--until', until]),
    ...(withoutSeed ? ['--no-seed'] : []),
    ...(copy === undefined ? [] : ['--copy', copy]),
    ...(oldDefaultGrants ? ['--old-default-grants'] : []),
    ...(port === undefined ? [] : ['--port', String(port)]),
    ...skipExtensions.flatMap((name) => ['--skip-extension', name]),
  ]
}

/**
 * Reads the sandbox's output.
 *
 * @returns `ready` waits for the next line that reports readiness, `end` for the sandbox's end or any failure of it.
 */
function listen(
  child: Child,
  onProgress: (text: string) => void,
): { ready(): Promise<ReadyLine>; readonly end: Promise<Error> } {
  let waiting: ((line: ReadyLine) => void) | null = null
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString('utf8')).slice(-keptErrors)
  })
  // The first reason counts: a sandbox that prints why it fails ends after it.
  const end = new Promise<Error>((fail) => {
    child.once('error', (cause) => fail(hasEnded(cause.message)))
    child.once('close', () => fail(hasEnded(errors.trim())))
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = parseLine(text)
      if (line === null) fail(new Error('The sandbox wrote a line that it did not agree to write'))
      else if (line.event === 'progress') onProgress(line.text)
      else if (line.event === 'ready') waiting?.(line)
      else fail(new TrespassError(line.code, line.message, line.hint === undefined ? {} : { hint: line.hint }))
    })
  })
  const ready = () =>
    new Promise<ReadyLine>((resolve, reject) => {
      waiting = resolve
      void end.then(reject)
    })
  return { ready, end }
}

function parseLine(text: string): Line | null {
  try {
    return lineSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

function targetOf(ready: ReadyLine): Target {
  const { url, publishableKey, secretKey, databaseUrl, workers, signingKey, versions, undone, functions } = ready
  const s3 = s3Access(url, ready.anonKey ?? '')
  return {
    alias: 'sandbox',
    kind: 'sandbox',
    endpoint: { url, publishableKey, ...(s3 === null ? {} : { s3 }) },
    privileged: { kind: 'privileged', url, secretKey, ...privilegedS3(s3, ready.serviceRoleKey ?? '') },
    databaseUrl,
    databaseCa: null,
    workers,
    minting: { kind: 'jwk', jwk: signingKey },
    users: {},
    versions,
    undone,
    functions,
  }
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.stdin?.end()
  const impatient = setTimeout(() => child.kill('SIGKILL'), stopDeadline)
  await ended
  clearTimeout(impatient)
}

function refuseReset(): never {
  throw new TrespassError(
    'sandbox-failed',
    `found a sandbox that is not ready ${resetDeadline / 1000} seconds after a reset began, expected it to be`,
    { hint: 'Run the command again. If it happens again, run `trespass sandbox` to see how the sandbox starts.' },
  )
}

function hasEnded(said: string): TrespassError {
  const message = `the sandbox ended unasked${said === '' ? ' and said nothing' : `: ${said}`}`
  return new TrespassError('sandbox-ended', message, { hint: 'Run `trespass sandbox` to see how it starts.' })
}
