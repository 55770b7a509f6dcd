import { z } from 'zod'
import { metadata, parseBody, text } from './body.ts'
import type { Call } from './call.ts'
import { AuthError, failingAs, invalid, json } from './errors.ts'
import { admittedUser, identityData, insertIdentity, signUpUser, updateUser } from './new-users.ts'
import { createOneTimeToken, type TokenPurpose } from './one-time-tokens.ts'
import { hashPassword, requireStrength, unknownPassword } from './passwords.ts'
import { userJson } from './user-json.ts'
import { emailTaken, findUserByEmail, mergeMetadata, reloadUser, type UserRow } from './users.ts'
import { validEmail } from './validation.ts'

const linkBody = z.object({
  type: text,
  email: text,
  new_email: text,
  password: text,
  data: metadata,
  redirect_to: text,
})
type LinkBody = z.output<typeof linkBody>

const purposes: Record<string, TokenPurpose> = {
  magiclink: 'recovery_token',
  recovery: 'recovery_token',
  invite: 'confirmation_token',
  signup: 'confirmation_token',
  email_change_current: 'email_change_token_current',
  email_change_new: 'email_change_token_new',
}

/**
 * `POST /admin/generate_link`: returns the link that a mail would contain, without sending one. A magic link for an unknown
 * address creates the user and becomes a link of type `signup`.
 *
 * @throws AuthError 404 `user_not_found`; 422 `email_exists`, `weak_password`; 400 `validation_failed`
 */
export async function generateLink(call: Call): Promise<Response> {
  const parsed = parseBody(call.body, linkBody)
  const email = validEmail(parsed.email)
  const known = await findUserByEmail(call.database, email)
  if (known === undefined && /^(recovery|email_change_current|email_change_new)$/.test(parsed.type)) {
    throw new AuthError(404, 'user_not_found', 'User with this email not found')
  }
  const made = known === undefined && parsed.type === 'magiclink'
  const body = made ? { ...parsed, email, type: 'signup', password: unknownPassword() } : { ...parsed, email }
  const purpose = purposes[body.type]
  if (purpose === undefined) throw invalid(`Invalid email action link type requested: ${body.type}`)

  const user = await prepareUser(call, known, body, purpose)
  const address = body.type === 'email_change_new' ? validEmail(body.new_email) : email
  const work = createOneTimeToken(call.database, user.id, address, purpose)
  const { otp, hash } = await failingAs('Database error creating one-time token', work)
  const redirect = redirectTarget(call, body.redirect_to)
  const kind = body.type.startsWith('email_change') ? 'email_change' : body.type
  const query = new URLSearchParams({ token: hash, type: kind, redirect_to: redirect })
  const answer = {
    ...userJson(await reloadUser(call.database, user.id)),
    action_link: `${call.issuer}/verify?${query}`,
    email_otp: otp,
    hashed_token: hash,
    verification_type: body.type,
    redirect_to: redirect,
  }
  return json(200, answer, call.headers)
}

/** The user in the state that the link confirms: created, invited, or with the new address stored. */
async function prepareUser(
  call: Call,
  known: UserRow | undefined,
  body: LinkBody,
  purpose: TokenPurpose,
): Promise<UserRow> {
  if (purpose === 'confirmation_token') {
    if (known !== undefined && known.email_confirmed_at !== null) throw emailExists()
    const user = known ?? (await makeUser(call, body))
    if (body.type === 'invite') await updateUser(call.database, user.id, { invited_at: 'now' })
    else if (known !== undefined) {
      const merged = mergeMetadata(known.raw_user_meta_data, body.data ?? {})
      await updateUser(call.database, user.id, { raw_user_meta_data: merged })
    }
    return user
  }
  if (known === undefined) throw new AuthError(404, 'user_not_found', 'User with this email not found')
  if (purpose !== 'recovery_token') {
    if (body.type === 'email_change_current' && !call.config.email.double_confirm_changes) {
      throw invalid('Enable secure email change to generate link for current email')
    }
    const email = validEmail(body.new_email)
    if (await emailTaken(call.database, email, known.id)) throw emailExists()
    await updateUser(call.database, known.id, { email_change: email, email_change_confirm_status: 0 })
  }
  return known
}

/** An invited user has no password until the user sets one. */
async function makeUser(call: Call, body: LinkBody): Promise<UserRow> {
  if (body.type === 'signup') {
    if (body.password === '') throw invalid('Signup requires a valid password')
    requireStrength(body.password, call.config)
  }
  const made = await admittedUser(call, {
    email: body.email,
    phone: '',
    hash: body.type === 'signup' ? hashPassword(body.password) : '',
    appMetadata: { provider: 'email', providers: ['email'] },
    userMetadata: body.data ?? {},
  })
  const user = await signUpUser(call.database, made)
  await insertIdentity(call.database, user.id, 'email', identityData(user.id, { email: body.email }))
  return user
}

function emailExists(): AuthError {
  return new AuthError(422, 'email_exists', 'A user with this email address has already been registered')
}

/** Only an address of the site itself is accepted; any other is replaced by the site's address. */
function redirectTarget(call: Call, inBody: string): string {
  const { site_url: site } = call.config
  const wanted = call.query.get('redirect_to') || inBody
  if (!URL.canParse(wanted) || !URL.canParse(site)) return site
  return new URL(wanted).origin === new URL(site).origin ? wanted : site
}
