import { readFile } from 'node:fs/promises'
import { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { getRequestListener } from '@hono/node-server'
import pg from 'pg'
import { createAuth } from './auth/app.ts'
import { hookFaults } from './auth/hooks.ts'
import type { AuthConfig, SandboxConfig } from './config.ts'
import { SandboxError } from './errors.ts'
import { makeFolder } from './folder.ts'
import { createEdgeFunctions, type EdgeFunctions } from './functions/app.ts'
import { denoBinary } from './functions/deno.ts'
import { functionVariables } from './functions/environment.ts'
import type { FunctionsServed } from './functions/served.ts'
import { functionSources } from './functions/sources.ts'
import type { Services } from './gateway/server.ts'
import { ownerUrl, type SandboxKeys } from './keys.ts'
import { applyFile, SkippedExtensions } from './migrations/apply.ts'
import { type SqlFiles, sqlFiles } from './migrations/files.ts'
import { type Account, postgresAccount } from './postgres/account.ts'
import { type PostgresBinaries, postgresBinaries } from './postgres/binaries.ts'
import { platformSql, setPasswords } from './postgres/bootstrap.ts'
import { type Cluster, connect, createFiles, keepCopy, putBack, start } from './postgres/cluster.ts'
import { openLogins, rolesOf } from './postgres/logins.ts'
import { ownInstallation } from './postgres/own-installation.ts'
import { offerQueues, skipExtensions, standInsInUse } from './postgres/stand-ins.ts'
import { postgrestBinary } from './postgrest/binary.ts'
import { chainPreRequest } from './postgrest/pre-request.ts'
import { startPostgrest } from './postgrest/server.ts'
import { ProcessSupervisor } from './process-supervisor.ts'
import { createRealtime } from './realtime/app.ts'
import { createStorage } from './storage/app.ts'
import { createConfiguredBuckets, sizeInBytes } from './storage/configured.ts'

type AuthHooks = AuthConfig['hook']

/** Milliseconds that the services get to close before the processes that they use are ended. */
const closeDeadline = 5_000

/** The inputs of a project; a reset builds it again from the same. */
export interface ProjectOptions {
  workspace: string
  config: SandboxConfig
  keys: SandboxKeys
  /** A migration: it and later ones are left out. */
  until: string | undefined
  withoutSeed: boolean
  /** SQL files applied last: after migrations, seed and the buckets of the configuration. */
  apply: readonly string[]
  /** The name of the database that is a copy of the filled one. */
  copy: string | undefined
  oldDefaultGrants: boolean
  /** Extensions that are not created, with everything that needs them. */
  skipExtensions: readonly string[]
  signWith: 'es256' | 'hs256'
  /** Milliseconds before Realtime answers a refused join. */
  realtimeRefusalDelay: number
  /** The gateway's address. */
  url: string
  /** Receives a description of the current step for the user. */
  progress: (text: string) => void
  /** Called if a server ends unexpectedly. */
  onDeath: (error: SandboxError) => void
}

/** PostgreSQL, PostgREST, Auth, Storage and Realtime of one sandbox, with the workspace's migrations applied. */
export interface Project {
  services: Services
  postgresPort: number
  versions: { postgres: string; postgrest: string }
  /** Connection strings of the login roles that the workspace's SQL makes, by role. */
  workers: Record<string, string>
  /** The Edge Functions that are served, or why none is. */
  functions: FunctionsServed
  /** Sentences about settings of the workspace that this project does not implement. */
  undone: readonly string[]
  /**
   * Restores the database from its copy; undefined if none is kept. Roles stay unchanged: all databases of a server share them.
   */
  putBack: (() => Promise<void>) | undefined
  /** Ends the servers and removes every file. */
  close: () => Promise<void>
}

/**
 * Builds a project from scratch. On failure all of it is removed.
 *
 * @param postgresPort the port for PostgreSQL, a free one when undefined
 * @param signal aborts the building
 * @throws SandboxError with the reason
 */
export async function buildProject(
  options: ProjectOptions,
  postgresPort: number | undefined,
  signal: AbortSignal,
): Promise<Project> {
  // Checks that can fail early run before any process is started.
  const files = await sqlFiles(options.workspace, options.config, options.apply, options)
  const postgrest = await postgrestBinary()
  const account = await postgresAccount()
  const own = await ownPostgres(account)
  const supervisor = new ProcessSupervisor(await makeFolder(account))
  const abort = () => void supervisor.close()
  signal.addEventListener('abort', abort)
  try {
    if (signal.aborted) abort()
    options.progress('creating the database')
    const binaries = own ?? (await postgresBinaries(account, supervisor.folder))
    const oldDefaultGrants = options.oldDefaultGrants || options.config.api.auto_expose_new_tables
    const platform = await platformSql(oldDefaultGrants, binaries.major)
    const firstPassword = await createFiles(supervisor, binaries, account, platform, options.progress)
    options.progress('starting PostgreSQL')
    const cluster = await start(supervisor, binaries, account, postgresPort, deathOf('PostgreSQL', options))
    const filled = await fill(cluster, firstPassword, binaries.major, options, files)
    const { preRequest, version, workers, hooks, undone } = filled
    if (options.copy !== undefined) await keepCopy(cluster, options.keys.passwords.supabase_admin, options.copy)
    const auth = { ...options.config.auth, hook: hooks }
    const serving = { ...options, config: { ...options.config, auth } }
    const functions = await mountFunctions(supervisor, cluster, serving)
    const open = () => openServices(supervisor, cluster, serving, { binary: postgrest, preRequest }, functions)
    let opened = await open()
    const { copy } = options
    return {
      get services() {
        return opened.services
      },
      postgresPort: cluster.port,
      versions: { postgres: version, postgrest: opened.server.version },
      workers,
      functions: functions.served,
      undone,
      putBack:
        copy === undefined
          ? undefined
          : async () => {
              await opened.close()
              await opened.server.stop()
              await putBack(cluster, options.keys.passwords.supabase_admin, copy)
              opened = await open()
            },
      close: async () => {
        // A connection pool closes after its last statement, and a statement may wait for a lock as long as PostgreSQL runs.
        await Promise.race([opened.close(), wait(closeDeadline, undefined, { ref: false })])
        await supervisor.close()
      },
    }
  } catch (error) {
    await supervisor.close()
    if (!signal.aborted) throw error
    throw new SandboxError('stopped', 'The sandbox was stopped while it started.', 'Start it again.')
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** The installation that `TRESPASS_POSTGRES_BIN` names; undefined without the variable. */
async function ownPostgres(account: Account | undefined): Promise<PostgresBinaries | undefined> {
  const folder = process.env.TRESPASS_POSTGRES_BIN
  return folder === undefined || folder === '' ? undefined : await ownInstallation(folder, account)
}

/** Starts the services that use the database. `close` leaves PostgREST running, which ends with the household. */
async function openServices(
  supervisor: ProcessSupervisor,
  cluster: Cluster,
  options: ProjectOptions,
  postgrest: { binary: string; preRequest: string },
  functions: EdgeFunctions,
) {
  options.progress('starting PostgREST')
  const { keys, config } = options
  const onDeath = deathOf('PostgREST', options)
  const server = await startPostgrest(supervisor, { ...postgrest, cluster, keys, config, onDeath })
  const auth = mountAuth(cluster, options)
  const realtime = mountRealtime(cluster, options)
  const storage = config.storage.enabled ? await mountStorage(cluster, options, supervisor.folder) : undefined
  const services: Services = {
    postgrestSocket: server.socketPath,
    auth: auth.listener,
    realtime,
    storage: storage?.listener,
    functions: config.edge_runtime.enabled ? functions.listener : undefined,
  }
  const close = async () => {
    await functions.close()
    await realtime.close()
    await auth.close()
    await storage?.pool.end()
  }
  return { server, services, close }
}

/** Sets passwords, applies the workspace's SQL, and sets the function that PostgREST calls before each request. */
async function fill(
  cluster: Cluster,
  firstPassword: string,
  major: number,
  options: ProjectOptions,
  files: SqlFiles,
): Promise<Pick<Project, 'workers' | 'undone'> & { preRequest: string; version: string; hooks: AuthHooks }> {
  const { config, keys, workspace } = options
  const superuser = await connect(cluster, 'supabase_admin', firstPassword)
  try {
    await setPasswords(superuser, keys.passwords)
    const platform = await rolesOf(superuser)
    const everyFile = [...files.own, ...files.extra]
    await offerQueues(superuser, config.api.schemas, await Promise.all(everyFile.map((file) => readFile(file, 'utf8'))))
    await createSecrets(superuser, config)
    const skipped = new SkippedExtensions(options.skipExtensions)
    await skipExtensions(superuser, options.skipExtensions)
    const count = everyFile.length
    if (count > 0) options.progress(`applying ${count} SQL files`)
    const apply = async (file: string) => {
      // A connection for each file, so that a SET in one does not affect the next.
      const owner = await connect(cluster, 'postgres', keys.passwords.postgres)
      await applyFile(owner, file, workspace, skipped).finally(() => owner.end())
    }
    for (const file of files.own) await apply(file)
    await createConfiguredBuckets(superuser, config.storage)
    for (const file of files.extra) await apply(file)
    await checkExposedSchemas(superuser, config)
    // Event triggers of the project must not fire for the sandbox's own commands.
    await superuser.query(major >= 17 ? 'set event_triggers = off' : 'set session_replication_role = replica')
    const { hooks, undone } = await callableHooks(superuser, options)
    const unmatched = files.unmatched.map((pattern) => `no file matches ${pattern}`)
    undone.push(...unmatched.map((what) => `supabase/config.toml sets db.seed.sql_paths: ${what}`))
    undone.push(...skipped.sentences(), ...(await standInsInUse(superuser)))
    const workers = await openLogins(superuser, platform, keys.loginPasswords, cluster.port)
    const version = await superuser.query<{ server_version: string }>('show server_version')
    const preRequest = await chainPreRequest(superuser)
    return { preRequest, version: version.rows[0]?.server_version ?? 'unknown', workers, hooks, undone }
  } finally {
    await superuser.end()
  }
}

/**
 * Determines the hooks that Auth calls. While migrations are left out, a hook is not called if its function is missing.
 *
 * @throws SandboxError `config-invalid` for a hook that cannot be called: no user could sign in
 */
async function callableHooks(
  superuser: pg.Client,
  { config, until }: ProjectOptions,
): Promise<{ hooks: AuthHooks; undone: string[] }> {
  const hooks = { ...config.auth.hook }
  const undone = [...config.undone]
  for (const { hook, message, hint } of await hookFaults(superuser, hooks)) {
    const key = `auth.hook.${hook}`
    if (until === undefined) {
      const file = 'supabase/config.toml'
      throw new SandboxError('config-invalid', `${file}: ${key} ${message}.`, hint, { file })
    }
    delete hooks[hook]
    undone.push(`supabase/config.toml sets ${key}: it ${message} before ${until}, so the hook is not run`)
  }
  return { hooks, undone }
}

/** The CLI creates the secrets of `[db.vault]` before the migrations. */
async function createSecrets(superuser: pg.Client, config: SandboxConfig): Promise<void> {
  for (const [name, secret] of Object.entries(config.db.vault)) {
    if (secret !== undefined) await superuser.query('select vault.create_secret($1, $2)', [secret, name])
  }
}

async function checkExposedSchemas(superuser: pg.Client, config: SandboxConfig): Promise<void> {
  const found = await superuser.query<{ name: string }>(
    'select name from unnest($1::text[]) as name where not exists (select from pg_namespace where nspname = name)',
    [config.api.schemas],
  )
  const missing = found.rows.map(({ name }) => name).join(', ')
  if (missing === '') return
  throw new SandboxError(
    'config-invalid',
    `supabase/config.toml: api.schemas names ${missing}, which no migration creates.`,
    'Create the schema in a migration, or take it out of api.schemas.',
    { file: 'supabase/config.toml' },
  )
}

function mountAuth(cluster: Cluster, { keys, config, url, signWith }: ProjectOptions) {
  const open = () => openPool(cluster, 'supabase_auth_admin', keys.passwords.supabase_auth_admin, 'auth')
  const [pool, hookPool] = [open(), open()]
  const app = createAuth({
    pool,
    hookPool,
    jwtSecret: keys.jwtSecret,
    signingKey: keys.signingKey,
    signWith,
    issuer: `${url}/auth/v1`,
    tokenIssuer: tokenIssuer(config, url),
    config: config.auth,
  })
  const listener = getRequestListener((request) => app.fetch(request), { overrideGlobalObjects: false })
  const close = async () => {
    await pool.end()
    await hookPool.end()
  }
  return { close, listener }
}

/** The claim `iss` as the CLI determines it: its own key, else Auth's address in the file, else the address of the sandbox. */
function tokenIssuer({ api, auth }: SandboxConfig, url: string): string {
  return auth.jwt_issuer || auth.external_url || `${(api.external_url || url).replace(/\/+$/, '')}/auth/v1`
}

async function mountFunctions(
  supervisor: ProcessSupervisor,
  cluster: Cluster,
  { workspace, config, keys, url }: ProjectOptions,
): Promise<EdgeFunctions> {
  const sources = config.edge_runtime.enabled ? await functionSources(workspace, config) : []
  const databaseUrl = ownerUrl(keys, cluster.port)
  const [deno, variables] = await Promise.all([
    sources.length === 0 ? undefined : denoBinary(workspace),
    functionVariables(workspace, config, keys, { url, databaseUrl }),
  ])
  const folder = join(workspace, 'supabase', 'functions')
  return createEdgeFunctions({ supervisor, keys, folder, sources, deno, variables })
}

async function mountStorage(cluster: Cluster, { keys, config }: ProjectOptions, folder: string) {
  const password = keys.passwords.supabase_storage_admin
  const pool = openPool(cluster, 'supabase_storage_admin', password, 'Supabase Storage API')
  const app = await createStorage({
    pool,
    jwtSecret: keys.jwtSecret,
    signingKey: keys.signingKey,
    serviceRoleKey: keys.serviceRoleKey,
    anonKey: keys.anonKey,
    fileSizeLimit: sizeInBytes(config.storage.file_size_limit),
    folder,
  })
  const listener = getRequestListener(
    // Uploads are read from the raw request. The gateway does not speak HTTP/2.
    (request, { incoming }) =>
      incoming instanceof IncomingMessage ? app.fetch(request, { incoming }) : new Response(null, { status: 505 }),
    // The rest of a refused upload is read and discarded, however long it takes: a client that is still sending could otherwise
    // neither read the answer nor reuse its connection.
    { overrideGlobalObjects: false, autoCleanupIncoming: false },
  )
  return { pool, listener }
}

function openPool(cluster: Cluster, user: string, password: string, application: string): pg.Pool {
  const pool = new pg.Pool({
    host: cluster.socketFolder,
    port: cluster.port,
    user,
    password,
    database: 'postgres',
    application_name: application,
    max: 10,
    idleTimeoutMillis: 0,
  })
  // Idle connections break if the database stops before the pool does. If a connection breaks during a statement, the statement
  // fails. Without listeners either event would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

function mountRealtime(cluster: Cluster, { keys, config, realtimeRefusalDelay }: ProjectOptions) {
  const password = keys.passwords.supabase_admin
  const realtime = createRealtime({
    pool: openPool(cluster, 'supabase_admin', password, 'realtime'),
    replication: {
      host: cluster.socketFolder,
      port: cluster.port,
      user: 'supabase_admin',
      password,
      database: 'postgres',
    },
    jwtSecret: keys.jwtSecret,
    signingKey: keys.signingKey,
    enabled: config.realtime.enabled,
    refusalDelay: realtimeRefusalDelay,
  })
  const http = getRequestListener((request) => realtime.fetch(request), { overrideGlobalObjects: false })
  return { ...realtime, http }
}

function deathOf(server: string, { onDeath }: ProjectOptions): (output: string) => void {
  return (output) =>
    onDeath(
      new SandboxError(
        'server-ended',
        `${server} ended although the sandbox did not stop it: ${output === '' ? 'it said nothing' : output}`,
        'Start the sandbox again. Memory that ran out is the usual reason.',
      ),
    )
}
