import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { TrespassError } from '../errors.ts'

/**
 * Reads the certificates by which the database's own one is verified.
 *
 * @param file as written in TRESPASS_DATABASE_CA, relative to the workspace.
 * @returns the text of the file.
 * @throws TrespassError `bad-database-ca`
 */
export function readCertificates(root: string, file: string): string {
  const hint = 'Download it from dashboard › Database › Settings › SSL Configuration, and name the file by its path.'
  let text: string
  try {
    text = readFileSync(resolve(root, file), 'utf8')
  } catch (cause) {
    const message = 'TRESPASS_DATABASE_CA names a file that cannot be read'
    throw new TrespassError('bad-database-ca', message, { hint, cause })
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new TrespassError('bad-database-ca', 'TRESPASS_DATABASE_CA names a file without a certificate in PEM', { hint })
}
