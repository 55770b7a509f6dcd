import { z } from 'zod'
import { TrespassError } from '../../errors.ts'
import type { JsonObject } from '../../json.ts'
import type { ActorSession, PrivilegedSession } from '../../model/session.ts'
import type { Target } from '../../model/target.ts'
import { effectKeys, effectsOf } from '../declared-effects.ts'
import { asFixture, ownUser } from '../own-user.ts'
import type { AccessPath, Answer, Call, Footprint } from '../path.ts'
import { bodyFault, methods, missingSecret, requestKeys, variablesOf } from '../web/request.ts'
import { webResponses } from '../web/responses.ts'
import { send } from '../web/send.ts'
import { cookieName, sessionCookies } from './session-cookie.ts'

/** A request, as a matrix or a scenario writes it. */
export const schema = z
  .strictObject({
    request: methods.describe('the method of the request'),
    ...requestKeys,
    as: asFixture,
    session: z
      .enum(['bearer', 'cookies'])
      .optional()
      .describe('how the session of the actor is sent: `bearer` (default), or `cookies` as @supabase/ssr keeps it'),
    cookie: z
      .string()
      .regex(/^[\w.-]+$/, { error: 'the name of a cookie' })
      .optional()
      .describe("the name of the session's cookie, where it is not `sb-<ref>-auth-token`"),
    cookie_user: z
      .string()
      .min(1)
      .optional()
      .describe("the id of the user that the cookie names beside the actor's own token, as a forged cookie does"),
    ...effectKeys('request'),
  })
  .superRefine(({ request, session, cookie, cookie_user, ...parts }, context) => {
    const fault = bodyFault(request, parts)
    if (fault !== null) context.addIssue({ code: 'custom', path: ['request'], message: fault })
    const key = cookie === undefined ? 'cookie_user' : 'cookie'
    if ((cookie !== undefined || cookie_user !== undefined) && session !== 'cookies') {
      context.addIssue({ code: 'custom', path: [key], message: 'a session that is sent by cookie: `session: cookies`' })
    }
  })

/** Routes of a team's own backend, at the address of TRESPASS_HTTP_URL. */
export const http: AccessPath = {
  name: 'http',
  sendsHeaders: true,
  resources: ['http'],
  resourceName: z.string().regex(/^\/[^\s?#]*$/, { error: 'the path of a route, such as `/api/invoices`' }),
  verbs: { request: { schema, exercises: ['request'], refusesBy: 'application', footprint } },
  responses: webResponses,
  unavailable,
  // A backend has no use for the secret key, which is never sent to it. A sender of signed events needs none.
  controls: (_privileged, body) => schema.parse(body).sign !== undefined,
  variables: (body) => variablesOf(schema.parse(body)),
  attempt,
}

function unavailable(target: Target, body: JsonObject): string | null {
  const { endpoint, kind } = target
  if (endpoint.httpUrl !== undefined) return missingSecret(target, schema.parse(body))
  return kind === 'sandbox'
    ? 'no backend knows the address and the keys of a sandbox that a run starts: start `trespass sandbox`, start the backend with what it prints, and run with `--target local`'
    : 'the address of the backend is not known: set TRESPASS_HTTP_URL'
}

function footprint(body: JsonObject): Footprint {
  // A request to code that a team wrote may write whatever its method is.
  const parsed = schema.parse(body)
  return { ...effectsOf(parsed), ...ownUser(parsed.as), readOnly: false, arguments: [] }
}

function attempt(caller: ActorSession | PrivilegedSession, call: Call): Promise<Answer> {
  const { request, session = 'bearer', cookie, cookie_user, ...parts } = schema.parse(call.body)
  const { httpUrl } = caller
  if (httpUrl === undefined) {
    const hint = 'Set TRESPASS_HTTP_URL to the address of the backend.'
    throw new TrespassError('no-backend', 'the target has no backend that an actor could send a request to', { hint })
  }
  const token = caller.kind === 'actor' ? caller.token : null
  const headers = new Headers(call.headers)
  if (token !== null && session === 'bearer') headers.set('authorization', `Bearer ${token}`)
  if (token !== null && session === 'cookies') {
    const kept = sessionCookies(cookie ?? cookieName(caller.url), token, cookie_user)
    const given = headers.get('cookie')
    headers.set('cookie', given === null ? kept : `${given}; ${kept}`)
  }
  const base = `${httpUrl}${call.resource.name.replace(/\/$/, '')}`
  return send(caller, { method: request, base, headers, anonymous: token === null }, parts, call)
}
