import { describe, expect, test } from 'vitest'
import { matrixText, readActorsText, readMatrixText } from '../../test/support/matrix-texts.ts'

const read = (headers: string) =>
  readMatrixText(matrixText({ operations: `operations: { read: { select: own, headers: ${headers} } }` }))

test('headers of an operation are kept by their names in lower case, with their references', () => {
  const { result, problems } = read('{ X-Share-Token: $own.id, user-agent: "Test/1.0 (x)", cookie: "a=b; c=d" }')
  expect(problems).toEqual([])
  expect(result?.matrix.operations[0]).toMatchObject({
    headers: { 'x-share-token': '$own.id', 'user-agent': 'Test/1.0 (x)', cookie: 'a=b; c=d' },
    body: { select: 'own' },
  })
})

test.each(['authorization', 'Authorization', 'apikey', 'ApiKey', 'Proxy-Authorization'])(
  'the credential %s is refused',
  (name) => {
    const { problems } = read(`{ ${name}: x }`)
    expect(problems).toMatchObject([{ expected: expect.stringContaining('sends its own credential and no other') }])
  },
)

test.each(['prefer', 'Accept-Profile', 'content-type', 'x-upsert', 'host', 'x-trespass-attempt'])(
  '%s, which the access path sets, is refused',
  (name) => {
    const { problems } = read(`{ ${name}: x }`)
    expect(problems).toMatchObject([{ expected: expect.stringContaining('set by the access path') }])
  },
)

test.each([
  ['{ "x tenant": a }', 'the name of a header, such as `x-tenant`'],
  ['{ x-tenant: "a\\nb" }', 'a text of one line in ASCII'],
  ['{ x-tenant: 7 }', 'a text'],
  ['{ x-tenant: a, X-Tenant: b }', 'names that differ in more than upper and lower case'],
])('%s is refused', (headers, expected) => {
  expect(read(headers).problems).toMatchObject([{ expected }])
})

test('a header that names nothing is a mistake at its position', () => {
  expect(read('{ x-tenant: $nothing.id }').problems).toMatchObject([{ code: 'unknown-reference' }])
})

describe('an actor', () => {
  const withAlice = (alice: string) =>
    readActorsText(
      `actors:\n  visitor: { kind: anon, headers: { x-a: b } }\n  alice: ${alice}\n  runner: { kind: worker, role: r }\nworld:\n  acme: { table: public.teams, values: { name: $run } }\n`,
    )

  test('may have headers that name users and rows of the world', () => {
    const { result, problems } = withAlice(
      '{ kind: authenticated, headers: { X-Tenant: $acme.id, x-user: $actor.id } }',
    )
    expect(problems).toEqual([])
    expect(result?.roster.actors[1]?.headers).toEqual({ 'x-tenant': '$acme.id', 'x-user': '$actor.id' })
  })

  test.each([
    ['{ kind: authenticated, headers: { x-tenant: $other.id } }', 'unknown-reference'],
    ['{ kind: worker, role: r, headers: { x-a: b } }', 'worker-has-no-user'],
    ['{ kind: authenticated, headers: { apikey: b } }', 'wrong-value'],
    ['{ kind: authenticated, email: alice@corp.test }', 'wrong-value'],
    ['{ kind: authenticated, email: "$actor$actor@corp.test" }', 'wrong-value'],
    ['{ kind: authenticated, email: "$actor@corp" }', 'wrong-value'],
    ['{ kind: anon, email: "$actor@corp.test" }', 'anon-has-no-user'],
    ['{ kind: anonymous-auth, email: "$actor@corp.test" }', 'anonymous-address'],
    ['{ kind: anonymous-auth, phone: true }', 'anonymous-address'],
    ['{ kind: authenticated, phone: "+49 30 1234" }', 'wrong-value'],
    ['{ kind: authenticated, phone: only, email: "$actor@corp.test" }', 'phone-only-address'],
    ['{ kind: authenticated, phone: only, headers: { x-mail: $alice.email } }', 'unknown-reference'],
  ])('%s is refused as %s', (alice, code) => {
    expect(withAlice(alice).problems.map((problem) => problem.code)).toContain(code)
  })
})
