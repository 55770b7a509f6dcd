import type { Server } from 'node:http'
import { resolve } from 'node:path'
import type { JWK } from 'jose'
import { loadConfig } from './config.ts'
import { SandboxError } from './errors.ts'
import type { FunctionsServed } from './functions/served.ts'
import { createGateway } from './gateway/server.ts'
import { makeKeys, ownerUrl } from './keys.ts'
import { buildProject, type Project, type ProjectOptions } from './project.ts'

/** The options for starting a sandbox. */
export interface SandboxOptions {
  /** The folder of `supabase/`, which need not exist. */
  workspace: string
  /** Port of the gateway; by default a free one. */
  port?: number
  /** A migration, relative to the workspace: it and later ones are left out. */
  until?: string
  /** Leaves the seed out, whose rows may need later migrations. */
  withoutSeed?: boolean
  /** SQL files applied last, after migrations, seed and configured buckets, as the role postgres. */
  apply?: readonly string[]
  /**
   * Keeps a copy of the filled database under this name. It has no connections, so that the role postgres, which owns it, can
   * create further databases from it.
   */
  copy?: string
  /** Grants new tables, functions and sequences in public to the API roles, as projects before 2026 do. */
  oldDefaultGrants?: boolean
  /** Extensions that are not created; statements that fail without them are left out and named in `undone`. */
  skipExtensions?: readonly string[]
  /** Algorithm of user sessions; by default ES256. */
  signWith?: 'es256' | 'hs256'
  /**
   * Milliseconds before Realtime answers a refused join, 5000 on the platform; a refused connection waits two fifths of it. By
   * default none.
   */
  realtimeRefusalDelay?: number
  progress?: (text: string) => void
  /** Called if PostgreSQL or PostgREST ends unexpectedly. */
  onDeath?: (error: SandboxError) => void
  /** Stops the sandbox during its start. */
  signal?: AbortSignal
}

/** A running sandbox: the addresses and keys that a client of a hosted project has, and the means to end it. */
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
  /** The Edge Functions that are served, or why none is. */
  readonly functions: FunctionsServed
  /** Sentences about settings of the workspace that the sandbox does not implement. */
  readonly undone: readonly string[]
  /**
   * Discards the database and builds it again from the workspace, with the same address and keys; if a copy is kept, from the
   * copy, row for row.
   */
  reset(): Promise<void>
  /** Ends every process and removes every file. May be called more than once. */
  stop(): Promise<void>
}

/**
 * Starts a sandbox and waits until it answers.
 *
 * @throws SandboxError with the reason; no process is left running then
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
    withoutSeed: options.withoutSeed ?? false,
    apply: options.apply ?? [],
    copy: options.copy,
    oldDefaultGrants: options.oldDefaultGrants ?? false,
    skipExtensions: options.skipExtensions ?? [],
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
    // The gateway closes after its last connection, and the project closes WebSockets.
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
    databaseUrl: ownerUrl(keys, port),
    // A reset may add or remove roles.
    get workers() {
      return project?.workers ?? built.workers
    },
    get functions() {
      return project?.functions ?? built.functions
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
      // The workspace may have changed since the start; a reset applies the changes.
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
