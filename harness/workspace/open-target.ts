import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { TrespassError } from '../errors.ts'
import type { Endpoint, PrivilegedSession } from '../model/session.ts'
import type { Minting, OpenTarget, Target } from '../model/target.ts'
import { sameAlias } from './alias.ts'
import { checkReachable, publishedKeys } from './check-reachable.ts'
import type { Config } from './config.ts'
import { readCertificates } from './database-tls.ts'
import { type Environment, type TargetSettings, targetSettings } from './environment.ts'
import {
  type AnsweringTarget,
  refuse,
  refuseAnsweringTarget,
  refuseMoved,
  refuseUnverified,
  refuseWrites,
} from './guard.ts'
import { databaseAddress, isLoopback, roleOfDatabase } from './project-ref.ts'
import { privilegedS3, s3Access } from './s3-access.ts'
import { type SandboxOptions, startSandbox } from './sandbox-process.ts'
import { cliSource, withLocalStack } from './supabase-cli.ts'
import { identifyingValues } from './target-values.ts'

/** Only a target that was started here can be lost. */
const never = new Promise<never>(() => undefined)

/** The workspace, the environment and the reports of opening a target. */
export interface OpenTargetOptions {
  /** The workspace's folder. */
  readonly root: string
  readonly config: Config
  /** Its alias chooses the target: `sandbox` is started, any other is reached by its variables. */
  readonly environment: Environment
  readonly sandbox: SandboxOptions
  /** Called with a short text about the current step. */
  readonly onProgress: (text: string) => void
}

/**
 * Starts or reaches a target. The guard comes first: nothing is sent to a target that it refuses.
 *
 * @throws TrespassError with the reason of the sandbox, the environment, the guard or the target itself
 */
export async function openTarget(options: OpenTargetOptions): Promise<OpenTarget> {
  if (options.environment.alias === 'sandbox') return openSandbox(options)
  const { config } = options
  const allowed = await allowedSettings(options)
  const { settings } = allowed
  throwIfAny(refuseWrites(settings, config))
  const target = targetOf(settings, options)
  options.onProgress(`reaching ${settings.alias}`)
  const { versions, ref } = await checkReachable(settings)
  throwIfAny(await refusalOfAnswers(allowed, config, { auth: versions.auth ?? null, ref }))
  return { target: { ...target, versions }, reset: null, lost: never, close: () => Promise.resolve() }
}

function throwIfAny(refusal: TrespassError | null): void {
  if (refusal !== null) throw refusal
}

/** A target to which nothing has been sent yet, for a read-only look. */
export interface ReadOnlyTarget extends OpenTarget {
  /**
   * Returns why a run would not be allowed to write to it, and how to allow it, by the target's answer (null without one). Null
   * for a sandbox, which is the run's own.
   */
  readonly writesRefused: ((seen: Pick<AnsweringTarget, 'auth' | 'ref'> | null) => Promise<TrespassError | null>) | null
}

/**
 * Prepares a read-only look at a target. The guard comes first here too, but a hosted target need not be named as one that may be
 * written to.
 *
 * @throws TrespassError with the reason of the sandbox, the environment or the guard
 */
export async function openReadOnly(options: OpenTargetOptions): Promise<ReadOnlyTarget> {
  if (options.environment.alias === 'sandbox') {
    return { ...(await openSandbox(options)), writesRefused: null }
  }
  const { config } = options
  const allowed = await allowedSettings(options)
  const { settings } = allowed
  return {
    target: targetOf(settings, options),
    reset: null,
    lost: never,
    close: () => Promise.resolve(),
    writesRefused: async (seen) =>
      refuseWrites(settings, config) ?? (seen === null ? null : await refusalOfAnswers(allowed, config, seen)),
  }
}

/** The programs of the machine that a sandbox uses in place of those that npm installed. */
const programVariables = ['TRESPASS_POSTGREST_BIN', 'TRESPASS_POSTGRES_BIN'] as const

async function openSandbox({ root, config, environment, sandbox, onProgress }: OpenTargetOptions): Promise<OpenTarget> {
  const variables = Object.fromEntries(
    programVariables.flatMap((name) => {
      const value = environment.values[name]?.value
      return value === undefined ? [] : [[name, value]]
    }),
  )
  const { skip_extensions: skipExtensions } = config.sandbox
  const processOptions = { ...sandbox, skipExtensions, environment: { ...process.env, ...variables } }
  const started = await startSandbox(root, processOptions, onProgress)
  return { ...started, target: withTimes(started.target, config) }
}

/** Settings to which the guard allows requests. */
interface AllowedSettings {
  readonly settings: TargetSettings
  readonly isCliStack: boolean
  /** Digests of the values of protected targets. */
  readonly guarded: ReadonlySet<string>
}

