import { Secret, TOTP } from 'otpauth'

const period = 30

/** A new shared secret: 20 random bytes in base32 without padding. */
export function newTotpSecret(): string {
  return new Secret({ size: 20 }).base32
}

/** Whether a code belongs to the current step, the step before or the step after, as GoTrue allows. */
export function totpMatches(secret: string, code: string, at: number): boolean {
  const token = code.trim()
  // The library throws for six characters that are more than six bytes.
  if (!/^\d{6}$/.test(token)) return false
  return TOTP.validate({ token, secret: Secret.fromBase32(secret), timestamp: at, period }) !== null
}

/** The address for an authenticator app, with the order of parameters and the encoding of GoTrue. */
export function totpUri(issuer: string, account: string, secret: string): string {
  const query = new URLSearchParams({ algorithm: 'SHA1', digits: '6', issuer, period: String(period), secret })
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`
  return `otpauth://totp/${label}?${query.toString().replaceAll('+', '%20')}`
}
