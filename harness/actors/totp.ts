import { createHmac } from 'node:crypto'

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * Computes the six digits of a time-based one-time password: RFC 6238 with HMAC-SHA-1 and steps of 30 seconds, as Auth
 * enrols them.
 *
 * @param secret in base32 (RFC 4648), as the enrolment answers it
 * @param seconds Unix time
 */
export function totp(secret: string, seconds: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(seconds / 30)))
  const digest = createHmac('sha1', decodeBase32(secret)).update(counter).digest()
  // Dynamic truncation, RFC 4226 section 5.3.
  const offset = digest.readUInt8(digest.length - 1) & 0x0f
  const number = digest.readUInt32BE(offset) & 0x7f_ff_ff_ff
  return String(number % 1_000_000).padStart(6, '0')
}

function decodeBase32(text: string): Buffer {
  const bytes: number[] = []
  let bits = 0
  let value = 0
  for (const letter of text.toUpperCase().replace(/[=\s]/g, '')) {
    const digit = base32.indexOf(letter)
    if (digit < 0) throw new Error('A TOTP secret is not in base32')
    value = ((value << 5) | digit) & 0xf_ff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((value >> bits) & 0xff)
  }
  return Buffer.from(bytes)
}
