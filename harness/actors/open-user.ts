import { randomBytes, randomUUID } from 'node:crypto'
import type { GoTrueClient } from '@supabase/supabase-js'
import { decodeJwt } from 'jose'
import { Secret, TOTP } from 'otpauth'
import { TrespassError } from '../errors.ts'
import type { ActorDeclaration } from '../model/matrix.ts'
import type { Endpoint } from '../model/session.ts'
import type { AuthAdmin } from './admin.ts'
import { type AuthFailure, authClient, type Manners, requestFailed } from './auth-client.ts'
import { type LiveSession, liveSession, type SignedIn } from './live-session.ts'
import type { Assurance, UserPlan } from './user-plan.ts'

/** What is written down before a user is made, so that a crash leaves nobody behind. */
export type UserEntry =
  | { readonly made: 'user'; readonly id: string; readonly email: string }
  | { readonly made: 'anonymous-user'; readonly mark: string }
  /** One that an earlier run has made and kept. */
  | { readonly made: 'kept-user'; readonly id: string }

/** The entry of a user that is yet to be made. */
export type NewUserEntry = Exclude<UserEntry, { readonly made: 'kept-user' }>

export interface UserJournal {
  /** Returns when the entries are on disk. */
  append(entries: readonly UserEntry[]): void
}

/** A user of this run, signed in. */
export interface OpenUser {
  readonly id: string
  /** Null for an anonymous user. */
  readonly email: string | null
  /** By the assurance that their tokens carry. */
  readonly sessions: ReadonlyMap<Assurance, LiveSession>
}

/** What users are made with. */
export interface UserMaking {
  readonly endpoint: Endpoint
  readonly admin: AuthAdmin
  readonly manners?: Manners
}

/**
 * Chooses the name under which a user will be known to the journal: its id, or, where the server chooses that, a mark.
 * Both differ from shard to shard of a run. The address is `20261121-084512-k3f9.alice.5e0c7a91@trespass.test`.
 */
export function newUserEntry(owner: ActorDeclaration, runId: string, emailDomain: string): NewUserEntry {
  const id = randomUUID()
  if (owner.kind === 'anonymous-auth') return { made: 'anonymous-user', mark: `${runId}/${id}` }
  // At most 64 characters may stand before the @ (RFC 5321, section 4.5.3.1.1).
  const word = owner.name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 24)
  const local = [runId, word.replace(/^-+|-+$/g, ''), id.slice(0, 8)].filter(Boolean).join('.')
  return { made: 'user', id, email: `${local}@${emailDomain}` }
}

/**
 * Makes an actor's user, which has been journaled, and signs it in, once for every assurance that is needed.
 *
 * @throws TrespassError that names the actor and, where a setting of the project is in the way, the setting
 */
export function openUser(plan: UserPlan, entry: NewUserEntry, making: UserMaking): Promise<OpenUser> {
  return entry.made === 'user' ? openRegistered(plan, entry, making) : openAnonymous(plan, entry.mark, making)
}

async function openRegistered(
  { owner, sessions }: UserPlan,
  { id, email }: { readonly id: string; readonly email: string },
  making: UserMaking,
): Promise<OpenUser> {
  // Longer than any policy asks for, with a character of each class that a project may demand.
  const password = `aA1!${randomBytes(24).toString('base64url')}`
  await making.admin.createUser({ id, email, password, appMetadata: owner.appMetadata })

  const opened = new Map<Assurance, LiveSession>()
  let metadata = owner.userMetadata
  // A verified factor ends all weaker sessions of its user, so the strongest comes first.
  for (const assurance of [...sessions].sort().reverse()) {
    const client = authClient(making.endpoint.url, making.endpoint.publishableKey, making.manners)
    const signedIn = await client.signInWithPassword({ email, password })
    let session = sessionOf(owner, signedIn)
    if (metadata !== undefined) session = await writeMetadata(client, owner, metadata)
    metadata = undefined
    if (assurance === 'aal2') session = await raiseAssurance(client, owner, session)
    opened.set(assurance, session)
  }
  return { id, email, sessions: opened }
}

async function openAnonymous({ owner, sessions }: UserPlan, mark: string, making: UserMaking): Promise<OpenUser> {
  if (sessions.includes('aal2')) {
    const hint = 'Use an actor of kind `authenticated`: Auth lets no anonymous user enrol a factor.'
    throw new TrespassError('anonymous-without-factor', `the actor ${owner.name} cannot reach aal2`, { hint })
  }
  const client = authClient(making.endpoint.url, making.endpoint.publishableKey, making.manners)
  const signedIn = await client.signInAnonymously({ options: { data: { trespass: mark } } })
  let session = sessionOf(owner, signedIn)
  const id = signedIn.data.user?.id ?? decodeJwt(session.accessToken).sub
  if (id === undefined) throw new Error('Auth signed an anonymous user in without an id')
  if (owner.appMetadata !== undefined) {
    await making.admin.setAppMetadata(id, owner.appMetadata)
    session = await refresh(client, owner)
  }
  if (owner.userMetadata !== undefined) session = await writeMetadata(client, owner, owner.userMetadata)
  return { id, email: null, sessions: new Map<Assurance, LiveSession>([['aal1', session]]) }
}

/** As any user may do it; the token carries it after a refresh. */
async function writeMetadata(client: GoTrueClient, owner: ActorDeclaration, data: object): Promise<LiveSession> {
  const { error } = await client.updateUser({ data })
  if (error) throw failed(owner, error)
  return refresh(client, owner)
}

async function refresh(client: GoTrueClient, owner: ActorDeclaration): Promise<LiveSession> {
  return sessionOf(owner, await client.refreshSession())
}

/** Enrols a TOTP factor and verifies it. The code is for the server's time, which the token has just told. */
async function raiseAssurance(
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
