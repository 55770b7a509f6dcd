import { describe, expect, it } from 'vitest'
import { newTotpSecret, totpCode, totpMatches, totpUri } from './totp.ts'

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
  ])('gives the code of RFC 6238 at %i s', (seconds, code) => {
    expect(totpCode(secret, seconds * 1000)).toBe(code)
  })

  it('takes the code of one step before and after, and no other', () => {
    const now = 1_700_000_010_000
    const allowed = [-60, -30, 0, 30, 60].map((away) => totpMatches(secret, totpCode(secret, now + away * 1000), now))
    expect(allowed).toEqual([false, true, true, true, false])
    expect(totpMatches(secret, 'abcdef', now)).toBe(false)
    expect(totpMatches(secret, '', now)).toBe(false)
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
