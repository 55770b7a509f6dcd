import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { parseBody, text } from './body.ts'
import { type Call, clientAddress } from './call.ts'
import { AuthError, failingAs, invalid, json } from './errors.ts'
import { challengeSeconds, requireFactor, requireVerification } from './factors.ts'
import { mfaAttempt } from './hooks.ts'
import type { Principal, SessionRow } from './principal.ts'
import { endAllSessions, swapRefreshToken, type TokenAnswer, tokenAnswer } from './sessions.ts'
import { totpMatches } from './totp.ts'
import { type FactorRow, reloadUser } from './users.ts'

const verifyBody = z.object({
  challenge_id: z.guid().default('00000000-0000-0000-0000-000000000000'),
  code: text,
})

interface ChallengeRow {
  id: string
  created_at: Date
  verified_at: Date | null
  address: string
  secret: string
}

/**
 * `POST /factors/:factor_id/verify`: a correct code raises the session to `aal2` and returns new tokens. It also ends every
 * session of the user that is still below `aal2` and removes the user's factors that were never verified.
 *
 * @throws AuthError 404 as `requireFactor`; 400 `validation_failed`; 422 `mfa_totp_verify_not_enabled`, `mfa_factor_not_found`,
 *   `mfa_ip_address_mismatch`, `mfa_challenge_expired`, `mfa_verification_failed`; 403 `mfa_verification_rejected` and those of
 *   the hook `mfa_verification_attempt`
 */
export async function verifyFactor(call: Call, { user, session }: Principal): Promise<Response> {
  const factor = requireFactor(call, user)
  const body = parseBody(call.body, verifyBody)
  if (body.code === '') throw invalid('Code needs to be non-empty')
  requireVerification(call)
  const challenge = await requireChallenge(call, factor, body.challenge_id)
  const valid = totpMatches(challenge.secret, body.code, Date.now())
  const { rejected, message } = await mfaAttempt(call, user.id, factor, valid)
  if (rejected) {
    await endAllSessions(call.database, user.id)
    const reason = message || 'Further MFA verification attempts will be rejected.'
    throw new AuthError(403, 'mfa_verification_rejected', reason, { keepsWork: true })
  }
  if (!valid) {
    throw new AuthError(422, 'mfa_verification_failed', 'Invalid TOTP code entered')
  }
  if (session === undefined) throw new AuthError(500, 'unexpected_failure', 'Cannot read SessionId claim as UUID')

  await call.database.query('update auth.mfa_challenges set verified_at = now() where id = $1', [challenge.id])
  await call.database.query(
    `update auth.mfa_factors set status = 'verified', updated_at = now() where id = $1 and status <> 'verified'`,
    [factor.id],
  )
  const answer = await raise(call, session, factor)
  const below = `delete from auth.sessions where user_id = $1 and aal < 'aal2'`
  await failingAs('Failed to update sessions', call.database.query(below, [user.id]))
  const unverified = `delete from auth.mfa_factors
    where user_id = $1 and status = 'unverified' and factor_type = 'totp'`
  await failingAs('Error removing unverified factors', call.database.query(unverified, [user.id]))
  return json(200, answer, call.headers)
}

/** The order of these checks decides which error an old challenge gets. */
async function requireChallenge(call: Call, factor: FactorRow, id: string): Promise<ChallengeRow> {
  const [challenge] = await call.database.query<ChallengeRow>(
    `select c.id, c.created_at, c.verified_at, host(c.ip_address) as address, f.secret
     from auth.mfa_challenges c join auth.mfa_factors f on f.id = c.factor_id where c.id = $1 and f.id = $2`,
    [id, factor.id],
  )
  if (challenge === undefined) {
    const message = 'MFA factor with the provided challenge ID not found'
    throw new AuthError(422, 'mfa_factor_not_found', message)
  }
  if (challenge.verified_at !== null || challenge.address !== clientAddress(call.request)) {
    throw new AuthError(422, 'mfa_ip_address_mismatch', 'Challenge and verify IP addresses mismatch.')
  }
  if (Date.now() <= challenge.created_at.getTime() + challengeSeconds * 1000) return challenge
  await call.database.query('delete from auth.mfa_challenges where id = $1', [id])
  const message = `MFA challenge ${id} has expired, verify against another challenge or create a new challenge.`
  throw new AuthError(422, 'mfa_challenge_expired', message, { keepsWork: true })
}

async function raise(call: Call, session: SessionRow, factor: FactorRow): Promise<TokenAnswer> {
  const { database } = call
  await database.query(
    `insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method)
     values ($1, $2, clock_timestamp(), clock_timestamp(), 'totp')
     on conflict on constraint mfa_amr_claims_session_id_authentication_method_pkey
     do update set updated_at = clock_timestamp()`,
    [randomUUID(), session.id],
  )
  const [current] = await database.query<{ token: string; user_id: string; session_id: string }>(
    `select token, user_id, session_id from auth.refresh_tokens where session_id = $1 and not revoked
     order by created_at limit 1 for update`,
    [session.id],
  )
  if (current === undefined) throw new Error('The session has no refresh token that is still good')
  const refreshToken = await swapRefreshToken(database, current)
  const sql = `update auth.sessions set aal = 'aal2', factor_id = $2, updated_at = now() where id = $1`
  await database.query(sql, [session.id, factor.id])
  const user = await reloadUser(database, session.user_id)
  return await tokenAnswer(call, user, { sessionId: session.id, refreshToken, method: 'totp' })
}
