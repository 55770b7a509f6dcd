import { TrespassError } from '../errors.ts'
import { type Config, declaredTarget } from './config.ts'
import type { TargetSettings } from './environment.ts'
import {
  databaseAddress,
  isLoopback,
  keyFacts,
  parseUrl,
  refOfDatabase,
  refOfUrl,
  roleOfDatabase,
  waivesTls,
} from './project-ref.ts'
import { workerVariable } from './variables.ts'

/** The platform's poolers give a connection per transaction on this port, and per session on 5432. */
const transactionPort = 6543

/**
 * Decides, before anything is sent, whether a run may touch a target. Messages name variables, never what they hold.
 *
 * @returns null when it may, else why not: `target-protected`, `bad-target-url`, `target-not-encrypted`,
 * `target-kind-differs`, `bad-database-url`, `transaction-pooler`, `database-not-encrypted`, `worker-role-differs`,
 * `wrong-key-kind`, `projects-differ` or `project-protected`
 */
export function refuse(
  settings: TargetSettings,
  config: Pick<Config, 'targets' | 'protected_refs'>,
): TrespassError | null {
  return (
    refuseMark(settings, config) ??
    refuseUrl(settings, config) ??
    refuseDatabaseUrl('TRESPASS_DATABASE_URL', settings.databaseUrl) ??
    refuseWorkers(settings) ??
    refuseKeys(settings) ??
    refuseProject(settings, config)
  )
}

/**
 * Decides whether a run may write to a target. A hosted one has to be named: in `targets` of the configuration, or by
 * TRESPASS_ALLOW_WRITES, which then allows this alias and no other.
 *
 * @returns null when it may, else `writes-not-allowed`
 */
export function refuseWrites(settings: TargetSettings, config: Pick<Config, 'targets'>): TrespassError | null {
  const { alias, url, allowWrites } = settings
  const address = parseUrl(url)
  if (allowWrites === alias || (address !== null && isLoopback(address.hostname))) return null
  if (allowWrites !== null) {
    const message = `the target ${alias} is hosted, and TRESPASS_ALLOW_WRITES allows another one`
    const hint = `Set TRESPASS_ALLOW_WRITES=${alias} if this is the project that may be written to.`
    return new TrespassError('writes-not-allowed', message, { hint })
  }
  if (declaredTarget(config, alias) !== undefined) return null
  const message = `the target ${alias} is hosted, and nothing says that it may be written to`
  const hint = `Name it in trespass.config.ts, \`targets: { ${alias}: {} }\`, or set TRESPASS_ALLOW_WRITES=${alias}.`
  return new TrespassError('writes-not-allowed', message, { hint })
}

function refuseMark({ alias }: TargetSettings, config: Pick<Config, 'targets'>): TrespassError | null {
  if (!declaredTarget(config, alias)?.protected) return null
  const hint = 'Choose another target with `--target`. A protected project is never written to.'
  return new TrespassError('target-protected', `the target ${alias} is marked as protected`, { hint })
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
  const kind = declaredTarget(config, alias)?.kind ?? (alias === 'local' ? 'local' : undefined)
  if (kind === undefined || (kind === 'local') === local) return null
  const found = local ? 'leads to this machine' : 'leads to another machine'
  const hint = `Correct TRESPASS_URL in .env.${alias}, or \`kind\` in trespass.config.ts.`
  return new TrespassError('target-kind-differs', `the target ${alias} is ${kind}, but TRESPASS_URL ${found}`, { hint })
}

function refuseDatabaseUrl(variable: string, databaseUrl: string | null): TrespassError | null {
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

/** A worker logs in as itself: what it may do is what its own role may. */
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

function refuseProject(
  settings: TargetSettings,
  { protected_refs }: Pick<Config, 'protected_refs'>,
): TrespassError | null {
  const named = refsOf(settings)
  const guarded = named.filter(({ ref }) => protected_refs.includes(ref))
  if (guarded.length > 0) {
    const names = guarded.length > 1 ? 'name' : 'names'
    const message = `${variables(guarded)} of the target ${settings.alias} ${names} a project in \`protected_refs\``
    const hint = 'A protected project is never written to. Use the values of another project.'
    return new TrespassError('project-protected', message, { hint })
  }
  if (new Set(named.map(({ ref }) => ref)).size < 2) return null
  const message = `${variables(named)} of the target ${settings.alias} belong to different projects`
  const hint = 'Copy all of them from one project. Nothing has been sent.'
  return new TrespassError('projects-differ', message, { hint })
}

interface NamedRef {
  readonly variable: string
  readonly ref: string
}

/** Which project each variable names. A URL on this machine is a project of its own: no hosted key belongs to it. */
function refsOf({ url: text, publishableKey, secretKey, databaseUrl, workers }: TargetSettings): NamedRef[] {
  const url = parseUrl(text)
  const here = url !== null && isLoopback(url.hostname)
  const refs = {
    TRESPASS_URL: url && refOfUrl(url),
    TRESPASS_PUBLISHABLE_KEY: refOfKey(publishableKey),
    TRESPASS_SECRET_KEY: secretKey === null ? null : refOfKey(secretKey),
    TRESPASS_DATABASE_URL: refOfConnection(databaseUrl),
    ...Object.fromEntries(Object.entries(workers).map(([variable, text]) => [variable, refOfConnection(text)])),
  }
  const named = Object.entries(refs).flatMap(([variable, ref]) => (ref === null ? [] : [{ variable, ref }]))
  return here && named.length > 0 ? [{ variable: 'TRESPASS_URL', ref: '(this machine)' }, ...named] : named
}

function refOfConnection(text: string | null): string | null {
  const address = text === null ? null : databaseAddress(text)
  return address && refOfDatabase(address)
}

function refOfKey(key: string): string | null {
  const facts = keyFacts(key)
  return facts.kind === 'jwt' ? facts.ref : null
}

function variables(named: readonly NamedRef[]): string {
  const names = named.map(({ variable }) => variable)
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
