/**
 * The part of Supabase Auth (GoTrue) that `@supabase/supabase-js` needs, in front of the real `auth.*` tables. Paths arrive
 * without `/auth/v1`; the gateway checks API keys. The source for GoTrue's behaviour is https://github.com/supabase/auth at
 * bc32168 (August 2026).
 *
 * Rate limits are off: a test run signs in hundreds of users from one address. No mail and no message is ever sent.
 */
import { type Context, Hono } from 'hono'
import type { JWK } from 'jose'
import type pg from 'pg'
import type { AuthConfig } from '../config.ts'
import { getUserById } from './admin.ts'
import { createUser } from './admin-create.ts'
import { deleteUser } from './admin-delete.ts'
import { deleteFactor, getFactors } from './admin-factors.ts'
import { getUsers } from './admin-list.ts'
import { putUser } from './admin-update.ts'
import { readBody } from './body.ts'
import type { Call, Service } from './call.ts'
import { type Database, inTransaction } from './database.ts'
import { answerError, json } from './errors.ts'
import { verifyFactor } from './factor-verification.ts'
import { challengeFactor, enrolFactor, unenrolFactor } from './factors.ts'
import { verifyLink } from './link-verification.ts'
import { generateLink } from './links.ts'
import { linkIdentity, otp, recover } from './mails.ts'
import { bearerClaims, loadPrincipal, requireAdmin, requireNotAnonymous, type UserHandler } from './principal.ts'
import { getUser, logout, updateSelf } from './self.ts'
import { health, settings } from './settings.ts'
import { token } from './sign-in.ts'
import { signUp } from './sign-up.ts'
import { createTokens } from './tokens.ts'

/** The configuration of one sandbox's Auth. */
export interface AuthOptions {
  /** Connected as `supabase_auth_admin`, the owner of the tables. */
  pool: pg.Pool
  /** As `pool`, for hooks that run beside a request's transaction. */
  hookPool: pg.Pool
  /** The shared secret of HS256 tokens. */
  jwtSecret: string
  /** A private ES256 key with `kid`. */
  signingKey: JWK
  /** The algorithm of new tokens; tokens of both are accepted. */
  signWith: 'es256' | 'hs256'
  /** The sandbox's address with `/auth/v1`. */
  issuer: string
  /** The claim `iss` of tokens. */
  tokenIssuer: string
  config: AuthConfig
}

type Handler = (call: Call) => Promise<Response>
type Method = 'get' | 'post' | 'put' | 'delete'

/**
 * Makes the Auth service of one sandbox.
 *
 * @returns a handler that never throws: every failure is an answer
 */
export function createAuth(options: AuthOptions): { fetch(request: Request): Response | Promise<Response> } {
  const { pool, hookPool, issuer, tokenIssuer, config } = options
  const tokens = createTokens(options)
  const service: Service = { config, tokens, issuer, tokenIssuer, hookPool }
  const app = new Hono()
  const known = new Set<string>()

  const route = (method: Method, path: string, answer: (c: Context, headers: Headers) => Promise<Response>) => {
    known.add(path)
    app.on(method.toUpperCase(), path, async (c) => {
      const headers = new Headers()
      try {
        return await answer(c, headers)
      } catch (error) {
        return answerError(error, c.req.raw, headers)
      }
    })
  }
  const run = async (c: Context, headers: Headers, work: (call: Call) => Promise<Response>) => {
    const request = c.req.raw
    const body = await readBody(request)
    const query = new URL(request.url).searchParams
    const parameter = (name: string) => c.req.param(name) ?? ''
    return await inTransaction(pool, (database: Database) =>
      work({ ...service, database, request, body, query, headers, parameter }),
    )
  }
  const open = (method: Method, path: string, handler: Handler) =>
    route(method, path, (c, headers) => run(c, headers, handler))
  const asUser = (method: Method, path: string, handler: UserHandler) =>
    route(method, path, async (c, headers) => {
      const claims = await bearerClaims(c.req.raw, tokens)
      return await run(c, headers, async (call) => await handler(call, await loadPrincipal(call.database, claims)))
    })
  const asAdmin = (method: Method, path: string, handler: Handler) =>
    route(method, path, async (c, headers) => {
      const claims = await bearerClaims(c.req.raw, tokens)
      return await run(c, headers, async (call) => {
        await requireAdmin(call.database, claims)
        return await handler(call)
      })
    })

  route('get', '/health', async () => json(200, health))
  route('get', '/settings', async () => json(200, settings(config)))
  route('get', '/.well-known/jwks.json', async (_c, headers) => {
    headers.set('cache-control', 'public, max-age=600')
    return json(200, tokens.jwks, headers)
  })
  open('post', '/signup', signUp)
  open('post', '/token', token)
  open('post', '/verify', verifyLink)
  open('post', '/otp', otp)
  open('post', '/recover', recover)
  asUser('get', '/user/identities/authorize', linkIdentity)
  asUser('get', '/user', getUser)
  asUser('put', '/user', updateSelf)
  asUser('post', '/logout', logout)
  asUser('post', '/factors', named(enrolFactor))
  asUser('post', '/factors/:factor_id/challenge', named(challengeFactor))
  asUser('post', '/factors/:factor_id/verify', named(verifyFactor))
  asUser('delete', '/factors/:factor_id', named(unenrolFactor))
  asAdmin('get', '/admin/users', getUsers)
  asAdmin('post', '/admin/users', createUser)
  asAdmin('get', '/admin/users/:user_id', getUserById)
  asAdmin('put', '/admin/users/:user_id', putUser)
  asAdmin('delete', '/admin/users/:user_id', deleteUser)
  asAdmin('get', '/admin/users/:user_id/factors', getFactors)
  asAdmin('delete', '/admin/users/:user_id/factors/:factor_id', deleteFactor)
  asAdmin('post', '/admin/generate_link', generateLink)

  // GoTrue's router answers a known path with another method 405 without a body, any other path a line of text.
  for (const path of known) app.all(path, () => new Response(null, { status: 405 }))
  app.notFound((c) => c.text('404 page not found\n', 404))
  return app
}

/** Refuses anonymous users. */
function named(handler: UserHandler): UserHandler {
  return async (call, principal) => {
    requireNotAnonymous(principal.claims)
    return await handler(call, principal)
  }
}
