import { describe, expect, it } from 'vitest'
import { newTotpSecret, totpMatches, totpUri } from './totp.ts'

/** The secret of RFC 6238, appendix B: the text 12345678901234567890. */
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

describe('TOTP', () => {
  it.each([
    [59, '287082'],
    [1111111109, '081804'],
    [1111111111, '050471'],
    [1234567890, '005924'],
    [2000000000, '279037'],
    [20000000000, '353130'],
  ])('takes the code of RFC 6238 at %i s, one step before and one after, and at no other time', (seconds, code) => {
    const allowed = [-60, -30, 0, 30, 60].map((away) => totpMatches(secret, code, (seconds + away) * 1000))
    expect(allowed).toEqual([false, true, true, true, false])
  })

  it.each(['abcdef', '', '28708', '2870820', '２８７０８２'])('does not take %j for a code', (code) => {
    expect(totpMatches(secret, code, 59_000)).toBe(false)
  })

  it('takes a code between blanks, and a secret in lower case', () => {
    expect(totpMatches(secret.toLowerCase(), ' 287082\n', 59_000)).toBe(true)
  })

  it('makes secrets of 160 bits and addresses that an app can read', () => {
    expect(newTotpSecret()).toMatch(/^[A-Z2-7]{32}$/)
    const uri = new URL(totpUri('my site', 'a+b@example.com', secret))
    expect(uri.protocol).toBe('otpauth:')
    expect(decodeURIComponent(uri.pathname)).toBe('/my site:a+b@example.com')
    const query = { algorithm: 'SHA1', digits: '6', issuer: 'my site', period: '30', secret }
    expect(Object.fromEntries(uri.searchParams)).toEqual(query)
  })
})
