import type { ActorDeclaration } from '../model/matrix.ts'
import type { ActorSession } from '../model/session.ts'
import type { Minting, Target } from '../model/target.ts'
import type { Secret } from '../redaction/redact.ts'
import type { Environment } from './environment.ts'
import { databaseAddress, isLoopback, keyFacts, parseUrl, refOfDatabase, refOfUrl } from './project-ref.ts'
import { workerPrefix } from './variables.ts'

/** The members of a JWK that make it private (RFC 7518, sections 6.2.2, 6.3.2 and 6.4). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']

/** A public password: the Supabase CLI's local stack has it, and the word is frequent in PostgreSQL's messages. */
const cliPassword = 'postgres'

/**
 * Lists every text that no report, log or error may show: keys, tokens, passwords, addresses of users and of the database, the
 * project's ref and hosts (but those of this machine). The longest come first, so that none hides inside another.
 *
 * @param actors the attacks on their tokens: a placeholder may name these.
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
    target.privileged?.s3?.token ?? null,
    ...Object.values(target.users).flatMap(({ email, password }) => [email, password]),
    ...ofMinting(target.minting),
    ...ofAddresses(target),
    ...Object.values(target.secrets ?? {}),
    ...Object.values(target.workers ?? {}).flatMap(ofConnection),
    ...sessions.flatMap(({ token, apiKey, user }) => [token, apiKey, user?.email ?? null, user?.phone ?? null]),
  ]
  const distinct = new Map<string, Secret>()
  for (const text of secrets) if (text !== null && text !== '') distinct.set(text, text)
  for (const { actor, token } of sessions) {
    const attack = attacks.get(actor)
    if (token !== null && attack !== undefined) distinct.set(token, { text: token, kind: `token: ${attack}` })
  }
  return [...distinct].sort(([one], [other]) => other.length - one.length).map(([, secret]) => secret)
}

/** The secrets of the variables alone, for output without an open target. A value in an unexpected format is hidden whole. */
export function secretsIn({ values }: Pick<Environment, 'values'>): Secret[] {
  const text = (name: string): string | null => values[name]?.value ?? null
  const url = parseUrl(text('TRESPASS_URL') ?? '')
  const databaseUrl = text('TRESPASS_DATABASE_URL')
  const database = databaseAddress(databaseUrl ?? '')
  const secrets = [
    ...['PUBLISHABLE_KEY', 'SECRET_KEY', 'JWT_SECRET', 'USERS'].map((name) => text(`TRESPASS_${name}`)),
    databaseUrl,
    ...Object.entries(values).flatMap(([name, { value }]) =>
      name.startsWith(workerPrefix) ? ofConnection(value) : [],
    ),
    ...['TRESPASS_JWT_PRIVATE_KEY', 'TRESPASS_SIGNING_JWK', 'TRESPASS_USERS'].flatMap((name) => leavesOf(text(name))),
    ...(url === null || isLoopback(url.hostname) ? [] : [url.hostname, refOfUrl(url)]),
    ...ofBackend(text('TRESPASS_HTTP_URL')),
  ]
  if (database !== null) {
    if (database.password !== cliPassword) secrets.push(database.password)
    if (!isLoopback(database.host)) secrets.push(database.host, refOfDatabase(database))
  }
  return secrets.flatMap((secret) => (secret === null || secret === '' ? [] : [secret]))
}

/** The texts in JSON that are secrets: those of a key's private members, and users' addresses and passwords. */
function leavesOf(json: string | null): string[] {
  const found: string[] = []
  try {
    JSON.parse(json ?? 'null', (key, value: unknown) => {
      if (typeof value === 'string' && [...privateMembers, 'email', 'password'].includes(key)) found.push(value)
      return value
    })
  } catch {
    return json === null ? [] : [json]
  }
  return found
}

function ofMinting(minting: Minting | null): string[] {
  if (minting === null) return []
  if (minting.kind === 'secret') return [minting.secret]
  return privateMembers.map((name) => minting.jwk[name]).filter((value) => typeof value === 'string')
}

function ofAddresses({ endpoint, privileged, databaseUrl }: Target): (string | null)[] {
  const url = new URL(endpoint.url)
  const secrets: (string | null)[] = ofBackend(endpoint.httpUrl ?? null)
  if (!isLoopback(url.hostname)) secrets.push(url.hostname, refOfUrl(url))
  for (const key of [endpoint.publishableKey, privileged?.secretKey, endpoint.s3?.secret]) {
    const facts = keyFacts(key ?? '')
    if (facts.kind === 'jwt' && !isLoopback(url.hostname)) secrets.push(facts.ref)
  }
  return databaseUrl === null ? secrets : [...secrets, ...ofConnection(databaseUrl)]
}

function ofBackend(httpUrl: string | null): string[] {
  const url = parseUrl(httpUrl ?? '')
  return url === null || isLoopback(url.hostname) ? [] : [url.hostname]
}

function ofConnection(text: string): (string | null)[] {
  const database = databaseAddress(text)
  if (database === null) return [text]
  const secrets: (string | null)[] = [text]
  if (database.password !== cliPassword) secrets.push(database.password, new URL(text).password)
  if (!isLoopback(database.host)) secrets.push(database.host, refOfDatabase(database))
  return secrets
}
