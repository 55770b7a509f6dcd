import { expect, test } from 'vitest'
import { totp } from './totp.ts'

/** "12345678901234567890" in base32: the secret of RFC 6238, appendix B. */
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

test.each([
  [59, '287082'],
  [1111111109, '081804'],
  [1111111111, '050471'],
  [1234567890, '005924'],
  [2000000000, '279037'],
  [20000000000, '353130'],
])('at %i seconds the code is %s, as in RFC 6238', (seconds, code) => {
  expect(totp(secret, seconds)).toBe(code)
})

test('lower case and padding make no difference', () => {
  expect(totp(`${secret.toLowerCase()}====`, 59)).toBe('287082')
})

test('a secret that is not in base32 is refused', () => {
  expect(() => totp('0189', 59)).toThrow('base32')
})
