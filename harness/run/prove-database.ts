import { randomInt, randomUUID } from 'node:crypto'
import { decodeJwt } from 'jose'
import { z } from 'zod'
import { createAuthAdmin } from '../actors/admin.ts'
import { newUserEntry, type OpenUser } from '../actors/open-user.ts'
import { messageOf, TrespassError } from '../errors.ts'
import type { Journal } from '../fixtures/journal.ts'
import type { ActorDeclaration } from '../model/matrix.ts'
import type { PrivilegedSession } from '../model/session.ts'
import type { Target } from '../model/target.ts'
import type { ObjectStore } from '../paths/path.ts'
import { paths } from '../paths/registry.ts'
import { type Database, openDatabase } from '../witness/connection.ts'
import type { Config } from '../workspace/config.ts'
import { databaseAddress, refOfDatabase, refOfIssuer, refOfUrl } from '../workspace/project-ref.ts'
import { workerVariable } from '../workspace/variables.ts'

/** Milliseconds that the lock by which workers are compared may be held. */
const hold = 10_000

/**
 * Leaves out the connections of a target that nothing can tie to its project, before any of them is opened. A sandbox
 * that this run has started is its own.
 *
 * A database is tied by its name, or later by a user or a session that Auth makes; a worker by its name, or by a lock of
 * the database.
 */
export function withTiedConnections(target: Target): Target {
  if (target.kind === 'sandbox') return target
  const { databaseUrl, privileged, users, workers = {}, endpoint } = target
  const isProvable = privileged !== null || Object.keys(users).length > 0
  const isUsed = databaseUrl !== null && (isProvable || isTiedByName(endpoint.url, databaseUrl))
  if (isUsed) return target
  const untied = Object.entries(workers).filter(([, url]) => !isTiedByName(endpoint.url, url))
  const why = (role: string) =>
    `the login of the database role ${role} cannot be tied to the project: set TRESPASS_DATABASE_URL and TRESPASS_SECRET_KEY`
  return {
    ...target,
    databaseUrl: null,
    isDatabaseUntied: databaseUrl !== null,
    privileged: withoutOwner(privileged),
    ...withoutWorkers(target, Object.fromEntries(untied.map(([role]) => [role, why(role)]))),
  }
}

function withoutOwner(privileged: Target['privileged']): Target['privileged'] {
  if (privileged === null) return null
  const { database: _, ...rest } = privileged
  return rest
}

function withoutWorkers(
  { workers = {}, unusableWorkers = {} }: Target,
  unusable: Readonly<Record<string, string>>,
): Pick<Target, 'workers' | 'unusableWorkers'> {
  return {
    workers: Object.fromEntries(Object.entries(workers).filter(([role]) => !Object.hasOwn(unusable, role))),
    unusableWorkers: { ...unusableWorkers, ...unusable },
  }
}

/** The platform leads `<ref>.supabase.co` and `db.<ref>.supabase.co` to one project. */
function isTiedByName(url: string, databaseUrl: string): boolean {
  const address = databaseAddress(databaseUrl)
  const ref = refOfUrl(new URL(url))
  return ref !== null && address !== null && refOfDatabase(address) === ref
}

/**
 * Compares the workers' connections with the database: a worker of the same database sees a lock that the database's own
 * connection holds. Nothing is written. A worker whose login fails is left out with the reason.
 *
 * @param roles of the workers that the run needs.
 * @throws TrespassError `worker-differs` when a worker is logged in to another database.
 */
export async function withProvenWorkers(target: Target, roles: readonly string[]): Promise<Target> {
  const { databaseUrl, databaseCa: ca, workers = {}, alias } = target
  const needed = roles.filter((role) => Object.hasOwn(workers, role))
  if (databaseUrl === null || needed.length === 0) return target
  const owner = openDatabase(databaseUrl, { connections: 1, ca, hold })
  const logins = needed.map((role) => ({
    role,
    database: openDatabase(workers[role] ?? '', { connections: 1, ca, hold }),
  }))
  try {
    const tried = await Promise.all(
      logins.map(async (login) => ({ ...login, failure: await failureOf(login.database) })),
    )
    const able = tried.filter(({ failure }) => failure === null)
    const differing = await owner.transaction(async (query) => {
      const keys = [randomInt(2 ** 31), randomInt(2 ** 31)] as const
      await query('select pg_advisory_xact_lock($1::int, $2::int)', keys)
      const seen = await Promise.all(
        able.map(async ({ role, database }) => ({ role, sees: await seesLock(database, keys) })),
      )
      return seen.filter(({ sees }) => !sees).map(({ role }) => role)
    })
    if (differing.length > 0) {
      const names = differing.map(workerVariable).join(', ')
      const message = `${names} of the target ${alias} and TRESPASS_DATABASE_URL lead to different databases`
      throw new TrespassError('worker-differs', message, { hint: 'Copy them from one project. Nothing has been made.' })
    }
    const failed = tried.flatMap(({ role, failure }) => (failure === null ? [] : [[role, failure] as const]))
    return { ...target, ...withoutWorkers(target, Object.fromEntries(failed)) }
  } finally {
    await Promise.all([owner, ...logins.map(({ database }) => database)].map((database) => database.close()))
  }
}

