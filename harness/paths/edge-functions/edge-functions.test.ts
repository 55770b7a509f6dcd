import { describe, expect, it } from 'vitest'
import { alone, answerWith } from '../../../test/support/example-answers.ts'
import { json, recordingServer } from '../../../test/support/recording-server.ts'
import type { JsonObject } from '../../json.ts'
import type { ActorSession, PrivilegedSession } from '../../model/session.ts'
import { edgeFunctions } from './index.ts'
import { functionResponses } from './responses.ts'

const server = recordingServer()

function invoke(body: JsonObject, caller: ActorSession | PrivilegedSession = server.caller()) {
  const resource = { kind: 'edge_function', name: 'checkout' }
  return edgeFunctions.attempt(caller, { ...alone, resource, verb: 'invoke', body, targets: [] })
}

describe('a request to an Edge Function', () => {
  it.each([
    ['key and token', {}, 'a-key', 'Bearer a-token', false],
    ['the key in both places', { token: null }, 'a-key', 'Bearer a-key', true],
    ['a token without a key', { apiKey: null }, undefined, 'Bearer a-token', false],
    ['nothing at all', { apiKey: null, token: null }, undefined, undefined, false],
  ])('carries %s', async (_, more, apikey, authorization, anonymous) => {
    const answer = await invoke({ invoke: 'post', path: '/items', json: { a: 1 } }, server.caller(more))
    expect(server.seen[0]).toMatchObject({ method: 'POST', rawPath: '/functions/v1/checkout/items', body: '{"a":1}' })
    expect(server.seen[0]?.headers.apikey).toBe(apikey)
    expect(server.seen[0]?.headers.authorization).toBe(authorization)
    expect(answer.anonymous ?? false).toBe(anonymous)
  })

  it('of the privileged carries the secret key', async () => {
    await invoke({ invoke: 'get' }, { kind: 'privileged', url: server.caller().url, secretKey: 'a-secret' })
    expect(server.seen[0]?.headers).toMatchObject({ apikey: 'a-secret', authorization: 'Bearer a-secret' })
  })

  it('that the gate refuses is known by the header of the gate', async () => {
    const headers = { 'sb-error-code': 'UNAUTHORIZED_INVALID_JWT_FORMAT' }
    server.answer((response) => json(response, 401, { code: 401, message: 'Invalid JWT' }, headers))
    const answer = await invoke({ invoke: 'get' })
    expect(functionResponses.find(({ matches }) => matches(answer, 'invoke'))?.name).toBe('jwt-refused')
  })
})

describe('the response patterns of Edge Functions', () => {
  const gate = { status: 401, headers: { 'sb-error-code': 'UNAUTHORIZED_NO_AUTH_HEADER' } }
  it.each([
    ['the gate refuses a token', gate, 'jwt-refused'],
    ['the gate asks a visitor for a token', { ...gate, anonymous: true }, 'jwt-required'],
    ['a local gate has no header', { status: 401, message: 'Missing authorization header' }, 'jwt-refused'],
    ["a function's own 401", { status: 401, anonymous: true }, 'session-required'],
    ['a function that is not there', { status: 404, headers: { 'sb-error-code': 'NOT_FOUND' } }, 'no-such-function'],
    ["a function's own 404", { status: 404 }, 'not-found'],
    ['a function that does not start', { status: 503, headers: { 'sb-error-code': 'BOOT_ERROR' } }, 'boot-error'],
    ['a function that ran out of time', { status: 504, headers: { 'sb-error-code': 'IDLE_TIMEOUT' } }, 'server-error'],
    ['a success', { status: 200 }, 'done'],
  ] as const)('%s', (_, answer, face) => {
    expect(functionResponses.find(({ matches }) => matches(answerWith(answer), 'invoke'))?.name).toBe(face)
  })
})

describe('a function that a sandbox does not serve', () => {
  const privileged: PrivilegedSession = { kind: 'privileged', url: 'http://x', secretKey: 's' }
  const absence = (name: string, served: readonly string[]) =>
    edgeFunctions.findMissing?.({ kind: 'edge_function', name }, privileged, { functions: { served } })

  it('is named with the nearest that it serves', async () => {
    expect(await absence('chekout', ['checkout'])).toMatchObject({ hint: expect.stringContaining('checkout') })
    expect(await absence('checkout', ['checkout'])).toBeNull()
  })

  it('is not reported as missing on another target', async () => {
    expect(await edgeFunctions.findMissing?.({ kind: 'edge_function', name: 'x' }, privileged, {})).toBeNull()
  })
})
