import pLimit from 'p-limit'
import { TrespassError } from '../errors.ts'
import type { Target } from '../model/target.ts'
import { createAuthAdmin } from './admin.ts'
import { type AuthClientOptions, authClient, requestFailed } from './auth-client.ts'
import type { KeptUser, KeptUsers } from './kept-users.ts'
import { metadataOf } from './live-session.ts'
import { type SignInNeeds, signInNeeds } from './needs.ts'
import {
  type NewUserEntry,
  newUserEntry,
  type OpenUser,
  openUser,
  type UserJournal,
  type UserMaking,
} from './open-user.ts'
import { reviveUser } from './revive-user.ts'
import type { UserPlan } from './user-plan.ts'

/** The target and the settings with which the users of a run are opened. */
export interface OpenUsersOptions {
  readonly target: Pick<Target, 'endpoint' | 'privileged'>
  readonly runId: string
  /** The domain of the users' e-mail addresses; no mail is sent there. */
  readonly emailDomain: string
  readonly journal: UserJournal
  /** Users that are made at once. */
  readonly concurrency: number
  /** Users of earlier runs; left out when every run makes its own. */
  readonly kept?: KeptUsers
  /** Called with the requests that Auth will get, before the first of them is sent; may throw to refuse them. */
  readonly onNeeds?: (needs: SignInNeeds) => void
  readonly manners?: AuthClientOptions
  /** As of {@link UserMaking}. */
  readonly whySignUpFails?: NonNullable<UserMaking['whySignUpFails']>
  /** Called with the first user that is made, before any other is; may throw to end the opening. */
  readonly onFirstUser?: (user: OpenUser) => Promise<void>
  /**
   * Makes rows that a trigger on `auth.users` may ask for. Called once, when Auth has failed to make users and all others are
   * made; these users are tried a second time then. Left out where there are no such rows.
   */
  readonly beforeRefused?: (contacts: ReadonlyMap<string, Contacts>) => Promise<void>
}

/** The address and the number of a user, by which rows may name it before it exists. */
export interface Contacts {
  readonly email: string | null
  readonly phone: string | null
}

/**
 * Opens users: kept ones are reused, the others are made and signed in. All are journaled before.
 *
 * @returns the users by the name of the actor that owns them.
 * @throws TrespassError when one cannot be opened, after all that had begun have ended.
 */
export async function openUsers(
  plans: readonly UserPlan[],
  options: OpenUsersOptions,
): Promise<ReadonlyMap<string, OpenUser>> {
  const { target, runId, emailDomain, journal, concurrency, kept, onNeeds, manners = {} } = options
  const waiting = kept?.take(plans, (ids) => journal.append(ids.map((id) => ({ made: 'kept-user', id }))))
  onNeeds?.(signInNeeds(plans, waiting?.usable ?? new Map(), Date.now()))
  const opened = new Map<string, OpenUser>()
  const revive = async (plan: UserPlan): Promise<void> => {
    const user = waiting?.usable.get(plan.owner.name)
    const revived = user === undefined ? null : await reviveUser(plan, user, target.endpoint, manners)
    if (user === undefined || revived === null) return
    opened.set(plan.owner.name, revived)
    kept?.hold(plan, { ...revived, metadata: user.metadata })
  }
  await allOf(plans, concurrency, revive)

  const missing = plans.filter(({ owner }) => !opened.has(owner.name))
  const named = missing.map((plan) => ({ plan, entry: newUserEntry(plan.owner, runId, emailDomain) }))
  journal.append(named.map(({ entry }) => entry))
  await makeUsers(named, opened, options)
  return opened
}

/** A user that is journaled and yet to be made. */
interface NamedUser {
  readonly plan: UserPlan
  readonly entry: NewUserEntry
}

/** Makes users and adds them to those that are open. */
async function makeUsers(
  named: readonly NamedUser[],
  opened: Map<string, OpenUser>,
  { target, concurrency, kept, manners = {}, whySignUpFails, onFirstUser, beforeRefused }: OpenUsersOptions,
): Promise<void> {
  const making = { endpoint: target.endpoint, admin: createAuthAdmin(target), manners }
  const explaining = whySignUpFails === undefined ? making : { ...making, whySignUpFails }
  let isFirst = true
  const make = async ({ plan, entry }: NamedUser, means: UserMaking): Promise<void> => {
    const user = await openUser(plan, entry, means)
    opened.set(plan.owner.name, user)
    if (kept !== undefined) kept.hold(plan, { ...user, metadata: await metadataNow(plan, user, target) })
    if (isFirst) await onFirstUser?.(user)
    isFirst = false
  }
  const refused: { readonly user: NamedUser; readonly why: string }[] = []
  const attempt = async (user: NamedUser): Promise<void> => {
    if (beforeRefused === undefined) return make(user, explaining)
    await make(user, making).catch((error: unknown) => {
      if (!(error instanceof TrespassError && error.code === 'auth-failed')) throw error
      refused.push({ user, why: error.message })
    })
  }
  const rest = [...named]
  while (onFirstUser !== undefined && isFirst) {
    const next = rest.shift()
    if (next === undefined) break
    await attempt(next)
  }
  await allOf(rest, concurrency, attempt)
  const [first] = refused
  if (first === undefined || beforeRefused === undefined) return
  await beforeRefused(contactsOf(named, opened)).catch((error: unknown) => {
    if (!(error instanceof TrespassError)) throw error
    const hint = [error.hint, `The row is made this early because ${first.why}.`].filter(Boolean).join(' ')
    throw new TrespassError(error.code, error.message, { hint, cause: error })
  })
  await allOf(refused, concurrency, ({ user }) => make(user, explaining))
}

function contactsOf(named: readonly NamedUser[], opened: ReadonlyMap<string, OpenUser>): ReadonlyMap<string, Contacts> {
  const planned = named.map(({ plan, entry }) => {
    const { email = null, phone = null } = entry.made === 'user' ? entry : {}
    return [plan.owner.name, { email, phone }] as const
  })
  const known = [...opened].map(([name, { email, phone = null }]) => [name, { email, phone }] as const)
  return new Map([...planned, ...known])
}

/** @returns the metadata in Auth of a user that has just been made. */
async function metadataNow(
  { owner }: UserPlan,
  { sessions }: OpenUser,
  { endpoint }: Pick<Target, 'endpoint'>,
): Promise<KeptUser['metadata']> {
  const [session] = sessions.values()
  // A user that no actor signs in as has no session, so no metadata of it can become outdated.
  if (session === undefined) return ''
  const seen = await metadataOf(authClient(endpoint.url, endpoint.publishableKey), session.accessToken)
  if ('metadata' in seen) return seen.metadata
  throw requestFailed(`the user of ${owner.name} cannot be read`, seen.failure, 'TRESPASS_PUBLISHABLE_KEY')
}

/** Begins nothing more after the first failure, and throws it when everything that had begun has ended. */
async function allOf<T>(items: readonly T[], concurrency: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const failures: unknown[] = []
  const limit = pLimit(concurrency)
  await limit.map(items, async (item) => {
    if (failures.length > 0) return
    await work(item).catch((error: unknown) => failures.push(error))
  })
  if (failures.length > 0) throw failures[0]
}