async function allowedSettings({ root, config, environment }: OpenTargetOptions): Promise<AllowedSettings> {
  const filled = await withLocalStack(root, environment, process.env)
  const settings = targetSettings(filled)
  const guarded = protectedValues(root, config)
  throwIfAny(
    refuse(settings, config, guarded) ?? refuseMoved(environment, config) ?? refuseUnverified(settings, process.env),
  )
  return { settings, isCliStack: filled.values.TRESPASS_URL?.from === cliSource, guarded }
}

function backendOf(httpUrl: string | null): Pick<Endpoint, 'httpUrl'> {
  return httpUrl === null ? {} : { httpUrl: new URL(httpUrl).origin }
}

/** Published keys are requested only where there are values of protected targets to compare them with. */
async function refusalOfAnswers(
  { settings, isCliStack, guarded }: AllowedSettings,
  config: Config,
  seen: Pick<AnsweringTarget, 'auth' | 'ref'>,
): Promise<TrespassError | null> {
  const keys = guarded.size === 0 ? [] : await publishedKeys(settings)
  return refuseAnsweringTarget(settings, config, { ...seen, isCliStack, keys }, guarded)
}

/** Connection strings by the role that each logs in as. */
function loginsOf({ workers }: TargetSettings): Record<string, string> {
  return Object.fromEntries(
    Object.values(workers).flatMap((url) => {
      const address = databaseAddress(url)
      return address === null ? [] : [[roleOfDatabase(address), url] as const]
    }),
  )
}

/** Sets the configured timeouts of every client of the target. */
function withTimes(target: Target, config: Pick<Config, 'patience' | 'hold'>): Target {
  const patience = config.patience * 1000
  const { endpoint, privileged } = target
  return {
    ...target,
    endpoint: { ...endpoint, patience },
    privileged:
      privileged === null
        ? null
        : { ...privileged, ...ownerOf(target), ...backendOf(endpoint.httpUrl ?? null), patience },
    hold: config.hold * 1000,
  }
}

function ownerOf({ databaseUrl, databaseCa }: Target): Pick<PrivilegedSession, 'database'> {
  return databaseUrl === null ? {} : { database: { url: databaseUrl, ca: databaseCa } }
}

function targetOf(settings: TargetSettings, { root, config }: OpenTargetOptions): Target {
  const { origin: url, hostname } = new URL(settings.url)
  const databaseCa = settings.databaseCa === null ? null : readCertificates(root, settings.databaseCa)
  const { publishableKey, secretKey } = settings
  const s3 = s3Access(url, publishableKey)
  const target: Target = {
    alias: settings.alias,
    kind: isLoopback(hostname) ? 'local' : 'hosted',
    endpoint: { url, publishableKey, ...backendOf(settings.httpUrl), ...(s3 === null ? {} : { s3 }) },
    privileged: secretKey === null ? null : { kind: 'privileged', url, secretKey, ...privilegedS3(s3, secretKey) },
    databaseUrl: settings.databaseUrl,
    databaseCa,
    workers: loginsOf(settings),
    minting: mintingOf(settings),
    users: settings.users,
    versions: {},
  }
  return withTimes(target, config)
}

/** A private key that was imported is the one in use; the shared secret is the older way. */
function mintingOf({ jwtPrivateKey, jwtSecret }: TargetSettings): Minting | null {
  if (jwtPrivateKey !== null) return { kind: 'jwk', jwk: jwtPrivateKey }
  return jwtSecret === null ? null : { kind: 'secret', secret: jwtSecret }
}

/**
 * Reads the `.env.<alias>` files of protected targets, so that their projects are recognised under any other alias and
 * address. Returns digests only.
 *
 * @throws TrespassError `bad-variable` if a file is there and cannot be read.
 */
function protectedValues(root: string, { targets }: Pick<Config, 'targets'>): ReadonlySet<string> {
  const names = Object.keys(targets).filter((alias) => targets[alias]?.protected)
  if (names.length === 0) return new Set()
  const files = readdirSync(root).filter((file) => names.some((alias) => sameAlias(file, `.env.${alias}`)))
  return new Set(files.flatMap((file) => identifyingValues(read(root, file)).map(({ digest }) => digest)))
}

function read(root: string, file: string): Record<string, string> {
  try {
    return parse(readFileSync(join(root, file)))
  } catch (cause) {
    const message = `${file} of a protected target cannot be read, so its project cannot be recognised`
    throw new TrespassError('bad-variable', message, { hint: 'Make the file readable, or remove it.', cause })
  }
}
