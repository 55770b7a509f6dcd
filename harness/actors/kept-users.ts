import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { canonical } from '../canonical.ts'
import { TrespassError } from '../errors.ts'
import { type LiveSession, liveSessionSchema } from './live-session.ts'
import type { Assurance, UserPlan } from './user-plan.ts'

const keptUserSchema = z.strictObject({
  id: z.string(),
  email: z.string().nullable(),
  phone: z.string().exactOptional(),
  /** The actor whose user it is. */
  actor: z.string(),
  /** The actors file's declaration of the user, as one text. */
  declared: z.string(),
  /** The fingerprint of the schema whose triggers and hooks saw the user being made. */
  schema: z.string().nullable(),
  /** A digest of the project's address. */
  project: z.string(),
  /** The user's metadata in Auth when the user was put away. */
  metadata: z.string(),
  sessions: z.partialRecord(z.enum(['aal1', 'aal2']), liveSessionSchema),
})

/** A user that waits for the next run, with its sessions. */
export type KeptUser = z.output<typeof keptUserSchema>

/** The workspace, project and schema that a kept user has to match. */
export interface KeptFor {
  /** Absolute path of the workspace. */
  readonly root: string
  readonly alias: string
  /** The project's address. */
  readonly url: string
  /** The fingerprint of its schema; null when it cannot be read. */
  readonly schema: string | null
}

/** The kept users that a run took over. */
export interface Taken {
  /** By actor: those that are still as the workspace and the schema want them. */
  readonly usable: ReadonlyMap<string, KeptUser>
  /** Those that are not: they are removed with the run. */
  readonly outdated: readonly KeptUser[]
}

/** A user with its sessions, and its metadata in Auth when it was made. */
export interface HeldUser {
  readonly id: string
  readonly email: string | null
  readonly phone?: string
  readonly metadata: string
  readonly sessions: ReadonlyMap<Assurance, LiveSession>
}

/** The suffix of a user's file between being taken and being written to the journal. */
const taken = '.taken'
/** The suffix of a file that is being written. */
const drafted = '.tmp'

/**
 * The users that runs leave for later runs on this machine: a file each below `.trespass/users/<alias>/`, readable by
 * its owner alone, since it holds the sessions. There is no password in it. A user is in one place at a time: here, or
 * in the journal of the run that took it. So no two runs ever share one, and a run that dies leaves it to `cleanup`.
 */
export class KeptUsers {
  readonly #folder: string
  readonly #project: string
  readonly #schema: string | null
  readonly #held: KeptUser[] = []

  constructor({ root, alias, url, schema }: KeptFor) {
    this.#folder = join(keptUsersFolder(root), alias)
    this.#project = digest(url)
    this.#schema = schema
  }

