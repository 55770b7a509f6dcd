import type { ActorSession } from '../actors/session.ts'
import type { Secret } from '../evidence/redact.ts'
import type { ActorDeclaration } from '../matrix/model.ts'
import { databaseAddress, isLoopback, keyFacts, refOfDatabase, refOfUrl } from './project-ref.ts'
import type { Minting, Target } from './target.ts'

/** The members of a JWK that make it private (RFC 7518, sections 6.2.2, 6.3.2 and 6.4). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']

/** Public knowledge: the Supabase CLI's local stack has it, and the word is all over what PostgreSQL says. */
const cliPassword = 'postgres'

/**
 * Lists every text that no report, log or error may show: keys, tokens, passwords, addresses of users and of the
 * database, the project's ref and hosts (but those of this machine). The longest come first, so that none hides inside
 * another.
 *
 * @param actors where it is written whose token is broken on purpose, and how: that much may be shown of it.
 */
export function secretsOf(
  target: Target,
  sessions: readonly ActorSession[],
  actors: readonly ActorDeclaration[] = [],
): Secret[] {
  const attacks = new Map(actors.map(({ name, token }) => [name, token]))
  const secrets = [
    target.endpoint.publishableKey,
    target.privileged?.secretKey ?? null,
    ...Object.values(target.users).flatMap(({ email, password }) => [email, password]),
    ...ofMinting(target.minting),
    ...ofAddresses(target),
    ...sessions.flatMap(({ token, apiKey, user }) => [token, apiKey, user?.email ?? null]),
  ]
  const distinct = new Map<string, Secret>()
  for (const text of secrets) if (text !== null && text !== '') distinct.set(text, text)
  for (const { actor, token } of sessions) {
    const attack = attacks.get(actor)
    if (token !== null && attack !== undefined) distinct.set(token, { text: token, kind: `token: ${attack}` })
  }
  return [...distinct].sort(([one], [other]) => other.length - one.length).map(([, secret]) => secret)
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
