import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerWith } from '../../../test/support/example-answers.ts'
import { answerOf } from './answer.ts'
import { isDeclared } from './refusals.ts'
import { addressOf, bodyFault, bodyOf, requestKeys } from './request.ts'
import { webResponses } from './responses.ts'
import { signatureSchema, signed, validForm } from './signature.ts'

const request = { method: 'GET', path: '/api/notes', headers: {}, body: null }

function received(status: number, text: string | null, headers: Record<string, string> = {}) {
  return answerOf(request, { status, headers: new Headers(headers), text }, 1)
}

function faceOf(answer: Parameters<typeof answerWith>[0]): string | undefined {
  return webResponses.find(({ matches }) => matches(answerWith(answer), 'request'))?.name
}

describe("the response patterns of a team's own code", () => {
  it.each([
    ['no answer is unknown', { status: 0 }, 'no-answer'],
    ['a limit of the rate is unknown', { status: 429 }, 'rate-limited'],
    ['a body without end is unknown', { status: 200, failure: 'too-long' }, 'too-long'],
    ['a redirect is unknown', { status: 307 }, 'redirected'],
    ['a redirect that is declared is a denial', { status: 307, declaredDenial: true }, 'declared-denial'],
    ['a 404 could not have worked', { status: 404 }, 'not-found'],
    ['a 404 that is declared is a denial', { status: 404, declaredDenial: true }, 'declared-denial'],
    ['a 401 to a visitor asks for a session', { status: 401, anonymous: true }, 'session-required'],
    ['a 401 to a session refuses it', { status: 401 }, 'session-refused'],
    ['the refusal of a token that was handed on', { status: 400, code: 'PGRST301' }, 'session-refused'],
    ['the same without a session', { status: 500, code: 'PGRST301', anonymous: true }, 'session-required'],
    ['a 403 is a denial', { status: 403 }, 'forbidden'],
    ['a 403 with the code of a policy is that policy', policyError(403), 'policy-check'],
    ['a 400 with the code of a policy is that policy', policyError(400), 'policy-check'],
    ['a 500 with the code of a policy is that policy', policyError(500), 'policy-check'],
    ['a 500 is unknown', { status: 500 }, 'server-error'],
    ['a 400 could not have worked', { status: 400 }, 'refused-without-reason'],
    ['a body that is announced as JSON and is none is unknown', { status: 200, failure: 'not-json' }, 'no-json'],
    ['a 201 is done', { status: 201 }, 'done'],
  ] as const)('%s', (_, answer, face) => {
    expect(faceOf(answer)).toBe(face)
  })

  it('describe every status, and only a success is done', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), (status) => {
        expect(faceOf({ status }) === 'done').toBe(status < 300)
      }),
    )
  })
})

function policyError(status: number) {
  return { status, code: '42501', message: 'new row violates row-level security policy for table "notes"' }
}

describe('an answer', () => {
  const json = { 'content-type': 'application/json' }

  it.each([
    ['a list', '[{"id":1}]', [{ id: 1 }]],
    ['an envelope', '{"data":[{"id":1}],"next":null}', [{ id: 1 }]],
    ['two lists in an envelope', '{"a":[{"id":1}],"b":[{"id":2}]}', [{ id: 1 }, { id: 2 }]],
    ['an object', '{"id":1}', null],
    ['a text', '"x"', null],
    ['a list of numbers', '[1]', null],
  ])('shows the rows of %s', (_, text, rows) => {
    expect(received(200, text, json).rows).toEqual(rows)
  })

  it('keeps the value beside the rows of an envelope', () => {
    expect(received(200, '{"data":[{"id":1}]}', json).value).toEqual({ data: [{ id: 1 }] })
  })

  it('of a page has its text to be searched', () => {
    const answer = received(200, '<p>secret</p>', { 'content-type': 'text/html' })
    expect(answer).toMatchObject({ rows: null, value: null, body: '<p>secret</p>', failure: null })
  })

  it('of plain text is a value', () => {
    expect(received(200, 'ok', { 'content-type': 'text/plain' }).value).toBe('ok')
  })

  it('that announces JSON and holds none cannot be read', () => {
    expect(received(200, '<p>', json)).toMatchObject({ failure: 'not-json', value: null })
  })

  it.each([
    ['at the top', '{"code":"42501","message":"no"}', { code: '42501', message: 'no' }],
    ['below error', '{"error":{"code":"42501","message":"no"}}', { code: '42501', message: 'no' }],
    ['as a text', '{"error":"no"}', { code: null, message: 'no' }],
    ['with a number for a code', '{"code":401,"message":"no"}', { code: null, message: 'no' }],
  ])('describes an error %s', (_, text, error) => {
    expect(received(400, text, json)).toMatchObject(error)
  })

  it('names the cookies that it sets, and keeps their values for the search alone', () => {
    const answer = received(200, '{}', { ...json, 'set-cookie': 'sb-x-auth-token=base64-abc; Path=/' })
    expect(answer.headers['set-cookie']).toBe('sb-x-auth-token')
    expect(answer.besides).toEqual([{ at: 'header set-cookie', text: 'sb-x-auth-token=base64-abc; Path=/' }])
  })
})