  /**
   * Takes the users of some actors out of the folder. Users of another project stay where they are.
   *
   * @param plans the users that the run needs.
   * @param journal writes down the ids and returns when they are on disk; the files go after that.
   */
  take(plans: readonly UserPlan[], journal: (ids: readonly string[]) => void): Taken {
    const declared = new Map(plans.map((plan) => [plan.owner.name, declarationOf(plan)]))
    const usable = new Map<string, KeptUser>()
    const outdated: KeptUser[] = []
    const moved: string[] = []
    for (const name of namesIn(this.#folder)) {
      const user = this.#read(name)
      if (user === null || user.project !== this.#project) continue
      const wanted = declared.get(user.actor)
      if (user.schema === this.#schema && (wanted === undefined || usable.has(user.actor))) continue
      if (!this.#move(name)) continue
      moved.push(name)
      if (user.schema === this.#schema && user.declared === wanted) usable.set(user.actor, user)
      else outdated.push(user)
    }
    journal([...usable.values(), ...outdated].map(({ id }) => id))
    for (const name of moved) unlinkSync(join(this.#folder, `${name}${taken}`))
    return { usable, outdated }
  }

  /** Remembers a user of this run, which {@link restore} is to put away. */
  hold({ owner, sessions }: UserPlan, user: HeldUser): void {
    this.#held.push({
      id: user.id,
      email: user.email,
      ...(user.phone === undefined ? {} : { phone: user.phone }),
      actor: owner.name,
      declared: declarationOf({ owner, sessions }),
      schema: this.#schema,
      project: this.#project,
      metadata: user.metadata,
      sessions: Object.fromEntries(user.sessions),
    })
  }

  /** Remembers the current sessions of a held user: the older refresh tokens are used up. */
  renew(id: string, sessions: HeldUser['sessions']): void {
    const user = this.#held.find((held) => held.id === id)
    if (user !== undefined) user.sessions = Object.fromEntries(sessions)
  }

  /** The ids of the users that are held. */
  get held(): ReadonlySet<string> {
    return new Set(this.#held.map(({ id }) => id))
  }

  /** Puts the users that are held away for the next run. */
  restore(): void {
    for (const user of this.#held.splice(0)) {
      makeFolder(this.#folder)
      const file = join(this.#folder, `${user.id}.json`)
      const draft = `${file}${drafted}`
      writeFileSync(draft, `${JSON.stringify(user)}\n`, { mode: 0o600, flush: true })
      renameSync(draft, file)
    }
  }

  #read(name: string): KeptUser | null {
    return name.endsWith('.json') ? readKept(join(this.#folder, name)) : null
  }

  /** @returns false when another run was quicker. */
  #move(name: string): boolean {
    const file = join(this.#folder, name)
    try {
      renameSync(file, `${file}${taken}`)
      return true
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false
      throw error
    }
  }
}

/** @returns the folder of all kept users, one folder per alias. */
function keptUsersFolder(root: string): string {
  return join(root, '.trespass', 'users')
}

/** @returns the aliases of the targets on which users are kept, sorted. */
export function aliasesWithKeptUsers(root: string): readonly string[] {
  const folder = keptUsersFolder(root)
  return namesIn(folder)
    .filter((alias) => keptFiles(join(folder, alias)).length > 0)
    .sort()
}

/**
 * Releases every kept user of a target, so that they can be swept. No run may be in progress.
 *
 * @param journal writes down the ids and returns when they are on disk; the files go after that.
 * @returns how many belong to another project than this and stay.
 */
export function forgetKeptUsers(
  { root, alias, url }: Pick<KeptFor, 'root' | 'alias' | 'url'>,
  journal: (ids: readonly string[]) => void,
): number {
  const folder = join(keptUsersFolder(root), alias)
  for (const name of namesIn(folder)) if (name.endsWith(drafted)) unlinkSync(join(folder, name))
  const files = keptFiles(folder).map((name) => ({ file: join(folder, name), user: readKept(join(folder, name)) }))
  const own = files.filter(({ user }) => user?.project === digest(url))
  journal(own.flatMap(({ user }) => (user === null ? [] : [user.id])))
  for (const { file } of own) unlinkSync(file)
  return files.length - own.length
}

/** Also finds the files of a run that died between taking a user and journaling it. */
function keptFiles(folder: string): string[] {
  return namesIn(folder).filter((name) => name.endsWith('.json') || name.endsWith(taken))
}

/** @returns null when the file is gone. @throws TrespassError `kept-user-damaged` */
function readKept(file: string): KeptUser | null {
  try {
    return keptUserSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    // The error's own message may quote a session.
    const hint = 'Remove the user by hand in the dashboard (the name of the file is its id), then the file.'
    throw new TrespassError('kept-user-damaged', `${file}: found no kept user`, { hint })
  }
}

function declarationOf({ owner, sessions }: UserPlan): string {
  const { kind, appMetadata = null, userMetadata = null, email = null, phone = null } = owner
  const contacts = email === null && phone === null ? [] : [email, phone]
  return canonical([kind, appMetadata, userMetadata, [...sessions].sort(), ...contacts])
}

/** A workspace's own `.gitignore` may not know the folder. */
function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, '.gitignore'), '*\n', { mode: 0o600 })
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return []
    throw error
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
