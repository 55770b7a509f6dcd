import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { parseBody, text } from './body.ts'
import { type Call, clientAddress } from './call.ts'
import { AuthError, invalid, json } from './errors.ts'
import type { Principal } from './principal.ts'
import { newTotpSecret, totpUri } from './totp.ts'
import { factorJson } from './user-json.ts'
import { type FactorRow, hasMfa, reloadUser, type UserRow } from './users.ts'
import { isUuid } from './validation.ts'

const enrolBody = z.object({ friendly_name: text, factor_type: text, issuer: text })

/** The validity of a challenge in seconds. */
export const challengeSeconds = 300

/**
 * `POST /factors`: a new TOTP factor, not yet verified.
 *
 * @throws AuthError 422 `mfa_totp_enroll_not_enabled`, `mfa_factor_name_conflict`, `too_many_enrolled_mfa_factors`;
 * 403 `insufficient_aal`; 400 `validation_failed` for another type of factor
 */
export async function enrolFactor(call: Call, principal: Principal): Promise<Response> {
  if (principal.session === undefined) {
    const message = 'A valid session and a registered user are required to enroll a factor'
    throw new AuthError(500, 'unexpected_failure', message)
  }
  const body = parseBody(call.body, enrolBody)
  requireTotp(call, body.factor_type)
  await requireRoom(call, principal, body.friendly_name)

  const id = randomUUID()
  const secret = newTotpSecret()
  const issuer = body.issuer || new URL(call.config.site_url).host
  const uri = totpUri(issuer, principal.user.email ?? '', secret)
  await call.database.query(
    `insert into auth.mfa_factors (id, user_id, friendly_name, factor_type, status, secret, created_at, updated_at)
     values ($1, $2, $3, 'totp', 'unverified', $4, now(), now())`,
    [id, principal.user.id, body.friendly_name, secret],
  )
  const totp = { qr_code: placeholder(uri), secret, uri }
  return json(200, { id, type: 'totp', friendly_name: body.friendly_name, totp }, call.headers)
}

function requireTotp(call: Call, type: string): void {
  if (type === 'phone' || type === 'webauthn') {
    const name = type === 'phone' ? 'Phone' : 'WebAuthn'
    throw new AuthError(422, `mfa_${type}_enroll_not_enabled`, `MFA enroll is disabled for ${name}`)
  }
  if (type !== 'totp') throw invalid('factor_type needs to be totp, phone, or webauthn')
  if (!call.config.mfa.totp.enroll_enabled) {
    throw new AuthError(422, 'mfa_totp_enroll_not_enabled', 'MFA enroll is disabled for TOTP')
  }
}

/** Unverified factors without a challenge for five minutes are removed first. */
async function requireRoom(call: Call, { user, session }: Principal, name: string): Promise<void> {
  await call.database.query(
    `delete from auth.mfa_factors f where f.status <> 'verified' and f.created_at < now() - interval '300 seconds'
     and not exists (select from auth.mfa_challenges c where c.factor_id = f.id)`,
  )
  const { factors } = await reloadUser(call.database, user.id)
  if (factors.some((factor) => (factor.friendly_name ?? '') === name)) {
    const message = `A factor with the friendly name ${JSON.stringify(name)} for this user already exists`
    throw new AuthError(422, 'mfa_factor_name_conflict', message)
  }
  if (factors.length >= call.config.mfa.max_enrolled_factors) {
    const message = 'Maximum number of verified factors reached, unenroll to continue'
    throw new AuthError(422, 'too_many_enrolled_mfa_factors', message)
  }
  if (hasMfa(user) && session?.aal !== 'aal2') {
    throw new AuthError(403, 'insufficient_aal', 'AAL2 required to enroll a new factor')
  }
}

/**
 * Finds the factor that the path names among the user's own.
 *
 * @throws AuthError 404 `validation_failed` if the id is not a UUID, 404 `mfa_factor_not_found`
 */
export function requireFactor(call: Call, user: UserRow): FactorRow {
  const id = call.parameter('factor_id')
  if (!isUuid(id)) throw new AuthError(404, 'validation_failed', 'factor_id must be an UUID')
  const factor = user.factors.find((candidate) => candidate.id === id.toLowerCase())
  if (factor === undefined) throw new AuthError(404, 'mfa_factor_not_found', 'Factor not found')
  return factor
}

/** `POST /factors/:factor_id/challenge`. @throws AuthError 404 as `requireFactor`; 422 `mfa_totp_verify_not_enabled` */
export async function challengeFactor(call: Call, { user }: Principal): Promise<Response> {
  const factor = requireFactor(call, user)
  requireVerification(call)
  const id = randomUUID()
  const [made] = await call.database.query<{ created_at: Date }>(
    `with challenged as (update auth.mfa_factors set last_challenged_at = clock_timestamp() where id = $2)
     insert into auth.mfa_challenges (id, factor_id, created_at, ip_address) values ($1, $2, now(), $3)
     returning created_at`,
    [id, factor.id, clientAddress(call.request)],
  )
  const expiresAt = Math.floor((made?.created_at.getTime() ?? Date.now()) / 1000) + challengeSeconds
  return json(200, { id, type: factor.factor_type, expires_at: expiresAt }, call.headers)
}

/** @throws AuthError 422 `mfa_totp_verify_not_enabled` */
export function requireVerification(call: Call): void {
  if (call.config.mfa.totp.verify_enabled) return
  throw new AuthError(422, 'mfa_totp_verify_not_enabled', 'MFA verification is disabled for TOTP')
}

/**
 * `DELETE /factors/:factor_id`. Sessions that were raised by it fall back to `aal1`.
 *
 * @throws AuthError 404 as `requireFactor`; 422 `insufficient_aal` for a verified factor without `aal2`
 */
export async function unenrolFactor(call: Call, { user, session }: Principal): Promise<Response> {
  const factor = requireFactor(call, user)
  if (session === undefined) {
    const message = 'A valid session and factor are required to unenroll a factor'
    throw new AuthError(500, 'unexpected_failure', message)
  }
  if (factor.status === 'verified' && session.aal !== 'aal2') {
    throw new AuthError(422, 'insufficient_aal', 'AAL2 required to unenroll verified factor')
  }
  await removeFactor(call, user, factor)
  return json(200, { id: factor.id }, call.headers)
}

/** Removes a factor and lowers the assurance level of sessions that have it from this factor. */
export async function removeFactor(call: Call, user: UserRow, factor: FactorRow): Promise<void> {
  await call.database.query('delete from auth.mfa_factors where id = $1', [factor.id])
  await call.database.query(
    `with lowered as (
       update auth.sessions set aal = 'aal1', factor_id = null where user_id = $1 and factor_id = $2 returning id)
     delete from auth.mfa_amr_claims
     where authentication_method = 'totp' and session_id in (select id from lowered)`,
    [user.id, factor.id],
  )
}

/** The factors of a user for an administrator. */
export function factorsJson(user: UserRow): Record<string, unknown>[] {
  return user.factors.map(factorJson)
}

/** An image in place of the QR code. It contains the address as text, because tests do not scan images. */
function placeholder(uri: string): string {
  const escaped = uri.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200"><desc>${escaped}</desc></svg>`
}
