import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import type { GoTrueClient } from '@supabase/supabase-js'
import { decodeJwt } from 'jose'
import { Secret, TOTP } from 'otpauth'
import { TrespassError } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { ActorDeclaration } from '../model/matrix.ts'
import type { Endpoint } from '../model/session.ts'
import type { AuthAdmin } from './admin.ts'
import { type AuthClientOptions, type AuthFailure, authClient, requestFailed } from './auth-client.ts'
import { type LiveSession, liveSession, type SignedIn } from './live-session.ts'
import type { Assurance, UserPlan } from './user-plan.ts'

/** The journal entry of a user, written before the user is made so that a crash leaves no unknown user. */
export type UserEntry =
  | { readonly made: 'user'; readonly id: string; readonly email?: string; readonly phone?: string }
  | { readonly made: 'anonymous-user'; readonly mark: string }
  /** One that an earlier run has made and kept. */
  | { readonly made: 'kept-user'; readonly id: string }

/** The entry of a user that is yet to be made. */
export type NewUserEntry = Exclude<UserEntry, { readonly made: 'kept-user' }>

/** The entry of a user whose id is chosen here. */
type RegisteredEntry = Extract<UserEntry, { readonly made: 'user' }>

export interface UserJournal {
  /** Returns when the entries are on disk. */
  append(entries: readonly UserEntry[]): void
}

/** A user of this run, signed in. */
export interface OpenUser {
  readonly id: string
  /** Null for an anonymous user, and for one that has a phone number alone. */
  readonly email: string | null
  readonly phone?: string
  /** By the assurance that their tokens carry. */
  readonly sessions: ReadonlyMap<Assurance, LiveSession>
}

/** The services with which users are made. */
export interface UserMaking {
  readonly endpoint: Endpoint
  readonly admin: AuthAdmin
  readonly manners?: AuthClientOptions
  /** Finds out why Auth fails to make a user; null where that cannot be found out. */
  readonly whySignUpFails?: (user: SignUp) => Promise<string | null>
}

/** The columns of a sign-up that a trigger on `auth.users` sees. */
interface SignUp {
  readonly id: string
  /** Null for an anonymous user, and for one that has a phone number alone. */
  readonly email: string | null
  readonly phone: string | null
  readonly userMetadata: JsonObject
}

/**
 * Chooses the name under which a user will be known to the journal: its id, or, where the server chooses that, a mark.
 * Both differ from shard to shard of a run. The address is `20261121-084512-k3f9.alice.5e0c7a91@trespass.test`, or has the
 * form that the actor declares, with that text in place of `$actor`.
 */
export function newUserEntry(owner: ActorDeclaration, runId: string, emailDomain: string): NewUserEntry {
  const id = randomUUID()
  if (owner.kind === 'anonymous-auth') return { made: 'anonymous-user', mark: `${runId}/${id}` }
  if (owner.phone === 'only') return { made: 'user', id, phone: newPhone() }
  // At most 64 characters are allowed before the @ (RFC 5321, section 4.5.3.1.1).
  const form = owner.email ?? `$actor@${emailDomain}`
  const around = form.slice(0, form.lastIndexOf('@')).length - '$actor'.length
  const word = owner.name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, Math.min(24, 64 - around - runId.length - '..'.length - 8))
  const unique = [runId, word.replace(/^-+|-+$/g, ''), id.slice(0, 8)].filter(Boolean).join('.')
  const email = form.replace('$actor', unique)
  return { made: 'user', id, email, ...(owner.phone === true ? { phone: newPhone() } : {}) }
}

/** Digits as Auth stores a number. The country code 999 is assigned to no country (ITU-T E.164), so no person has the number. */
function newPhone(): string {
  return `999${String(randomInt(10 ** 12)).padStart(12, '0')}`
}

/**
 * Makes an actor's user, which has been journaled, and signs it in, once for every assurance that is needed.
 *
 * @throws TrespassError that names the actor and, if a setting of the project causes the refusal, the setting
 */
export function openUser(plan: UserPlan, entry: NewUserEntry, making: UserMaking): Promise<OpenUser> {
  return entry.made === 'user' ? openRegistered(plan, entry, making) : openAnonymous(plan, entry.mark, making)
}

