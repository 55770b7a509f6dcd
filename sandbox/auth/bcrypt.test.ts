import { describe, expect, it } from 'vitest'
import { bcryptHash, bcryptMatches, isBcrypt } from './bcrypt.ts'

describe('bcrypt', () => {
  it.each([
    // Published test vectors of crypt_blowfish.
    ['U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    ['U*U*', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK'],
    ['U*U*U', '$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a'],
    ['', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy'],
  ])('agrees with the published hash of %j', (password, hash) => {
    expect(bcryptMatches(password, hash)).toBe(true)
    expect(bcryptMatches(`${password}x`, hash)).toBe(false)
  })

  it('reads the names that other programs give the same hash', () => {
    const hash = bcryptHash('geheim', 4)
    expect(hash).toMatch(/^\$2a\$04\$/)
    expect(bcryptMatches('geheim', hash.replace('$2a$', '$2b$'))).toBe(true)
    expect(bcryptMatches('geheim', hash.replace('$2a$', '$2y$'))).toBe(true)
  })

  it('salts: the same password has another hash each time', () => {
    expect(bcryptHash('geheim', 4)).not.toBe(bcryptHash('geheim', 4))
  })

  it('looks at 72 bytes and no more', () => {
    const hash = bcryptHash('x'.repeat(72), 4)
    expect(bcryptMatches('x'.repeat(73), hash)).toBe(true)
    expect(bcryptMatches('x'.repeat(71), hash)).toBe(false)
  })

  it.each(['', 'plain', '$argon2id$v=19$m=1$x', '$2a$03$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy'])(
    'does not take %j for a hash',
    (text) => {
      expect(isBcrypt(text)).toBe(false)
      expect(bcryptMatches('', text)).toBe(false)
    },
  )
})
