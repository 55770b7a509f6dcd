import { isLoopback, parseUrl } from './project-ref.ts'

/** A connection whose TLS settings were read from the connection string and removed from it. */
export interface SecuredConnection {
  readonly connectionString: string
  /** False only on this machine. */
  readonly ssl: false | { readonly rejectUnauthorized: true; readonly ca?: string }
}

/**
 * Sets the parameters that a client would otherwise take from its environment (PGPORT, PGDATABASE, PGSSLMODE): the guard has
 * checked the connection string alone. A database on another machine is reached over TLS only, and its certificate is always
 * verified, whatever `sslmode` is.
 *
 * @param ca certificates in PEM, or null for those that Node.js trusts.
 */
export function securedConnection(databaseUrl: string, ca: string | null): SecuredConnection {
  const url = parseUrl(databaseUrl)
  const mode = url?.searchParams.get('sslmode') ?? ''
  for (const name of [...(url?.searchParams.keys() ?? [])]) {
    if (/^ssl|^uselibpqcompat$/i.test(name)) url?.searchParams.delete(name)
  }
  if (url !== null && url.port === '') url.port = '5432'
  if (url !== null && url.pathname.length < 2) url.pathname = `/${url.username}`
  const plain = url !== null && isLoopback(url.hostname) && ca === null && !/^(?:require|verify-)/.test(mode)
  const ssl = plain ? false : { rejectUnauthorized: true as const, ...(ca === null ? {} : { ca }) }
  return { connectionString: url?.href ?? databaseUrl, ssl }
}
