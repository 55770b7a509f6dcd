import { expect, test } from 'vitest'
import { authRates } from './auth-limits.ts'
import { waitFor } from './quota.ts'

test.each([1, 5, 30, 60, 500])('a limit of %i anonymous sign-ins lets as many pass at once, and no more', (limit) => {
  const rate = authRates({ anonymous_sign_ins: limit })['anonymous sign-in']
  const full = { left: rate.burst, at: 0 }
  expect(waitFor(limit, full, rate)).toBe(0)
  expect(waitFor(limit + 1, full, rate)).toBe(3_600_000 / limit)
})

test('sign-ins pass thirty at once, under any limit', () => {
  for (const limit of [5, 150, 1000]) expect(authRates({ sign_ins: limit })['sign-in'].burst).toBe(30)
})
