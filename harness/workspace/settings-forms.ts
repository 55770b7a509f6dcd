import { TrespassError } from '../errors.ts'
import { sameAlias } from './alias.ts'
import { type Config, declaredTarget } from './config.ts'
import type { TargetSettings } from './environment.ts'
import {
  databaseAddress,
  isLoopback,
  keyFacts,
  parseUrl,
  refOfDatabase,
  roleOfDatabase,
  waivesTls,
} from './project-ref.ts'
import { workerVariable } from './variables.ts'

/** The platform's poolers give a connection per transaction on this port, and per session on 5432. */
const transactionPort = 6543

/**
 * Checks each address and key by itself: its form, its encryption, and that it is in the right variable.
 *
 * @returns null, or `bad-target-url`, `target-not-encrypted`, `target-kind-differs`, `bad-database-url`,
 * `transaction-pooler`, `database-not-encrypted`, `worker-role-differs`, `bad-http-url` or `wrong-key-kind`
 */
export function refuseForms(settings: TargetSettings, config: Pick<Config, 'targets'>): TrespassError | null {
  return (
    refuseUrl(settings, config) ??
    refuseDatabaseUrl('TRESPASS_DATABASE_URL', settings.databaseUrl) ??
    refuseWorkers(settings) ??
    refuseHttpUrl(settings.httpUrl) ??
    refuseKeys(settings)
  )
}

function refuseUrl({ alias, url: text }: TargetSettings, config: Pick<Config, 'targets'>): TrespassError | null {
  const url = parseUrl(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    const hint = 'It looks like https://<ref>.supabase.co, or http://127.0.0.1:54321 for a local stack.'
    return new TrespassError('bad-target-url', 'TRESPASS_URL is no address of a project over http(s)', { hint })
  }
  const local = isLoopback(url.hostname)
  if (url.protocol === 'http:' && !local) {
    const hint = 'Write it with https. Only a project on this machine is spoken to over http.'
    return new TrespassError('target-not-encrypted', 'TRESPASS_URL would send keys without encryption', { hint })
  }
  const kind = declaredTarget(config, alias)?.kind ?? (sameAlias(alias, 'local') ? 'local' : undefined)
  if (kind === undefined || (kind === 'local') === local) return null
  const found = local ? 'leads to this machine' : 'leads to another machine'
  const hint = `Correct TRESPASS_URL in .env.${alias}, or \`kind\` in trespass.config.ts.`
  return new TrespassError('target-kind-differs', `the target ${alias} is ${kind}, but TRESPASS_URL ${found}`, { hint })
}

/**
 * Checks the address of the team's own backend, which sessions are sent to.
 *
 * @returns null, `bad-http-url` or `target-not-encrypted`
 */
function refuseHttpUrl(text: string | null): TrespassError | null {
  if (text === null) return null
  const url = parseUrl(text)
  const isOrigin = url !== null && url.pathname === '/' && url.search === '' && url.hash === ''
  if (!isOrigin || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    const message = 'TRESPASS_HTTP_URL is no address of a backend over http(s) without a path'
    const hint = 'It looks like http://127.0.0.1:3000. The path of a route is written in a matrix.'
    return new TrespassError('bad-http-url', message, { hint })
  }
  if (url.protocol === 'https:' || isLoopback(url.hostname)) return null
  const hint = 'Write it with https. Only a backend on this machine is spoken to over http.'
  return new TrespassError('target-not-encrypted', 'TRESPASS_HTTP_URL would send sessions without encryption', { hint })
}

/**
 * Checks a connection string by itself.
 *
 * @returns null, `bad-database-url`, `transaction-pooler` or `database-not-encrypted`
 */
export function refuseDatabaseUrl(variable: string, databaseUrl: string | null): TrespassError | null {
  if (databaseUrl === null) return null
  const address = databaseAddress(databaseUrl)
  if (address === null) {
    const message = `${variable} is no PostgreSQL URL that names its host and user before the question mark`
    const hint = 'Copy it from dashboard › Connect. A special character of the password is written as %XX.'
    return new TrespassError('bad-database-url', message, { hint })
  }
  if (refOfDatabase(address) !== null && address.port === transactionPort) {
    const message = `${variable} leads to the transaction pooler, which forgets a session between statements`
    const hint = 'Use the session pooler or the database itself, on port 5432: dashboard › Connect.'
    return new TrespassError('transaction-pooler', message, { hint })
  }
  if (isLoopback(address.host) || !waivesTls(databaseUrl)) return null
  const message = `${variable} asks for a connection without TLS, or without looking at the certificate`
  const hint = 'Leave `sslmode` out: TLS is verified, with the certificates of TRESPASS_DATABASE_CA where it is set.'
  return new TrespassError('database-not-encrypted', message, { hint })
}

/** A worker logs in as itself: its rights are those of its own role. */
function refuseWorkers({ workers }: TargetSettings): TrespassError | null {
  for (const [variable, url] of Object.entries(workers)) {
    const refusal = refuseDatabaseUrl(variable, url)
    if (refusal !== null) return refusal
    const address = databaseAddress(url)
    if (address !== null && workerVariable(roleOfDatabase(address)) === variable) continue
    const message = `${variable} logs in as another role than its name says`
    const hint = 'The user of the URL is the role, `task_worker`, or at the session pooler `task_worker.<ref>`.'
    return new TrespassError('worker-role-differs', message, { hint })
  }
  return null
}

function refuseKeys({ publishableKey, secretKey }: TargetSettings): TrespassError | null {
  return (
    refuseKey('TRESPASS_PUBLISHABLE_KEY', publishableKey, 'publishable', 'anon') ??
    (secretKey === null ? null : refuseKey('TRESPASS_SECRET_KEY', secretKey, 'secret', 'service_role'))
  )
}

function refuseKey(variable: string, key: string, kind: 'publishable' | 'secret', role: string): TrespassError | null {
  const facts = keyFacts(key)
  if (facts.kind === kind || (facts.kind === 'jwt' && facts.role === role)) return null
  const privileged = facts.kind === 'secret' || (facts.kind === 'jwt' && facts.role === 'service_role')
  const public_ = facts.kind === 'publishable' || (facts.kind === 'jwt' && facts.role === 'anon')
  const found = privileged ? 'a secret key' : public_ ? 'a publishable key' : 'something else'
  const message = `${variable} holds ${found}, expected a ${kind} key or the legacy ${role} key`
  const hint = 'dashboard › Project Settings › API Keys shows both; put each into its own variable.'
  return new TrespassError('wrong-key-kind', message, { hint })
}