describe('a declared refusal', () => {
  it.each([
    [404, 404, null, true],
    [404, 403, null, false],
    [[401, 404], 404, null, true],
    [{ redirect: '/login' }, 307, '/login?next=%2Fa', true],
    [{ redirect: '/login' }, 302, 'https://app.example.com/login/', true],
    [{ redirect: '/login' }, 303, '/invoices', false],
    [{ redirect: '/login' }, 200, '/login', false],
    [{ redirect: '/login' }, 302, null, false],
  ])('%j: %s to %s is %s', (refusals, status, location, declared) => {
    expect(isDeclared(refusals, status, location)).toBe(declared)
  })

  it.each([200, 301, 429, 500])('is not the status %s', (status) => {
    expect(requestKeys.denial.safeParse(status).success).toBe(false)
  })
})

describe('the address of a request', () => {
  it('keeps a value inside its segment of the path', () => {
    expect(addressOf('http://h/a', { path: '/x?y#z' })).toBe('http://h/a/x%3Fy%23z')
    expect(addressOf('http://h/a', { path: '/x', query: { a: ['1', 2], b: 'ü&' } })).toBe(
      'http://h/a/x?a=1&a=2&b=%C3%BC%26',
    )
  })

  it.each(['x', '/../a', '/a/..', '/./a', '/a?b', '/a#b'])('refuses the path %s', (path) => {
    expect(requestKeys.path.safeParse(path).success).toBe(false)
  })

  it.each(['/$own.id', `/$${'{alice in acme.id}'}/lines`, '/a/', '/...'])('takes the path %s', (path) => {
    expect(requestKeys.path.safeParse(path).success).toBe(true)
  })
})

describe('the body of a request', () => {
  it('is JSON, a form or a text', () => {
    expect(bodyOf({ json: { a: 1 } })).toMatchObject({ content: '{"a":1}', type: 'application/json' })
    expect(bodyOf({ form: { a: '1', b: true } })).toMatchObject({ content: 'a=1&b=true' })
    expect(bodyOf({ text: 'x', content_type: 'text/csv' })).toEqual({ content: 'x', type: 'text/csv', shown: 'x' })
    expect(bodyOf({})).toBeNull()
  })

  it('is the bytes of a data URL, of which a record has length and digest', () => {
    const bytes = `data:image/png;base64,${Buffer.from([0, 255, 1]).toString('base64')}`
    const body = bodyOf({ bytes })
    expect(body).toMatchObject({ content: new Uint8Array([0, 255, 1]), type: 'image/png' })
    expect(body?.shown).toMatch(/^3 bytes, sha256 [0-9a-f]{64}$/)
    expect(bodyOf({ bytes, content_type: 'a/b' })).toMatchObject({ type: 'a/b' })
    expect(() => bodyOf({ bytes: 'no data URL' })).toThrow(/data URL/)
    expect(bodyFault('post', { bytes, text: 'x' })).toMatch(/one body/)
  })

  it.each(['', 'a text', 'data:image/png,x', 'data:;base64,?'])('takes no bytes from %j', (written) => {
    expect(requestKeys.bytes.safeParse(written).success).toBe(false)
  })

  it('is one at most, and none of a GET', () => {
    expect(bodyFault('post', { json: 1, text: 'x' })).toMatch(/one body/)
    expect(bodyFault('get', { json: 1 })).toMatch(/GET/)
    expect(bodyFault('post', { content_type: 'a/b' })).toMatch(/content_type/)
    expect(bodyFault('post', { sign: { scheme: 'stripe', secret_from_env: 'S' } })).toMatch(/sign/)
    expect(bodyFault('post', { json: null })).toBeNull()
  })
})

describe('a signature', () => {
  const plain = { scheme: 'hmac-sha256', header: 'x-hub-signature-256', secret_from_env: 'S' } as const
  const stripe = { scheme: 'stripe', secret_from_env: 'S' } as const

  it('is the one that GitHub documents', () => {
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries, "Testing the webhook payload validation"
    const secret = ['It', 's a Secret to Everybody'].join("'")
    expect(signed({ ...plain, prefix: 'sha256=' }, secret, 'Hello, World!', 0)).toEqual([
      'x-hub-signature-256',
      'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    ])
  })

  it('of Stripe holds the time that it signs', () => {
    const [name, value] = signed({ ...stripe, age: 10 }, 'key', '{}', 1_000_000) ?? []
    expect(name).toBe('stripe-signature')
    expect(value).toMatch(/^t=990,v1=[0-9a-f]{64}$/)
  })

  it.each(['secret', 'body', 'missing'] as const)(
    'with a forged %s differs, and its control has the valid one',
    (forged) => {
      fc.assert(
        fc.property(fc.string({ minLength: 1 }), fc.string(), (secret, body) => {
          const valid = signed(plain, secret, body, 0)
          expect(signed({ ...plain, forged }, secret, body, 0)).not.toEqual(valid)
          expect(signed(validForm({ ...plain, forged }), secret, body, 0)).toEqual(valid)
        }),
      )
    },
  )

  it.each([
    [{ scheme: 'hmac-sha256', secret_from_env: 'S' }],
    [{ ...plain, age: 1 }],
    [{ ...stripe, encoding: 'hex' }],
    [{ ...stripe, prefix: 'a' }],
    [{ ...plain, secret_from_env: 'not a name' }],
  ])('is refused as %j', (written) => {
    expect(signatureSchema.safeParse(written).success).toBe(false)
  })
})
