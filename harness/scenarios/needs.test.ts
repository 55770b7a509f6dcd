import { expect, test } from 'vitest'
import { describeLacking } from './needs.ts'

const bare = { databaseUrl: null, privileged: null, minting: null }

test('a target that has all of it lacks nothing', () => {
  const target = {
    databaseUrl: 'postgres://localhost/postgres',
    privileged: { kind: 'privileged', url: 'http://localhost', secretKey: 'key' },
    minting: { kind: 'secret', secret: 'a secret' },
  } as const
  expect(describeLacking(['database', 'secret key', 'signing key', 'new sessions'], target)).toBeNull()
  expect(describeLacking([], bare)).toBeNull()
})

test.each([
  ['database', /TRESPASS_DATABASE_URL/],
  ['secret key', /TRESPASS_SECRET_KEY/],
  ['signing key', /TRESPASS_JWT_SECRET/],
  ['new sessions', /TRESPASS_SECRET_KEY/],
] as const)('without the variable for %s, the reason names the variable', (need, told) => {
  expect(describeLacking([need], bare)).toMatch(told)
})
