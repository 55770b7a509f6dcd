import pLimit from 'p-limit'
import type { Target } from '../model/target.ts'
import { createAuthAdmin } from './admin.ts'
import { authClient, type Manners, requestFailed } from './auth-client.ts'
import type { KeptUser, KeptUsers } from './kept-users.ts'
import { metadataOf } from './live-session.ts'
import { type SignInNeeds, signInNeeds } from './needs.ts'
import { newUserEntry, type OpenUser, openUser, type UserJournal, type UserMaking } from './open-user.ts'
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
  readonly manners?: Manners
  /** As of {@link UserMaking}. */
  readonly whySignUpFails?: NonNullable<UserMaking['whySignUpFails']>
  /** Called with the first user that is made, before any other is; may throw to end the opening. */
  readonly onFirstUser?: (user: OpenUser) => Promise<void>
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
  const { target, runId, emailDomain, journal, concurrency, kept, onNeeds, onFirstUser, manners = {} } = options
  const explains = options.whySignUpFails === undefined ? {} : { whySignUpFails: options.whySignUpFails }
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
  const making = { endpoint: target.endpoint, admin: createAuthAdmin(target), manners, ...explains }
  const make = async ({ plan, entry }: (typeof named)[number]): Promise<OpenUser> => {
    const user = await openUser(plan, entry, making)
    opened.set(plan.owner.name, user)
    if (kept !== undefined) kept.hold(plan, { ...user, metadata: await metadataNow(plan, user, target) })
    return user
  }
  const [first] = onFirstUser === undefined ? [] : named
  if (first !== undefined) await onFirstUser?.(await make(first))
  const others = named.filter((one) => one !== first)
  await allOf(others, concurrency, make)
  return opened
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