/** Returns why a worker's login cannot be used; null when it can. */
async function failureOf(database: Database): Promise<string | null> {
  try {
    await database.query('select 1')
    return null
  } catch (error) {
    return `its login fails: ${messageOf(error)}`
  }
}

async function seesLock(database: Database, [one, other]: readonly [number, number]): Promise<boolean> {
  const [row] = await database.query(
    `select count(*) from pg_locks where locktype = 'advisory' and classid = $1::int::oid and objid = $2::int::oid
       and objsubid = 2 and database = (select oid from pg_database where datname = current_database())`,
    [one, other],
  )
  return row?.[0] === '1'
}

/** Shows that the database of a target is that of its API, before a row is made. */
export interface DatabaseProof {
  /**
   * Requests users from Auth. Refuses a database whose connections are idle meanwhile, or that holds none of these users. It
   * writes nothing; a copy that others use passes it.
   */
  compareUsers(): Promise<void>
  /** Refuses a database that does not hold a user that Auth has just made. */
  requireUser(user: Pick<OpenUser, 'id' | 'sessions'>): Promise<void>
  /**
   * Completes the proof if no user of the run has: by the sessions of its tokens, else by a user that Auth makes, or a bucket that
   * Storage makes if Auth fails to, which the journal's sweep removes, else by name.
   */
  complete(tokens: readonly string[], hands: ProbeServices): Promise<void>
  close(): Promise<void>
}

const bucketTable = 'storage.buckets'

/** Makes buckets by their service, so that the database holds what the project's own API has made. */
function bucketStore(): ObjectStore {
  const store = paths.flatMap(({ stores = [] }) => stores).find(({ table }) => table === bucketTable)
  if (store === undefined) throw new Error('no access path makes buckets')
  return store
}

/** No file declares the user of a proof. */
const noPosition = { file: '', line: 1, column: 1 }

/** The services with which the user of a proof is made. */
interface ProbeServices {
  readonly journal: Pick<Journal, 'append'>
  readonly run: string
  readonly emailDomain: string
  /** Actors of the workspace: the user gets the metadata and the address of one, as triggers may ask for them. */
  readonly actors: readonly ActorDeclaration[]
}

/**
 * Opens the proof of a target's database. Returns null where there is nothing to prove: without a database, and in a
 * sandbox that this run has started.
 */
export function openDatabaseProof(
  target: Target,
  { protected_refs }: Pick<Config, 'protected_refs'>,
): DatabaseProof | null {
  const { databaseUrl, databaseCa: ca, kind, alias, endpoint, privileged } = target
  if (databaseUrl === null || kind === 'sandbox') return null
  const database = openDatabase(databaseUrl, { connections: 1, ca, hold })
  const admin = createAuthAdmin(target)
  let isProven = false
  async function requireIn(
    table: 'auth.users' | 'auth.sessions' | typeof bucketTable,
    ids: readonly string[],
  ): Promise<void> {
    const text = `select exists (select from ${table} where id::text = any ($1::text[]))`
    const [row] = await database.query(text, [ids])
    if (row?.[0] !== 't') throw differs(alias)
  }
  async function requireProbe(secretKey: PrivilegedSession, hands: ProbeServices): Promise<void> {
    const user = probeUser(hands)
    hands.journal.append([user.entry])
    const failure = await admin.createUser(user.values).then(
      () => null,
      (error: unknown) => error,
    )
    if (failure === null) return requireIn('auth.users', [user.entry.id])
    if (!(failure instanceof TrespassError && failure.code === 'auth-failed')) throw failure
    // A trigger on `auth.users` may refuse every user without an invitation.
    const key = { id: `trespass-${randomUUID()}` }
    hands.journal.append([{ made: 'row', table: bucketTable, key }])
    const isMade = await bucketStore()
      .open(secretKey)
      .make(key)
      .then(
        () => true,
        () => false,
      )
    if (!isMade) throw failure
    await requireIn(bucketTable, [key.id])
  }
  return {
    async compareUsers() {
      if (privileged === null) return
      const [[before = null] = []] = await database.query('select clock_timestamp()')
      const ids = await admin.listSomeUsers()
      if (!(await hasMovedSince(database, before))) throw differs(alias)
      if (ids.length > 0) await requireIn('auth.users', ids)
    },
    async requireUser({ id, sessions }) {
      for (const { accessToken } of sessions.values()) refuseIssuer(accessToken, target, protected_refs)
      await requireIn('auth.users', [id])
      isProven = true
    },
    async complete(tokens, hands) {
      for (const token of tokens) refuseIssuer(token, target, protected_refs)
      const ids = tokens.flatMap(sessionOf)
      if (isProven) return
      if (ids.length > 0) await requireIn('auth.sessions', ids)
      else if (privileged !== null) await requireProbe(privileged, hands)
      else if (!isTiedByName(endpoint.url, databaseUrl)) throw notProven(alias)
      isProven = true
    },
    close: () => database.close(),
  }
}

