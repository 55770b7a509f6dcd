import type { Server } from 'node:http'
import { resolve } from 'node:path'
import type { JWK } from 'jose'
import { loadConfig } from './config.ts'
import { SandboxError } from './errors.ts'
import { createGateway } from './gateway/server.ts'
import { makeKeys } from './keys.ts'
import { buildProject, type Project, type ProjectOptions } from './project.ts'

/** How a sandbox is started. */
export interface SandboxOptions {
  /** The folder that holds `supabase/`; it may hold none. */
  workspace: string
  /** Port of the gateway; a free one when left out. */
  port?: number
  /** A migration, relative to the workspace: it and those after it are left out. */
  until?: string
  /** SQL files applied last, after migrations, seed and configured buckets, as the role postgres. */
  apply?: readonly string[]
  /**
   * Keeps the database as it was filled under this name too. Nobody is connected to it, so that the role postgres, which
   * owns it, can make further databases from it.
   */
  copy?: string
  /** Grants new tables, functions and sequences in public to the API roles, as projects before 2026 do. */
  oldDefaultGrants?: boolean
  /** Algorithm of user sessions; ES256 when left out. */
  signWith?: 'es256' | 'hs256'
  /**
   * Milliseconds before Realtime answers a refused join, 5000 on the platform; a refused connection waits two fifths of
   * it. None when left out.
   */
  realtimeRefusalDelay?: number
  progress?: (text: string) => void
  /** Called when PostgreSQL or PostgREST ends although nobody asked it to. */
  onDeath?: (error: SandboxError) => void
  /** Stops the sandbox while it starts. */
  signal?: AbortSignal
}

/** A running sandbox: what a client of a hosted project knows, and the means to end it. */
export interface Sandbox {
  readonly url: string
  readonly publishableKey: string
  readonly secretKey: string
  readonly anonKey: string
  readonly serviceRoleKey: string
  readonly jwtSecret: string
  /** The private ES256 key that user sessions are signed with. */
  readonly signingKey: JWK
  /** The role postgres, which is no superuser. */
  readonly databaseUrl: string
  /** Connection strings of the login roles that the workspace's SQL makes, by role. */
  readonly workers: Readonly<Record<string, string>>
  readonly versions: { postgres: string; postgrest: string }
  /** What the workspace configures and the sandbox does not do, in sentences. */
  readonly undone: readonly string[]
  /**
   * Throws the database away and builds it again from the workspace, with the same address and keys; from its copy, row
   * for row, where one is kept.
   */
  reset(): Promise<void>
  /** Ends every process and removes every file. May be called more than once. */
  stop(): Promise<void>
}

/**
 * Starts a sandbox and waits until it answers.
 *
 * @throws SandboxError with the reason; nothing is left running then
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  if (process.platform === 'win32') {
    throw new SandboxError(
      'unsupported-platform',
      'The sandbox runs on Linux and macOS; this is Windows.',
      'Run it in the Windows Subsystem for Linux, or use a hosted target.',
    )
  }
  const workspace = resolve(options.workspace)
  const [config, keys] = await Promise.all([loadConfig(workspace), makeKeys()])
  const signal = options.signal ?? new AbortController().signal
  let project: Project | undefined
  const gateway = createGateway(keys, () => project?.services)
  const url = `http://127.0.0.1:${await listen(gateway, options.port)}`
  const projectOptions: ProjectOptions = {
    workspace,
    config,
    keys,
    until: options.until,
    apply: options.apply ?? [],
    copy: options.copy,
    oldDefaultGrants: options.oldDefaultGrants ?? false,
    signWith: options.signWith ?? 'es256',
    realtimeRefusalDelay: options.realtimeRefusalDelay ?? 0,
    url,
    progress: options.progress ?? (() => undefined),
    onDeath: options.onDeath ?? (() => undefined),
  }
  const built = await buildProject(projectOptions, undefined, signal).catch(async (error: unknown) => {
    await closeServer(gateway)
    throw error
  })
  project = built
  const port = built.postgresPort
  const stop = async () => {
    const last = project
    project = undefined
    // The gateway is closed when its last connection is, and WebSockets are closed with the project.
    await Promise.all([closeServer(gateway), last?.close()])
  }
  return {
    url,
    publishableKey: keys.publishableKey,
    secretKey: keys.secretKey,
    anonKey: keys.anonKey,
    serviceRoleKey: keys.serviceRoleKey,
    jwtSecret: keys.jwtSecret,
    signingKey: keys.signingKey,
    databaseUrl: `postgresql://postgres:${keys.passwords.postgres}@127.0.0.1:${port}/postgres`,
    // A reset may find other roles.
    get workers() {
      return project?.workers ?? built.workers
    },
    get undone() {
      return project?.undone ?? built.undone
    },
    versions: built.versions,
    stop,
    reset: async () => {
      const last = project
      project = undefined
      if (last?.putBack !== undefined) {
        await last.putBack()
        project = last
        return
      }
      await last?.close()
      // The workspace may have changed since the start; that is what a reset is for.
      projectOptions.config = await loadConfig(workspace)
      project = await buildProject(projectOptions, port, signal)
    },
  }
}

function listen(server: Server, port: number | undefined): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') return fail(error)
      const why = error.code === 'EACCES' ? 'may not be used by this account' : 'is taken by another program'
      fail(new SandboxError('port-taken', `The port ${port} ${why}.`, 'Choose another --port, or leave it out.'))
    })
    server.listen(port ?? 0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') fail(new Error('The gateway has no port.'))
      else done(address.port)
    })
  })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done())
    server.closeAllConnections()
  })
}
