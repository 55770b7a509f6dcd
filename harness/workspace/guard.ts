import { TrespassError } from '../errors.ts'
import { type Config, declaredTarget } from './config.ts'
import type { Environment, TargetSettings } from './environment.ts'
import { databaseAddress, isLoopback, keyFacts, parseUrl, refOfDatabase, refOfUrl } from './project-ref.ts'
import { refuseForms } from './settings-forms.ts'
import { identifyingValues, isCliKey, targetDigest } from './target-values.ts'

/**
 * Decides, before anything is sent, whether a run may use a target. Messages name variables, never their values.
 *
 * @returns null when it may, else why not: `target-protected`, `bad-target-url`, `target-not-encrypted`, `target-kind-differs`,
 *   `bad-database-url`, `transaction-pooler`, `database-not-encrypted`, `worker-role-differs`, `wrong-key-kind`,
 *   `projects-differ` or `project-protected`
 * @param protectedValues digests of the values of protected targets, see {@link identifyingValues}.
 */
export function refuse(
  settings: TargetSettings,
  config: Pick<Config, 'targets' | 'protected_refs'>,
  protectedValues: ReadonlySet<string> = new Set(),
): TrespassError | null {
  return (
    refuseProtected(settings, config) ??
    refuseForms(settings, config) ??
    refuseMentions(settings, config) ??
    refuseValues(settings, protectedValues) ??
    refuseProject(settings, config)
  )
}

/**
 * Decides whether a run may write to a target. A hosted one has to be named: in `targets` of the configuration, or by
 * TRESPASS_ALLOW_WRITES, which then allows this alias and no other. Each of its addresses has to name the project, or
 * `writes` in the configuration allows this target by its digest.
 *
 * @returns null when it may, else `writes-not-allowed` or `target-not-tied`
 */
export function refuseWrites(settings: TargetSettings, config: Pick<Config, 'targets'>): TrespassError | null {
  return refuseUnnamed(settings, config) ?? refusePin(settings, config) ?? refuseUntied(settings, config)
}

