import { writeFile } from 'node:fs/promises'
import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import type { SandboxKeys } from '../keys.ts'
import type { ProcessSupervisor } from '../process-supervisor.ts'
import { stampOfCode } from './code.ts'
import { NO_DENO } from './deno.ts'
import { createGate, type FunctionRefusal } from './gate.ts'
import type { FunctionsServed } from './served.ts'
import type { FunctionSource } from './sources.ts'
import { MAIN, mainFile, startWorker, type Worker } from './worker.ts'

/** The Edge Functions of a sandbox. */
export interface EdgeFunctions {
  served: FunctionsServed
  /** Handles a request whose path has lost `/functions/v1`. */
  listener: (request: IncomingMessage, response: ServerResponse) => void
  /** Ends every process. Requests may follow, and start them again. */
  close: () => Promise<void>
}

export interface EdgeFunctionsOptions {
  supervisor: ProcessSupervisor
  keys: SandboxKeys
  /** `supabase/functions` of the workspace. */
  folder: string
  sources: readonly FunctionSource[]
  /** Undefined where there is no Deno. */
  deno: string | undefined
  variables: Record<string, string>
}

const NOT_FOUND: FunctionRefusal = {
  status: 404,
  error: 'NOT_FOUND',
  body: { code: 'NOT_FOUND', message: 'Requested function was not found' },
}

/** Characters of a function's last words that an answer repeats. */
const LONGEST_REASON = 300

const unservable: FunctionRefusal = { status: 503, error: 'BOOT_ERROR', body: { code: 'BOOT_ERROR', message: NO_DENO } }

const crashed: FunctionRefusal = {
  status: 500,
  error: 'WORKER_ERROR',
  body: { code: 'WORKER_ERROR', message: 'Function exited due to an error (please check logs)' },
}

/** Serves Edge Functions: each in a process of its own, which its first request starts. */
export function createEdgeFunctions(options: EdgeFunctionsOptions): EdgeFunctions {
  const { supervisor, keys, folder, sources, deno, variables } = options
  const gate = createGate(keys)
  const workers = new Map<string, { stamp: string; started: Promise<Worker | { failure: string }> }>()

  const start = async (source: FunctionSource, program: string) => {
    const main = mainFile(supervisor.folder)
    await writeFile(main, MAIN)
    return await startWorker(source, { deno: program, supervisor, variables, main })
  }

  /** A function whose code has changed is started anew: an answer of the code before would be no answer. */
  const workerOf = async (source: FunctionSource, program: string) => {
    const stamp = await stampOfCode(folder)
    const known = workers.get(source.name)
    if (known?.stamp === stamp) return await known.started
    const started = start(source, program)
    workers.set(source.name, { stamp, started })
    if (known !== undefined) void known.started.then(stopped)
    return await started
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<FunctionRefusal | undefined> => {
    const path = request.url ?? '/'
    const name = /^\/([^/?]+)/.exec(path)?.[1]
    const source = sources.find((candidate) => candidate.name === name)
    if (source === undefined) return NOT_FOUND
    const refusal = source.verifyJwt ? await gate(request) : undefined
    if (refusal !== undefined) return refusal
    if (deno === undefined) return unservable
    const worker = await workerOf(source, deno)
    if ('failure' in worker) {
      workers.delete(source.name)
      const reason = worker.failure.slice(0, LONGEST_REASON)
      return {
        status: 503,
        error: 'BOOT_ERROR',
        body: { code: 'BOOT_ERROR', message: `Function failed to start: ${reason}` },
      }
    }
    if (await pass(request, response, worker.port)) return undefined
    // The next request starts it anew. A client that went away ends nothing.
    if (worker.hasEnded()) workers.delete(source.name)
    return crashed
  }

  return {
    served:
      deno === undefined && sources.length > 0 ? { unserved: NO_DENO } : { served: sources.map(({ name }) => name) },
    listener: (request, response) => {
      handle(request, response)
        .then((refusal) => refusal !== undefined && refuse(response, refusal))
        .catch(() => refuse(response, crashed))
    },
    close: async () => {
      const started = [...workers.values()]
      workers.clear()
      await Promise.all(started.map(async (worker) => await stopped(await worker.started)))
    },
  }
}

async function stopped(worker: Worker | { failure: string }): Promise<void> {
  if ('stop' in worker) await worker.stop()
}

function refuse(response: ServerResponse, { status, error, body }: FunctionRefusal): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const text = JSON.stringify(body)
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      'sb-error-code': error,
      'access-control-allow-origin': '*',
    })
    .end(text)
}

/** Hands a request to a function's process. Resolves to false when that ended instead of answering. */
function pass(request: IncomingMessage, response: ServerResponse, port: number): Promise<boolean> {
  return new Promise((done) => {
    const { method, url: path, headers } = request
    const forwarded = { 'x-forwarded-for': request.socket.remoteAddress ?? '127.0.0.1', 'x-forwarded-proto': 'http' }
    const options = { host: '127.0.0.1', port, method, path, headers: { ...headers, ...forwarded } }
    const upstream = ask(options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(response)
      answer.once('error', () => response.destroy())
      done(true)
    })
    upstream.once('error', () => done(false))
    response.once('close', () => {
      if (!response.writableFinished) upstream.destroy()
    })
    request.pipe(upstream)
  })
}
