/** Without letters that are mistaken for digits; 32 of them, so that five random bits choose one evenly. */
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'

/**
 * Makes the id of a run: `20261121-084512-k3f9`, the time in UTC and four random characters. It sorts by time and is valid in
 * names of files, in e-mail addresses and in URLs.
 *
 * @param random at least four random bytes
 */
export function newRunId(now: Date, random: Uint8Array): string {
  const [date, time] = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').split('T')
  const tail = Array.from(random.subarray(0, 4), (byte) => alphabet[byte & 31]).join('')
  return `${date}-${time}-${tail}`
}