function refuseUnnamed(
  { alias, url, allowWrites }: TargetSettings,
  config: Pick<Config, 'targets'>,
): TrespassError | null {
  if (allowWrites === alias || isLocal(url)) return null
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

/** A digest that is written down and does not fit belongs to a target that had other addresses. */
function refusePin(settings: TargetSettings, config: Pick<Config, 'targets'>): TrespassError | null {
  const { alias } = settings
  const allowed = declaredTarget(config, alias)?.writes?.allowed
  if (allowed === undefined || allowed === targetDigest(settings)) return null
  const message = `the addresses of the target ${alias} are not those that \`writes\` in trespass.config.ts allows`
  return new TrespassError('target-not-tied', message, { hint: pinHint(settings) })
}

function refuseUntied(settings: TargetSettings, config: Pick<Config, 'targets'>): TrespassError | null {
  const { alias } = settings
  const untied = untiedVariables(settings)
  if (untied.length === 0 || declaredTarget(config, alias)?.writes !== undefined) return null
  const names = untied.length > 1 ? 'name' : 'names'
  const message = `${listed(untied)} of the target ${alias} ${names} no project, so nothing shows which one a run writes to`
  return new TrespassError('target-not-tied', message, { hint: pinHint(settings) })
}

/**
 * Decides whether exported variables may replace those in the files of a target. A variable that another shell session has left
 * would move the target to another project.
 *
 * @returns null when they may, else `target-moved`
 */
export function refuseMoved(
  { alias, moved }: Pick<Environment, 'alias' | 'moved'>,
  config: Pick<Config, 'targets'>,
): TrespassError | null {
  if (moved.length === 0 || declaredTarget(config, alias)?.exported === 'allowed') return null
  const message = `the exported ${listed(moved)} of the target ${alias} ${moved.length > 1 ? 'lead' : 'leads'} to another project than its files`
  const line = `${alias}: { exported: 'allowed' }`
  const hint = `Unset ${moved.length > 1 ? 'them' : 'it'}, or allow it in \`targets\` of trespass.config.ts: ${line}`
  return new TrespassError('target-moved', message, { hint })
}

/**
 * Refuses a target on another machine where Node.js does not verify certificates: any machine could be the project.
 *
 * @returns null, or `target-not-verified`
 */
export function refuseUnverified(
  { alias, url }: Pick<TargetSettings, 'alias' | 'url'>,
  environment: NodeJS.ProcessEnv,
): TrespassError | null {
  if (environment.NODE_TLS_REJECT_UNAUTHORIZED !== '0' || isLocal(url)) return null
  const message = `NODE_TLS_REJECT_UNAUTHORIZED=0 is set, so that nothing shows which machine answers for the target ${alias}`
  const hint = 'Unset it. A certificate of an authority of your own is named in NODE_EXTRA_CA_CERTS.'
  return new TrespassError('target-not-verified', message, { hint })
}

/** The facts about a target that its first answers show. */
export interface AnsweringTarget {
  /** The version of Auth; null when Auth does not report one. */
  readonly auth: string | null
  /** The ref that the platform's gateway puts into the headers of its answers; null without one. */
  readonly ref: string | null
  /** True when the Supabase CLI has named the address. */
  readonly isCliStack: boolean
  /** Digests of the keys that Auth publishes. */
  readonly keys: readonly string[]
}

/**
 * Decides once more after the target has answered, before anything is made. An address on this machine may be a tunnel: a target
 * there is a sandbox, a stack of the Supabase CLI, or allowed by its digest.
 *
 * @returns null when a run may write, else `project-protected`, `projects-differ` or `target-not-tied`
 */
export function refuseAnsweringTarget(
  settings: TargetSettings,
  config: Pick<Config, 'targets' | 'protected_refs'>,
  { auth, ref, isCliStack, keys }: AnsweringTarget,
  protectedValues: ReadonlySet<string> = new Set(),
): TrespassError | null {
  const { alias, url, publishableKey } = settings
  if (keys.some((digest) => protectedValues.has(digest))) {
    const message = `the target ${alias} publishes the signing key of a protected target`
    return new TrespassError('project-protected', message, { hint: ownValuesHint })
  }
  if (ref !== null) {
    const refusal = refuseRefs(alias, [...refsOf(settings), { variable: 'the answer to TRESPASS_URL', ref }], config)
    if (refusal !== null) return refusal
  }
  const isKnown = ref === null && (auth === 'sandbox' || isCliStack || isCliKey(publishableKey))
  if (!isLocal(url) || isKnown || declaredTarget(config, alias)?.writes !== undefined) return null
  const found = 'leads to this machine, and what answers is neither a sandbox nor a stack of the Supabase CLI'
  const message = `TRESPASS_URL of the target ${alias} ${found}: it may be a tunnel to any project`
  return new TrespassError('target-not-tied', message, { hint: pinHint(settings) })
}

function pinHint(settings: TargetSettings): string {
  const line = `${settings.alias}: { writes: { allowed: '${targetDigest(settings)}' } },`
  return `If a run may write to this project, put this line into \`targets\` of trespass.config.ts: ${line}`
}

/** Returns the variables whose address names no project, and is not that of a local project either. */
function untiedVariables(settings: TargetSettings): string[] {
  const { url: text, publishableKey, secretKey, databaseUrl, workers, httpUrl } = settings
  const url = parseUrl(text)
  // A gateway accepts a legacy key of its own project alone.
  const isTied =
    isLocal(text) ||
    (url && refOfUrl(url)) !== null ||
    [publishableKey, secretKey ?? ''].some((key) => refOfKey(key) !== null)
  const connections = Object.entries({ TRESPASS_DATABASE_URL: databaseUrl, ...workers })
  const untied = connections.filter(([, connection]) => connection !== null && !isTiedTo(text, connection))
  return [
    ...(isTied ? [] : ['TRESPASS_URL']),
    ...untied.map(([variable]) => variable),
    ...(isBackendTied(text, httpUrl) ? [] : ['TRESPASS_HTTP_URL']),
  ]
}

/** No address of a backend names the project that it writes to. One that a team runs beside a local project is that one's. */
function isBackendTied(url: string, httpUrl: string | null): boolean {
  return httpUrl === null || (isLocal(url) && isLocal(httpUrl))
}

/** A database on this machine belongs to a project on this machine; beside a hosted one it is a tunnel to anywhere. */
function isTiedTo(url: string, connection: string): boolean {
  const address = databaseAddress(connection)
  return address !== null && (refOfDatabase(address) !== null || (isLocal(url) && isLoopback(address.host)))
}

function isLocal(url: string): boolean {
  return isLoopback(parseUrl(url)?.hostname ?? '')
}

/** Finds a protected ref anywhere in an address, whatever form of address that is. Passwords are left out. */
function refuseMentions(
  { alias, url, databaseUrl, workers, httpUrl }: TargetSettings,
  { protected_refs }: Pick<Config, 'protected_refs'>,
): TrespassError | null {
  const own = { TRESPASS_URL: url, TRESPASS_DATABASE_URL: databaseUrl, TRESPASS_HTTP_URL: httpUrl }
  const addresses = Object.entries({ ...own, ...workers })
  const guarded = addresses.filter(([, text]) => protected_refs.some((ref) => mentions(text ?? '', ref)))
  return guarded.length === 0
    ? null
    : isProtected(
        alias,
        guarded.map(([variable]) => variable),
      )
}

function mentions(text: string, ref: string): boolean {
  const url = parseUrl(text)
  if (url === null) return false
  const shown = [url.hostname, url.username, url.pathname, url.search, url.hash].map(decoded).join('/').toLowerCase()
  return new RegExp(`(?<![a-z0-9])${ref}(?![a-z0-9])`).test(shown)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const ownValuesHint =
  'A protected project is never written to. Give every project its own addresses, keys and passwords.'

function refuseValues(settings: TargetSettings, protectedValues: ReadonlySet<string>): TrespassError | null {
  const values = {
    TRESPASS_URL: settings.url,
    TRESPASS_PUBLISHABLE_KEY: settings.publishableKey,
    TRESPASS_SECRET_KEY: settings.secretKey ?? undefined,
    TRESPASS_DATABASE_URL: settings.databaseUrl ?? undefined,
    TRESPASS_JWT_SECRET: settings.jwtSecret ?? undefined,
    TRESPASS_JWT_PRIVATE_KEY: settings.jwtPrivateKey === null ? undefined : JSON.stringify(settings.jwtPrivateKey),
    TRESPASS_HTTP_URL: settings.httpUrl ?? undefined,
    ...settings.workers,
  }
  const shared = identifyingValues(values).filter(({ digest }) => protectedValues.has(digest))
  if (shared.length === 0) return null
  const variables = [...new Set(shared.map(({ variable }) => variable))]
  const message = `${listed(variables)} of the target ${settings.alias} ${variables.length > 1 ? 'share' : 'shares'} a value with the file of a protected target`
  return new TrespassError('project-protected', message, { hint: ownValuesHint })
}

function isProtected(alias: string, variables: readonly string[]): TrespassError {
  const names = variables.length > 1 ? 'name' : 'names'
  const message = `${listed(variables)} of the target ${alias} ${names} a project in \`protected_refs\``
  const hint = 'A protected project is never written to. Use the values of another project.'
  return new TrespassError('project-protected', message, { hint })
}

function refuseProtected({ alias }: TargetSettings, config: Pick<Config, 'targets'>): TrespassError | null {
  if (!declaredTarget(config, alias)?.protected) return null
  const hint = 'Choose another target with `--target`. A protected project is never written to.'
  return new TrespassError('target-protected', `the target ${alias} is marked as protected`, { hint })
}

function refuseProject(settings: TargetSettings, config: Pick<Config, 'protected_refs'>): TrespassError | null {
  return refuseRefs(settings.alias, refsOf(settings), config)
}

function refuseRefs(
  alias: string,
  named: readonly NamedRef[],
  { protected_refs }: Pick<Config, 'protected_refs'>,
): TrespassError | null {
  const guarded = named.filter(({ ref }) => protected_refs.includes(ref))
  if (guarded.length > 0)
    return isProtected(
      alias,
      guarded.map(({ variable }) => variable),
    )
  if (new Set(named.map(({ ref }) => ref)).size < 2) return null
  const message = `${listed(named.map(({ variable }) => variable))} of the target ${alias} belong to different projects`
  const hint = 'Copy all of them from one project. Nothing has been written.'
  return new TrespassError('projects-differ', message, { hint })
}

interface NamedRef {
  readonly variable: string
  readonly ref: string
}

/** The project of each variable. A URL on this machine is a project of its own: no hosted key belongs to it. */
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

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
