import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const stepSeconds = 30
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** A new shared secret: 20 random bytes in base32 without padding. */
export function newTotpSecret(): string {
  let bits = ''
  for (const byte of randomBytes(20)) bits += byte.toString(2).padStart(8, '0')
  return bits.replaceAll(/.{5}/g, (five) => alphabet.charAt(Number.parseInt(five, 2)))
}

/**
 * The six digits of a secret at a time (RFC 6238 with SHA-1 and steps of 30 s).
 *
 * @param secret base32, any case
 * @param at milliseconds since 1970
 */
export function totpCode(secret: string, at: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 1000 / stepSeconds)))
  const digest = createHmac('sha1', fromBase32(secret)).update(counter).digest()
  const offset = digest.readUInt8(digest.length - 1) & 15
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** Whether a code is that of now, of the step before or of the step after, as GoTrue allows. */
export function totpMatches(secret: string, code: string, at: number): boolean {
  const given = Buffer.from(code.trim())
  return [-1, 0, 1].some((step) => {
    const expected = Buffer.from(totpCode(secret, at + step * stepSeconds * 1000))
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
}

/** The address that an authenticator app reads. */
export function totpUri(issuer: string, account: string, secret: string): string {
  const query = new URLSearchParams({ algorithm: 'SHA1', digits: '6', issuer, period: String(stepSeconds), secret })
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`
  return `otpauth://totp/${label}?${query.toString().replaceAll('+', '%20')}`
}

function fromBase32(text: string): Buffer {
  let bits = ''
  for (const letter of text.toUpperCase()) bits += alphabet.indexOf(letter).toString(2).padStart(5, '0')
  const bytes = bits.match(/.{8}/g) ?? []
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)))
}
