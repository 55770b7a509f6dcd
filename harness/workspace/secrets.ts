import type { ActorSession } from '../actors/session.ts'
import { databaseAddress, isLoopback, keyFacts, refOfDatabase, refOfUrl } from './project-ref.ts'
import type { Minting, Target } from './target.ts'

/** The members of a JWK that make it private (RFC 7518, sections 6.2.2, 6.3.2 and 6.4). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']

/** Public knowledge: the Supabase CLI's local stack has it, and the word is all over what PostgreSQL says. */
const cliPassword = 'postgres'

/**
 * Lists every text that no report, log or error may show: keys, tokens, passwords, the database's address, the
 * project's ref and hosts (but those of this machine). The longest come first, so that none hides inside another.
 */
export function secretsOf(target: Target, sessions: readonly ActorSession[]): string[] {
  const secrets = [
    target.endpoint.publishableKey,
    target.privileged?.secretKey ?? null,
    ...Object.values(target.users).flatMap(({ email, password }) => [email, password]),
    ...ofMinting(target.minting),
    ...ofAddresses(target),
    ...sessions.flatMap(({ token, apiKey }) => [token, apiKey]),
  ]
  const distinct = new Set(secrets.filter((secret): secret is string => secret !== null && secret !== ''))
  return [...distinct].sort((one, other) => other.length - one.length)
}

function ofMinting(minting: Minting | null): string[] {
  if (minting === null) return []
  if (minting.kind === 'secret') return [minting.secret]
  return privateMembers.map((name) => minting.jwk[name]).filter((value) => typeof value === 'string')
}

function ofAddresses({ endpoint, privileged, databaseUrl }: Target): (string | null)[] {
  const url = new URL(endpoint.url)
  const secrets: (string | null)[] = [databaseUrl]
  if (!isLoopback(url.hostname)) secrets.push(url.hostname, refOfUrl(url))
  for (const key of [endpoint.publishableKey, privileged?.secretKey]) {
    const facts = keyFacts(key ?? '')
    if (facts.kind === 'jwt' && !isLoopback(url.hostname)) secrets.push(facts.ref)
  }
  const database = databaseUrl === null ? null : databaseAddress(databaseUrl)
  if (database === null || databaseUrl === null) return secrets
  if (database.password !== cliPassword) secrets.push(database.password, new URL(databaseUrl).password)
  if (!isLoopback(database.host)) secrets.push(database.host, refOfDatabase(database))
  return secrets
}
