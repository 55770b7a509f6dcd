import { invalid } from './errors.ts'

const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?'
const emailForm = new RegExp(`^[a-zA-Z0-9.!#$%&'*+/=?^_\`{|}~-]+@${label}(?:\\.${label})*$`)
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/**
 * An address in lower case.
 *
 * @throws AuthError 400 `validation_failed`
 */
export function validEmail(email: string): string {
  if (email === '') throw invalid('An email address is required')
  if (email.length > 255) throw invalid('An email address is too long')
  if (!emailForm.test(email)) throw invalid('Unable to validate email address: invalid format')
  return email.toLowerCase()
}

/**
 * A phone number without its plus sign.
 *
 * @throws AuthError 400 `validation_failed`
 */
export function validPhone(phone: string): string {
  const digits = phone.replace(/^\+/, '').replaceAll(' ', '')
  if (!/^[1-9][0-9]{1,14}$/.test(digits)) throw invalid('Invalid phone number format (E.164 required)')
  return digits
}

/** Whether a text has the form of a UUID. */
export function isUuid(value: string): boolean {
  return uuidForm.test(value)
}

const units: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/**
 * A ban's length in milliseconds, written as Go writes durations (`24h`, `1h30m`); `none` is 0 and lifts the ban.
 *
 * @throws AuthError 400 `validation_failed`
 */
export function banMilliseconds(written: string): number {
  if (written === 'none' || written === '0') return 0
  const sign = written.startsWith('-') ? -1 : 1
  const rest = written.replace(/^[-+]/, '')
  const refuse = (reason: string) => invalid(`invalid format for ban duration: time: ${reason}`)
  if (!/^(\d+\.?\d*|\.\d+)/.test(rest)) throw refuse(`invalid duration ${JSON.stringify(written)}`)
  let total = 0
  for (const [, number, unit] of rest.matchAll(/(\d+\.?\d*|\.\d+)([^\d.]*)/g)) {
    if (!unit) throw refuse(`missing unit in duration ${JSON.stringify(written)}`)
    const factor = units[unit]
    const quoted = `${JSON.stringify(unit)} in duration ${JSON.stringify(written)}`
    if (factor === undefined) throw refuse(`unknown unit ${quoted}`)
    total += Number(number) * factor
  }
  return sign * total
}
