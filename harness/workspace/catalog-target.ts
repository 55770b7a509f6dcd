import { TrespassError } from '../errors.ts'
import { type Config, declaredTarget } from './config.ts'
import { readCertificates } from './database-tls.ts'
import type { Environment } from './environment.ts'
import { refuseMoved } from './guard.ts'
import { refuseDatabaseUrl } from './settings-forms.ts'

/** The connection to a protected target, of which the catalog is read and nothing else. */
export interface CatalogTarget {
  readonly alias: string
  readonly databaseUrl: string
  /** Certificates in PEM by which the database's own one is verified; null for those that Node.js trusts. */
  readonly databaseCa: string | null
}

/** @returns whether a target may be read by its catalog only. */
export function isCatalogOnly({ alias }: Pick<Environment, 'alias'>, config: Pick<Config, 'targets'>): boolean {
  return declaredTarget(config, alias)?.protected === true
}

/**
 * Prepares the one use that the guard allows of a protected target: a connection of a login that can read the catalog alone. No
 * key and no address of a service is read, so that nothing can be sent to them. The caller has to see what the login may do
 * before anything else is read.
 *
 * @throws TrespassError `missing-variables`, `target-moved`, and those of a connection string in another form.
 */
export function catalogTarget(root: string, environment: Environment, config: Pick<Config, 'targets'>): CatalogTarget {
  const { alias, values } = environment
  const databaseUrl = values.TRESPASS_DATABASE_URL?.value
  if (databaseUrl === undefined) {
    const message = `TRESPASS_DATABASE_URL is missing: the connection string of a login of ${alias} that can read the catalog alone`
    const hint = `Write it into .env.${alias}. docs/reviews.md shows how to make the login.`
    throw new TrespassError('missing-variables', message, { hint })
  }
  const refusal = refuseMoved(environment, config) ?? refuseDatabaseUrl('TRESPASS_DATABASE_URL', databaseUrl)
  if (refusal !== null) throw refusal
  const file = values.TRESPASS_DATABASE_CA?.value
  return { alias, databaseUrl, databaseCa: file === undefined ? null : readCertificates(root, file) }
}
