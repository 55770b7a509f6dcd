import { isLoopback, parseUrl } from './project-ref.ts'

/** How a connection is made: what the connection string says about TLS is settled here and taken out of it. */
export interface SecuredConnection {
  readonly connectionString: string
  /** False only on this machine. */
  readonly ssl: false | { readonly rejectUnauthorized: true; readonly ca?: string }
}

/**
 * Decides about TLS. A database on another machine is never spoken to without it, and its certificate is always
 * verified: a client that takes its word from `sslmode` or from PGSSLMODE would verify less.
 *
 * @param ca certificates in PEM, or null for those that Node.js knows.
 */
export function securedConnection(databaseUrl: string, ca: string | null): SecuredConnection {
  const url = parseUrl(databaseUrl)
  const mode = url?.searchParams.get('sslmode') ?? ''
  for (const name of [...(url?.searchParams.keys() ?? [])]) {
    if (/^ssl|^uselibpqcompat$/i.test(name)) url?.searchParams.delete(name)
  }
  const plain = url !== null && isLoopback(url.hostname) && ca === null && !/^(?:require|verify-)/.test(mode)
  const ssl = plain ? false : { rejectUnauthorized: true as const, ...(ca === null ? {} : { ca }) }
  return { connectionString: url?.href ?? databaseUrl, ssl }
}
