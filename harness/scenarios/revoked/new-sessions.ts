import { freshSession, refreshed, shortToken } from '../../actors/renewal.ts'
import { TrespassError } from '../../errors.ts'
import type { OperationEvent } from '../../model/scenario.ts'
import { completionOf } from '../completion.ts'
import type { Participant } from '../participant.ts'
import type { Holding, Round } from '../round.ts'
import { newToken, type Sides } from './declared.ts'

/** By session: its refresh token. */
export type RefreshTokens = ReadonlyMap<string, string>

/**
 * Signs in the member and the control after both have their access, so that the claims of their tokens include it. A user
 * without an address keeps its session.
 *
 * @param seconds how long the member's token is valid; null for the project's setting.
 */
export async function signInAnew(round: Round, sides: Sides, seconds: number | null): Promise<RefreshTokens> {
  const tokens = new Map<string, string>()
  for (const by of [sides.member, sides.control]) {
    const session = round.sessionOf(by)
    const fresh = await freshSession(session, round.target)
    if (fresh === null) continue
    round.renew(by, fresh.accessToken)
    tokens.set(by.session, fresh.refreshToken)
  }
  const short = seconds === null ? null : await shortToken(round.sessionOf(sides.member), round.target, seconds)
  if (short !== null) round.renew(sides.member, short)
  const { token } = round.sessionOf(sides.member)
  if (token !== null) round.renew(sides.writer, token)
  return tokens
}

/** The codes with which Auth refuses to renew a session (supabase/auth, `internal/tokens/service.go`). */
const refusals = new Set([
  'refresh_token_not_found',
  'refresh_token_already_used',
  'session_not_found',
  'session_expired',
  'user_banned',
  'user_not_found',
])

/** The client has no code for a session that does not exist (auth-js, `lib/fetch.ts`). */
const sessionMissing = 'Auth session missing!'

/** Asks Auth for the next token on every use. */
export function askingForTokens(round: Round, by: Participant, tokens: RefreshTokens): Holding {
  let token = tokens.get(by.session)
  return {
    async use() {
      if (token === undefined) {
        throw new TrespassError('no-refresh-token', `${by.session} has no session that could be renewed`)
      }
      const invokedAt = round.now()
      const next = await refreshed(token, round.target)
      const returnedAt = round.now()
      if ('session' in next) token = next.session.refreshToken
      const event = { ...askedAs(by, round), invokedAt, returnedAt, ...answered(next) }
      round.record(event)
      return event
    },
    end: async () => {},
  }
}

type Next = Awaited<ReturnType<typeof refreshed>>
type Answered = Pick<OperationEvent, 'fate' | 'denial' | 'why' | 'face' | 'status' | 'code' | 'message'>

function answered(next: Next): Answered {
  if ('session' in next) {
    const told = completionOf({ kind: 'done' }, { code: null })
    return { ...told, face: 'done', status: 200, code: null, message: null }
  }
  const { status = 0, code = null, message } = next.failure
  const isRefusal = (code !== null && refusals.has(code)) || message === sessionMissing
  const told = isRefusal
    ? completionOf({ kind: 'denied', layer: 'unauthenticated' }, { code })
    : completionOf({ kind: 'unknown', why: 'Auth does not say that the session has ended' }, { code })
  return { ...told, face: isRefusal ? 'session-over' : null, status, code, message }
}

function askedAs({ session, actor }: Participant, { number }: Round) {
  const request = 'POST /auth/v1/token?grant_type=refresh_token'
  const asked = { kind: 'operation', round: number, session, actor, path: 'auth', operation: newToken } as const
  return { ...asked, request, body: {}, rows: null, value: null }
}
