import type { GoTrueClient } from '@supabase/supabase-js'
import { decodeJwt } from 'jose'
import { z } from 'zod'
import { canonical } from '../canonical.ts'
import type { AuthFailure } from './auth-client.ts'

/** A session as Auth issued it, with its refresh token. */
export const liveSessionSchema = z.strictObject({
  accessToken: z.string(),
  refreshToken: z.string(),
  /** When this machine received the access token, in milliseconds. The server's clock may show another time. */
  since: z.number(),
})

export type LiveSession = z.output<typeof liveSessionSchema>

/** Auth's response to a sign-in and to a refresh. */
export interface SignedIn {
  readonly data: { readonly session: AnsweredSession | null }
  readonly error: AuthFailure | null
}

interface AnsweredSession {
  readonly access_token: string
  readonly refresh_token: string
}

/** A session that has just been given. */
export function liveSession({ access_token, refresh_token }: AnsweredSession): LiveSession {
  return { accessToken: access_token, refreshToken: refresh_token, since: Date.now() }
}

/**
 * @param now in milliseconds, by the clock that `since` was read from.
 * @returns true while more than half of the access token's life is left, which is time enough for a run.
 */
export function isFresh({ accessToken, since }: LiveSession, now: number): boolean {
  const { iat, exp } = decodeJwt(accessToken)
  if (iat === undefined || exp === undefined) return false
  const age = now - since
  return age >= 0 && age < ((exp - iat) * 1000) / 2
}

/** The part of a user in Auth from which token claims are made: users with equal text send equal claims. */
export type Metadata = string

/** @returns the user's metadata as one text; the failure when Auth does not know the session any more. */
export async function metadataOf(
  client: GoTrueClient,
  accessToken: string,
): Promise<{ readonly metadata: Metadata } | { readonly failure: AuthFailure }> {
  const { data, error } = await client.getUser(accessToken)
  if (error) return { failure: error }
  return { metadata: canonical([data.user.app_metadata, data.user.user_metadata]) }
}