async function openRegistered(
  { owner, sessions }: UserPlan,
  { made: _, id, ...contacts }: RegisteredEntry,
  making: UserMaking,
): Promise<OpenUser> {
  // Longer than any policy requires, with a character of each class that a project may demand.
  const password = `aA1!${randomBytes(24).toString('base64url')}`
  const { appMetadata, userMetadata } = owner
  const { email = null, phone = null } = contacts
  await making.admin
    .createUser({ id, password, appMetadata, userMetadata, ...contacts })
    .catch(async (error: unknown) => {
      throw await explained(error, { id, email, phone, userMetadata: userMetadata ?? {} }, owner, making)
    })

  const opened = new Map<Assurance, LiveSession>()
  // A verified factor ends all weaker sessions of its user, so the strongest comes first.
  for (const assurance of [...sessions].sort().reverse()) {
    const client = authClient(making.endpoint.url, making.endpoint.publishableKey, making.manners)
    const signedIn = await client.signInWithPassword(
      email === null ? { phone: phone ?? '', password } : { email, password },
    )
    let session = sessionOf(owner, signedIn)
    if (assurance === 'aal2') session = await raiseAssurance(client, owner, session)
    opened.set(assurance, session)
  }
  return { id, email, ...(phone === null ? {} : { phone }), sessions: opened }
}

async function openAnonymous({ owner, sessions }: UserPlan, mark: string, making: UserMaking): Promise<OpenUser> {
  if (sessions.includes('aal2')) {
    const hint = 'Use an actor of kind `authenticated`: Auth lets no anonymous user enrol a factor.'
    throw new TrespassError('anonymous-without-factor', `the actor ${owner.name} cannot reach aal2`, { hint })
  }
  const client = authClient(making.endpoint.url, making.endpoint.publishableKey, making.manners)
  const userMetadata = { ...owner.userMetadata, trespass: mark }
  const signedIn = await client.signInAnonymously({ options: { data: userMetadata } })
  if (signedIn.error) {
    const signUp = { id: randomUUID(), email: null, phone: null, userMetadata }
    throw await explained(failed(owner, signedIn.error), signUp, owner, making)
  }
  let session = sessionOf(owner, signedIn)
  const id = signedIn.data.user?.id ?? decodeJwt(session.accessToken).sub
  if (id === undefined) throw new Error('Auth signed an anonymous user in without an id')
  if (owner.appMetadata !== undefined) {
    await making.admin.setAppMetadata(id, owner.appMetadata)
    session = await refresh(client, owner)
  }
  return { id, email: null, sessions: new Map<Assurance, LiveSession>([['aal1', session]]) }
}

/** A trigger on `auth.users` that fails makes Auth fail without a reason; the database has the reason. */
async function explained(
  error: unknown,
  signUp: SignUp,
  { name }: ActorDeclaration,
  { whySignUpFails }: UserMaking,
): Promise<unknown> {
  if (!(error instanceof TrespassError) || error.code !== 'auth-failed') return error
  const why = (await whySignUpFails?.(signUp)) ?? null
  if (why === null) return error
  const hint =
    'Give the actor the `user_metadata` or the `email` that the trigger asks for. A row that it asks for, such as an invitation, ' +
    'is a row of `world` that names users by `.email` and `.phone` alone.'
  return new TrespassError('sign-up-refused', `the user of ${name} cannot be made: ${why}`, { hint, cause: error })
}

async function refresh(client: GoTrueClient, owner: ActorDeclaration): Promise<LiveSession> {
  return sessionOf(owner, await client.refreshSession())
}

/** Enrols a TOTP factor and verifies it. The code is computed for the server's time, which is the `iat` of the new token. */
export async function raiseAssurance(
  client: GoTrueClient,
  owner: ActorDeclaration,
  { accessToken }: LiveSession,
): Promise<LiveSession> {
  const issuedAt = decodeJwt(accessToken).iat
  if (issuedAt === undefined) throw new Error('Auth issued a token without iat')
  const enrolled = await client.mfa.enroll({ factorType: 'totp', friendlyName: 'trespass' })
  if (enrolled.error) throw failed(owner, enrolled.error)
  const factorId = enrolled.data.id
  const challenge = await client.mfa.challenge({ factorId })
  if (challenge.error) throw failed(owner, challenge.error)
  const secret = Secret.fromBase32(enrolled.data.totp.secret)
  const code = TOTP.generate({ secret, timestamp: issuedAt * 1000 })
  const verified = await client.mfa.verify({ factorId, challengeId: challenge.data.id, code })
  if (verified.error) throw failed(owner, verified.error)
  return liveSession(verified.data)
}

function sessionOf(owner: ActorDeclaration, { data, error }: SignedIn): LiveSession {
  if (error) throw failed(owner, error)
  if (data.session === null) throw new Error('Auth answered a sign-in without a session')
  return liveSession(data.session)
}

function failed(owner: ActorDeclaration, error: AuthFailure): TrespassError {
  return requestFailed(`the actor ${owner.name} cannot be signed in`, error, 'TRESPASS_PUBLISHABLE_KEY')
}
