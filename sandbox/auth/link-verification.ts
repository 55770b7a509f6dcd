import { z } from 'zod'
import { parseBody, text } from './body.ts'
import type { Call } from './call.ts'
import { AuthError, failingAs, invalid, json } from './errors.ts'
import { confirmation, identityData, insertIdentity, updateIdentity, updateUser } from './new-users.ts'
import { clearOneTimeTokens, storePassword, type TokenPurpose, tokenHash } from './one-time-tokens.ts'
import { hashPassword, unknownPassword } from './passwords.ts'
import { startSession } from './sessions.ts'
import { findUserById, isBanned, type Metadata, mergeMetadata, reloadUser, type UserRow } from './users.ts'
import { validEmail } from './validation.ts'

const verifyBody = z.object({ type: text, token: text, token_hash: text, email: text, phone: text, redirect_to: text })
type VerifyBody = z.output<typeof verifyBody>

const purposes: Record<string, TokenPurpose[]> = {
  signup: ['confirmation_token'],
  invite: ['confirmation_token'],
  recovery: ['recovery_token'],
  magiclink: ['recovery_token'],
  email: ['confirmation_token', 'recovery_token'],
  email_change: ['email_change_token_current', 'email_change_token_new'],
}

interface Redeemed {
  user: UserRow
  purpose: TokenPurpose
}

/**
 * `POST /verify`: exchanges a link's hash, or the digits together with the address, for a session. Works once.
 *
 * @throws AuthError 403 `otp_expired`, `user_banned`; 400 `validation_failed`
 */
export async function verifyLink(call: Call): Promise<Response> {
  const body = parseBody(call.body, verifyBody)
  const { user, purpose } = await redeem(call, body)
  const change = purpose === 'confirmation_token' ? confirmSignUp : purpose === 'recovery_token' ? recover : undefined
  if (change !== undefined) await failingAs('Database error updating user', change(call, user))
  else if (!(await confirmEmailChange(call, user, purpose))) {
    const msg = 'Confirmation link accepted. Please proceed to confirm link sent to the other email'
    return json(200, { msg, code: '200' }, call.headers)
  }
  await noteProviders(call, user.id)
  return json(200, await startSession(call, user.id, 'otp'), call.headers)
}

/** Both kinds of proof are looked up by hash; only the message of a refusal differs. */
async function redeem(call: Call, body: VerifyBody): Promise<Redeemed> {
  if (body.type === '') throw invalid('Verify requires a verification type')
  if ((body.token === '') === (body.token_hash === '')) throw invalid('Verify requires either a token or a token hash')
  const byHash = body.token_hash !== ''
  if (byHash && (body.email !== '' || body.phone !== '' || body.redirect_to !== '')) {
    throw invalid('Only the token_hash and type should be provided')
  }
  if (!byHash && (body.email === '' || body.phone !== '')) {
    throw invalid('Only an email address or phone number should be provided on verify')
  }
  const wanted = purposes[body.type]
  if (wanted === undefined) throw invalid('Invalid email verification type')
  const hash = byHash ? body.token_hash : tokenHash(validEmail(body.email), body.token)

  const [found] = await call.database.query<{ user_id: string; purpose: TokenPurpose; created_at: number }>(
    `select user_id, token_type as purpose, extract(epoch from created_at at time zone 'utc')::float8 as created_at
     from auth.one_time_tokens where token_hash = $1 and token_type::text = any($2)`,
    [hash, wanted],
  )
  const user = found === undefined ? undefined : await findUserById(call.database, found.user_id)
  const message = byHash ? 'Email link is invalid or has expired' : 'Token has expired or is invalid'
  const expired = new AuthError(403, 'otp_expired', message)
  if (found === undefined || user === undefined) throw expired
  if (isBanned(user)) throw new AuthError(403, 'user_banned', 'User is banned')
  if (Date.now() > found.created_at * 1000 + call.config.email.otp_expiry * 1000) throw expired
  return { user, purpose: found.purpose }
}

/** An invited user without a password gets a random one, so that the user has to set a password. */
async function confirmSignUp(call: Call, user: UserRow): Promise<void> {
  if (!user.encrypted_password && user.invited_at !== null) {
    await storePassword(call.database, user, hashPassword(unknownPassword()), undefined)
  }
  await updateUser(call.database, user.id, confirmation(user.raw_user_meta_data))
  await clearOneTimeTokens(call.database, user.id)
  if (user.email) await updateIdentity(call.database, user.id, 'email', { email_verified: true })
}

async function recover(call: Call, user: UserRow): Promise<void> {
  const confirmed = user.email_confirmed_at === null ? confirmation(user.raw_user_meta_data) : {}
  await updateUser(call.database, user.id, { recovery_token: '', ...confirmed })
  await clearOneTimeTokens(call.database, user.id)
}

/**
 * If confirmations are on and a change has to be confirmed twice, both addresses have to confirm it: the first link changes
 * nothing yet (false).
 */
async function confirmEmailChange(call: Call, user: UserRow, purpose: TokenPurpose): Promise<boolean> {
  const { database, config } = call
  const { enable_confirmations: confirms, double_confirm_changes: confirmsTwice } = config.email
  if (confirms && confirmsTwice && user.email && user.email_change_confirm_status === 0) {
    await updateUser(database, user.id, { email_change_confirm_status: 1, [purpose]: '' })
    await database.query('delete from auth.one_time_tokens where user_id = $1 and token_type = $2', [user.id, purpose])
    return false
  }
  const email = user.email_change ?? ''
  const patch = { email, email_verified: true }
  if (!(await updateIdentity(database, user.id, 'email', patch))) {
    await insertIdentity(database, user.id, 'email', { ...identityData(user.id, {}), ...patch })
  }
  const confirmed = user.email_confirmed_at === null ? confirmation(user.raw_user_meta_data) : {}
  const work = updateUser(database, user.id, {
    email,
    email_change: '',
    email_change_token_current: '',
    email_change_token_new: '',
    email_change_confirm_status: 0,
    is_anonymous: false,
    ...confirmed,
  })
  await failingAs('Error confirm email', work)
  await clearOneTimeTokens(database, user.id)
  return true
}

/** `app_metadata` names the providers of the user's identities, oldest first. */
async function noteProviders(call: Call, userId: string): Promise<void> {
  const user = await reloadUser(call.database, userId)
  const providers = [...new Set(user.identities.map((identity) => identity.provider))]
  const patch: Metadata = { providers, ...(providers.length > 0 && { provider: providers[0] }) }
  await updateUser(call.database, userId, { raw_app_meta_data: mergeMetadata(user.raw_app_meta_data, patch) })
}
