import { UnsecuredJWT } from 'jose'
import { expect, test } from 'vitest'
import { mayDependOnRows } from './claims.ts'

const own = {
  iss: 'https://example.com/auth/v1',
  sub: 'a',
  aud: 'authenticated',
  exp: 2,
  iat: 1,
  email: '',
  phone: '',
  app_metadata: {},
  user_metadata: {},
  role: 'authenticated',
  aal: 'aal1',
  amr: [],
  session_id: 'b',
  is_anonymous: false,
}
const token = (claims: object) => new UnsecuredJWT({ ...claims }).encode()

test('a hosted token with Auth’s own claims alone is not issued anew', () => {
  expect(mayDependOnRows(token(own), 'hosted')).toBe(false)
})

test.each([{ user_role: 'admin' }, { user_role: null }, { org: { id: 1 } }])(
  'a hosted token with the claim %j shows that a hook is at work',
  (claim) => {
    expect(mayDependOnRows(token({ ...own, ...claim }), 'hosted')).toBe(true)
  },
)

test.each(['sandbox', 'local'] as const)('a token of a %s target always is', (kind) => {
  expect(mayDependOnRows(token(own), kind)).toBe(true)
})
