import { rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { SandboxConfig } from '../config.ts'
import { SandboxError } from '../errors.ts'
import { type SandboxKeys, verificationKeys } from '../keys.ts'
import type { Cluster } from '../postgres/cluster.ts'
import { type ProcessSupervisor, tail } from '../process-supervisor.ts'

/** A running PostgREST. It listens on a Unix socket, so that it needs no port. */
export interface PostgrestServer {
  socketPath: string
  version: string
  /** Stops PostgREST alone. */
  stop: () => Promise<void>
}

/** The options for starting PostgREST. */
export interface PostgrestOptions {
  binary: string
  cluster: Cluster
  keys: SandboxKeys
  config: SandboxConfig
  /** Function that runs before every request, as `schema.name`. */
  preRequest: string
  /** Called if the server ends unexpectedly. */
  onDeath: (output: string) => void
}

const POLL_MILLISECONDS = 10
const START_DEADLINE = 20_000

/**
 * Starts PostgREST and waits until it has read the schema.
 *
 * @throws SandboxError `postgrest-start-failed` with its output
 */
export async function startPostgrest(
  supervisor: ProcessSupervisor,
  options: PostgrestOptions,
): Promise<PostgrestServer> {
  const socketPath = join(supervisor.folder, 'postgrest.sock')
  const settingsFile = join(supervisor.folder, 'postgrest.conf')
  // A socket of an earlier server would look like one that does not answer.
  await rm(socketPath, { force: true })
  await writeFile(settingsFile, settings(options, socketPath), { mode: 0o600 })
  const child = supervisor.spawn(
    options.binary,
    [settingsFile],
    // Settings in the environment would outrank those of the file, so only the path is passed on.
    { env: { PATH: process.env.PATH }, cwd: supervisor.folder },
    'TERM',
  )
  const output = tail(child)
  let ended: string | undefined
  let ready = false
  child.once('error', (error) => {
    ended = error.message
  })
  child.once('close', () => {
    ended ??= output()
    if (ready && !supervisor.closing) options.onDeath(output())
  })
  for (const deadline = Date.now() + START_DEADLINE; ended === undefined && Date.now() < deadline; ) {
    const version = await readyVersion(socketPath)
    if (version !== undefined) {
      ready = true
      const stop = async () => {
        ready = false
        const gone = new Promise((resolve) => child.once('close', resolve))
        child.kill('SIGTERM')
        await gone
      }
      return { socketPath, version, stop }
    }
    await pause(POLL_MILLISECONDS)
  }
  throw new SandboxError(
    'postgrest-start-failed',
    `PostgREST did not become ready: ${ended ?? output()}`,
    'Look at its message. `api.schemas` in config.toml and `pgrst.*` settings of the role authenticator are read too.',
  )
}

/** The text of PostgREST's configuration file (https://docs.postgrest.org/en/v12/references/configuration.html). */
function settings({ cluster, keys, config, preRequest }: PostgrestOptions, socketPath: string): string {
  const database = new URLSearchParams({
    host: cluster.socketFolder,
    port: String(cluster.port),
    application_name: 'postgrest',
  })
  const values = {
    'db-uri': `postgresql://authenticator:${keys.passwords.authenticator}@/postgres?${database}`,
    'db-schemas': config.api.schemas.join(','),
    'db-extra-search-path': config.api.extra_search_path.join(','),
    'db-anon-role': 'anon',
    'db-max-rows': config.api.max_rows,
    'db-pre-request': preRequest,
    'db-pool': 16,
    'db-channel-enabled': true,
    'jwt-secret': JSON.stringify(verificationKeys(keys)),
    // Checking an ES256 signature costs five times as much as the rest of a small request. A cached token still expires.
    'jwt-cache-max-lifetime': 3600,
    'server-unix-socket': socketPath,
    'openapi-mode': 'follow-privileges',
    'log-level': 'crit',
  }
  return Object.entries(values)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`)
    .join('')
}

/**
 * The version from the `Server` header once PostgREST answers from its schema cache; `undefined` while it does not listen yet
 * or answers 503. The requested function does not exist: a server that is ready answers 404.
 */
function readyVersion(socketPath: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const question = request({ socketPath, path: '/rpc/trespass_sandbox_ready', method: 'POST' }, (answer) => {
      answer.resume()
      const version = String(answer.headers.server).split('/')[1]
      resolve(answer.statusCode === 404 ? (version ?? 'unknown') : undefined)
    })
    question.once('error', () => resolve(undefined))
    question.end()
  })
}