function probeUser({ run, emailDomain, actors }: ProbeServices) {
  const model = actors.find(({ kind, as }) => kind === 'authenticated' && as === undefined)
  const { appMetadata, userMetadata } = model ?? {}
  const entry = newUserEntry({ at: noPosition, ...model, name: 'probe', kind: 'authenticated' }, run, emailDomain)
  // Only an anonymous user is known by a mark.
  if (entry.made !== 'user') throw new Error('the user of the proof has no id')
  const { made: _, ...contacts } = entry
  return { entry, values: { ...contacts, password: `aA1!${randomUUID()}`, appMetadata, userMetadata } }
}

/**
 * True when a connection of Auth has run a statement since a moment of the database's clock. If no connection has Auth's usual
 * role, any other one counts; true as well if the role may not see the statements of others.
 */
async function hasMovedSince(database: Database, moment: string | null): Promise<boolean> {
  const [row] = await database.query(
    `with others as (
       select usename = 'supabase_auth_admin' as is_auth, greatest(query_start, state_change) >= $1::timestamptz as moved
       from pg_stat_activity
       where pid <> pg_backend_pid() and datname = current_database() and backend_type = 'client backend'
         and application_name <> 'trespass-witness')
     select not pg_has_role(current_user, 'pg_read_all_stats', 'usage')
       or coalesce((select bool_or(moved) from others where is_auth), (select bool_or(moved) from others), false)`,
    [moment],
  )
  return row?.[0] === 't'
}

const sessionSchema = z.looseObject({ session_id: z.string() })

function sessionOf(token: string): string[] {
  const claims = sessionSchema.safeParse(decodeJwt(token))
  return claims.success ? [claims.data.session_id] : []
}

/** A token names the project that has issued it, on a custom domain and behind a tunnel too. */
function refuseIssuer(token: string, { alias, endpoint }: Target, protected_refs: readonly string[]): void {
  const ref = refOfIssuer(decodeJwt(token).iss ?? null)
  if (ref === null) return
  const named = refOfUrl(new URL(endpoint.url))
  if (protected_refs.includes(ref)) {
    const message = `the tokens of the target ${alias} are issued by a project in \`protected_refs\``
    throw new TrespassError('project-protected', message, { hint: 'A protected project is never written to.' })
  }
  if (named === null || named === ref) return
  const message = `the tokens of the target ${alias} are issued by another project than TRESPASS_URL names`
  throw new TrespassError('projects-differ', message, { hint: 'Copy all variables from one project.' })
}

function notProven(alias: string): TrespassError {
  const message = `nothing shows that TRESPASS_URL and TRESPASS_DATABASE_URL of the target ${alias} lead to one project`
  const hint = 'Set TRESPASS_SECRET_KEY, or check TRESPASS_USERS. No row has been made in the database.'
  return new TrespassError('database-not-proven', message, { hint })
}

function differs(alias: string): TrespassError {
  const message = `TRESPASS_URL and TRESPASS_DATABASE_URL of the target ${alias} lead to different projects: what Auth holds is not in the database`
  const hint = 'Copy both from one project. No row has been made in the database.'
  return new TrespassError('database-differs', message, { hint })
}
