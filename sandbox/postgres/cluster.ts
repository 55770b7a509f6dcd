import { randomBytes } from 'node:crypto'
import { chown, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { SandboxError } from '../errors.ts'
import { freePort } from '../ports.ts'
import { type ChildOptions, type ProcessSupervisor, tail } from '../process-supervisor.ts'
import type { Account } from './account.ts'
import type { PostgresBinaries } from './binaries.ts'
import { templateFor } from './template.ts'

/** The superuser that owns the platform's own objects, as on a hosted project. */
const SUPERUSER = 'supabase_admin'

/** A running PostgreSQL. It listens on 127.0.0.1 and on a Unix socket in `socketFolder`. */
export interface Cluster {
  port: number
  socketFolder: string
  /** Shuts it down cleanly, so that its files are complete. */
  stop: () => Promise<void>
}

/** Prefers speed to durability: the data is discarded when the sandbox stops. */
const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'logical',
  max_connections: '100',
  shared_buffers: '64MB',
  huge_pages: 'off',
  // Limits the log to start-up messages: a denied request is an ERROR, and a run makes thousands of them.
  log_min_messages: 'log',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // The platform's limit for every role without one of its own.
  statement_timeout: '120000',
}

/** What initdb is called with. */
function initialisation(major: number): readonly string[] {
  return [
    `--username=${SUPERUSER}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order of text on every machine, whatever locales it has. Before 17 only the C library has one for all.
    ...(major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ]
}

/**
 * Creates the files of a cluster with the platform's roles and schemas in the household's folder, or unpacks those of a
 * template that an earlier sandbox left. They are the same for all sandboxes, except for the passwords of roles.
 *
 * @param platform the SQL that creates roles and schemas
 * @param progress receives a description of the current step
 * @returns the superuser's password, which the caller replaces: every sandbox from the same template has it
 * @throws SandboxError `postgres-init-failed` with the output of initdb, or `postgres-start-failed`
 */
export async function createFiles(
  supervisor: ProcessSupervisor,
  binaries: PostgresBinaries,
  account: Account | undefined,
  platform: string,
  progress: (text: string) => void,
): Promise<string> {
  const template = templateFor(supervisor.folder, [binaries.origin, ...initialisation(binaries.major), platform])
  const passwordFile = join(supervisor.folder, 'password')
  if (!(await template.unpack(supervisor, account))) {
    const password = randomBytes(18).toString('base64url')
    await writeFile(passwordFile, password, { mode: 0o600 })
    if (account !== undefined) await chown(passwordFile, account.uid, account.gid)
    await initialise(supervisor, binaries, account, passwordFile)
    progress('making roles and schemas')
    const cluster = await start(supervisor, binaries, account, undefined, () => undefined)
    const superuser = await connect(cluster, SUPERUSER, password)
    await superuser.query(platform).finally(() => superuser.end())
    await cluster.stop()
    progress('keeping a copy for the next sandboxes')
    await template.pack(supervisor)
  }
  const password = await readFile(passwordFile, 'utf8')
  await rm(passwordFile)
  return password
}

async function initialise(
  supervisor: ProcessSupervisor,
  binaries: PostgresBinaries,
  account: Account | undefined,
  passwordFile: string,
): Promise<void> {
  const parameters = [
    `--pgdata=${join(supervisor.folder, 'data')}`,
    `--pwfile=${passwordFile}`,
    ...initialisation(binaries.major),
  ]
  const child = supervisor.spawn(binaries.initdb, parameters, processOptions(account), 'TERM')
  const output = tail(child)
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null))
    child.once('close', resolve)
  })
  if (code !== 0) throw failure('postgres-init-failed', 'PostgreSQL could not create its data folder', output())
}

/**
 * Starts PostgreSQL and waits until it accepts connections.
 *
 * @param port the port to use; a free one when undefined
 * @param onDeath called if the server ends unexpectedly
 * @throws SandboxError `postgres-start-failed`
 */
export async function start(
  supervisor: ProcessSupervisor,
  binaries: PostgresBinaries,
  account: Account | undefined,
  port: number | undefined,
  onDeath: (output: string) => void,
): Promise<Cluster> {
  // Another process may take a free port before the server binds it, so the start is retried with another port.
  for (let attempt = 1; ; attempt += 1) {
    const candidate = port ?? (await freePort())
    const started = await attemptStart(supervisor, binaries, account, candidate, onDeath)
    if ('stop' in started) return { port: candidate, socketFolder: supervisor.folder, stop: started.stop }
    const { output } = started
    const taken = output.includes('could not bind') || output.includes('could not create any TCP/IP sockets')
    if (!taken || port !== undefined || attempt === 5) {
      throw failure('postgres-start-failed', `PostgreSQL did not start on port ${candidate}`, output)
    }
  }
}

/** Resolves when the server accepts connections, or with its output if it ended before. */
function attemptStart(
  supervisor: ProcessSupervisor,
  binaries: PostgresBinaries,
  account: Account | undefined,
  port: number,
  onDeath: (output: string) => void,
): Promise<Pick<Cluster, 'stop'> | { output: string }> {
  const settings = { ...SETTINGS, port: String(port), unix_socket_directories: supervisor.folder }
  const child = supervisor.spawn(
    binaries.postgres,
    [
      '-D',
      join(supervisor.folder, 'data'),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    processOptions(account),
    'QUIT',
  )
  const output = tail(child)
  let stopping = false
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async () => {
    stopping = true
    // PostgreSQL's "fast" shutdown: connections are ended, and all data is written.
    child.kill('SIGINT')
    await ended
  }
  return new Promise((resolve) => {
    let ready = false
    child.stderr?.on('data', () => {
      if (ready || !output().includes('database system is ready to accept connections')) return
      ready = true
      resolve({ stop })
    })
    child.once('error', (error) => resolve({ output: error.message }))
    child.once('close', () => {
      if (!ready) resolve({ output: output() })
      else if (!supervisor.closing && !stopping) onDeath(output())
    })
  })
}

/** Connects to the cluster. The caller ends the client. */
export async function connect(
  cluster: Cluster,
  user: string,
  password: string,
  database = 'postgres',
): Promise<pg.Client> {
  const client = new pg.Client({
    host: cluster.socketFolder,
    port: cluster.port,
    user,
    password,
    database,
    application_name: 'trespass-sandbox',
  })
  // If the server ends, `onDeath` reports its output; without a listener this event would end the process first.
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/** Copies the database `postgres`, which must have no connections: PostgreSQL copies no other. */
export async function keepCopy(cluster: Cluster, superuserPassword: string, name: string): Promise<void> {
  const superuser = await connect(cluster, SUPERUSER, superuserPassword, 'template1')
  const copy = superuser.escapeIdentifier(name)
  await superuser.query(`create database ${copy} template postgres owner postgres`).finally(() => superuser.end())
}

/** Restores the database `postgres` from a copy. Its connections are terminated. */
export async function putBack(cluster: Cluster, superuserPassword: string, name: string): Promise<void> {
  const superuser = await connect(cluster, SUPERUSER, superuserPassword, 'template1')
  const copy = superuser.escapeIdentifier(name)
  try {
    await superuser.query('drop database postgres with (force)')
    await superuser.query(`create database postgres template ${copy} owner postgres`)
  } finally {
    await superuser.end()
  }
}

function processOptions(account: Account | undefined): ChildOptions {
  // The readiness message is searched in the log, so its language must not depend on the machine.
  const env = { PATH: process.env.PATH, LC_ALL: 'C', LC_MESSAGES: 'C', TZ: 'UTC' }
  return { ...account, env, cwd: '/' }
}

function failure(code: string, what: string, output: string): SandboxError {
  return new SandboxError(
    code,
    `${what}: ${output === '' ? 'it said nothing' : output}`,
    'Look at its message above. A full disk and a missing system library are the usual reasons.',
  )
}
