import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { z } from 'zod'
import { messageOf, TrespassError } from '../errors.ts'
import { didYouMean } from '../message-text.ts'
import type { PremadeUser } from '../model/target.ts'
import { aliasPattern, sameAlias } from './alias.ts'
import { databaseAddress, keyFacts, namesProject, parseUrl, plainHost, refOfDatabase, refOfUrl } from './project-ref.ts'
import { allVariables, projectVariables, type TargetVariable, targetVariables, workerPrefix } from './variables.ts'

/**
 * The variables of `.env`, `.env.<alias>` and the process's environment; the process's environment wins. Secrets of `.env` count
 * only for the target of `.env`.
 */
export interface Environment {
  readonly alias: string
  /** Other aliases that have a file of their own. */
  readonly others: readonly string[]
  /** Null when TRESPASS_CONCURRENCY is not set. */
  readonly concurrency: number | null
  /** By name; variables that are not set, or set to nothing, are left out. */
  readonly values: Readonly<Record<string, Variable>>
  /** Variables of `.env` that are not used, since nothing shows that `.env` belongs to this target. */
  readonly leftOut: readonly string[]
  /** Exported variables that hold another address than the files of this target. */
  readonly moved: readonly string[]
}

export interface Variable {
  readonly value: string
  /** `.env.staging`, or `the environment`. */
  readonly from: string
}

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue('JSON')
    return z.NEVER
  }
})

/**
 * A private or shared key in the form of RFC 7517. The CLI and Auth write lists of keys; the key that signs has `sign`
 * among its operations there.
 */
const jwkSchema = json
  .transform(signingKeyOf)
  .pipe(
    z
      .looseObject({ kty: z.string(), d: z.string().min(1).optional(), k: z.string().min(1).optional() })
      .refine((jwk) => (jwk.kty === 'oct' ? jwk.k : jwk.d) !== undefined),
  )

function signingKeyOf(written: unknown): unknown {
  if (!Array.isArray(written)) return written
  return written.find((key) => keyOperations.safeParse(key).data?.key_ops.includes('sign')) ?? written[0]
}

const keyOperations = z.looseObject({ key_ops: z.array(z.string()) })

/** A private key that signs reports: the curves of ES256 and of EdDSA (RFC 7518, section 6.2; RFC 8037, section 2). */
const signingSchema = json.pipe(
  z.discriminatedUnion('kty', [
    z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string(), d: z.string().min(1) }),
    z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), d: z.string().min(1) }),
  ]),
)

/** A private key by its members alone, without the other members of its JWK. */
export type SigningJwk = z.output<typeof signingSchema>

const usersSchema = json.pipe(
  z.record(z.string(), z.strictObject({ email: z.string().includes('@'), password: z.string().min(1) })),
)

const settingsSchema = z.object({
  TRESPASS_URL: z.string(),
  TRESPASS_PUBLISHABLE_KEY: z.string(),
  TRESPASS_SECRET_KEY: z.string().optional(),
  TRESPASS_DATABASE_URL: z.string().optional(),
  TRESPASS_DATABASE_CA: z.string().optional(),
  TRESPASS_JWT_SECRET: z.string().optional(),
  TRESPASS_JWT_PRIVATE_KEY: jwkSchema.optional(),
  TRESPASS_USERS: usersSchema.optional(),
  TRESPASS_HTTP_URL: z.string().optional(),
  TRESPASS_ALLOW_WRITES: z.string().optional(),
})

/** The forms of the variables that are more than a text. */
const forms: Readonly<Record<string, string>> = {
  TRESPASS_JWT_PRIVATE_KEY:
    'the whole private JWK as JSON on one line, with `kty`, `kid` and `d` (`k` for a shared key)',
  TRESPASS_SIGNING_JWK: 'a private JWK as JSON on one line, on the curve P-256 or Ed25519',
  TRESPASS_USERS: 'JSON on one line, {"<actor>": {"email": "…", "password": "…"}}',
}

const required: readonly TargetVariable[] = ['TRESPASS_URL', 'TRESPASS_PUBLISHABLE_KEY']

/** The settings of one target as they are written. They are not checked against each other yet. */
export interface TargetSettings {
  readonly alias: string
  readonly url: string
  readonly publishableKey: string
  readonly secretKey: string | null
  readonly databaseUrl: string | null
  /** The path of a file of certificates in PEM, relative to the workspace. */
  readonly databaseCa: string | null
  readonly jwtSecret: string | null
  readonly jwtPrivateKey: Readonly<Record<string, unknown>> | null
  /** By the actor that signs in as this user. */
  readonly users: Readonly<Record<string, PremadeUser>>
  /** The address of the team's own backend. */
  readonly httpUrl: string | null
  /** Connection strings of workers, by the variable that holds each. */
  readonly workers: Readonly<Record<string, string>>
  /** The alias of the only hosted target that may be written to. */
  readonly allowWrites: string | null
}

/**
 * Reads the variables of one target. `processEnv` is never changed.
 *
 * @param root the workspace's folder
 * @param wanted the alias from the command line; else TRESPASS_TARGET, else `sandbox`
 * @throws TrespassError `bad-target-alias`, `bad-variable`, `unknown-variable`
 */
export function loadEnvironment(root: string, wanted: string | null, processEnv: NodeJS.ProcessEnv): Environment {
  const own = pick(processEnv, 'the environment')
  const shared = { ...readFile(root, '.env'), ...own }
  const alias = wanted ?? shared.TRESPASS_TARGET?.value ?? 'sandbox'
  if (!aliasPattern.test(alias)) {
    const hint = 'Name the target after `--target`, or in TRESPASS_TARGET, by a word such as `staging`.'
    const message = `found the target alias ${JSON.stringify(alias)}, expected letters, digits, dashes and underscores`
    throw new TrespassError('bad-target-alias', message, { hint })
  }
  const common = readFile(root, '.env')
  const filed = readFile(root, `.env.${alias}`)
  const isCommon = isAbout(common, alias, own.TRESPASS_URL ?? filed.TRESPASS_URL)
  const leftOut = isCommon
    ? []
    : Object.keys(common).filter((name) => belongsToUrl(name) && !(name in filed || name in own))
  const usable = Object.fromEntries(Object.entries(common).filter(([name]) => isCommon || !belongsToUrl(name)))
  const files = { ...usable, ...filed }
  const values = { ...files, ...own }
  const moved = [...movedBy(own, files), ...(namesProject(processEnv.PGOPTIONS ?? '') ? ['PGOPTIONS'] : [])]
  const others = aliasesIn(root).filter((other) => other !== alias)
  return { alias, others, concurrency: concurrencyOf(values.TRESPASS_CONCURRENCY), values, leftOut, moved }
}

/**
 * True when `.env` belongs to a target: it sets the address that the target sets itself, or it sets the address and names the
 * target.
 */
function isAbout(
  { TRESPASS_URL: url, TRESPASS_TARGET: target }: Readonly<Record<string, Variable>>,
  alias: string,
  address: Variable | undefined,
): boolean {
  if (url === undefined) return false
  return address === undefined ? target !== undefined && sameAlias(target.value, alias) : address.value === url.value
}

/** @returns the aliases that have a file of their own, sorted. */
function aliasesIn(root: string): readonly string[] {
  try {
    return readdirSync(root)
      .flatMap((name) => (name.startsWith('.env.') ? [name.slice('.env.'.length)] : []))
      .filter((alias) => aliasPattern.test(alias) && alias !== 'example')
      .sort()
  } catch {
    return []
  }
}

/** Returns a sentence about variables of `.env` that a target does not use; null when it uses all of them. */
export function leftOutNote({ alias, leftOut }: Pick<Environment, 'alias' | 'leftOut'>): string | null {
  if (alias === 'sandbox' || leftOut.length === 0) return null
  const [are, them] = leftOut.length > 1 ? ['are', 'them'] : ['is', 'it']
  return `${leftOut.join(', ')} of .env ${are} not used: nothing shows that .env is about ${alias}; write ${them} and TRESPASS_URL into .env.${alias}`
}

/** True for variables of one project alone, which do harm in another: logins, secret keys, signing keys, users. */
function belongsToUrl(name: string): boolean {
  return projectVariables.includes(name) || name.startsWith(workerPrefix)
}

/** Returns the exported variables that lead elsewhere than the files do. */
function movedBy(own: Readonly<Record<string, Variable>>, files: Readonly<Record<string, Variable>>): string[] {
  return Object.entries(own).flatMap(([name, { value }]) => {
    const filed = placeOf(name, files[name]?.value ?? '')
    const exported = placeOf(name, value)
    return filed === null || exported === null || filed === exported ? [] : [name]
  })
}

/** @returns the project in the value of a variable: a ref where there is one, else its host; null without either. */
function placeOf(name: string, value: string): string | null {
  const url = parseUrl(value)
  if (name === 'TRESPASS_URL' || name === 'TRESPASS_HTTP_URL') {
    return url && (refOfUrl(url) ?? `${plainHost(url.hostname)}:${url.port}`)
  }
  if (name === 'TRESPASS_DATABASE_URL' || name.startsWith(workerPrefix)) {
    const address = databaseAddress(value)
    return address && (refOfDatabase(address) ?? `${address.host}:${address.port}${url?.pathname ?? ''}`)
  }
  const facts = keyFacts(value)
  return facts.kind === 'jwt' && name.endsWith('_KEY') ? facts.ref : null
}

/**
 * The settings of a target other than the sandbox, which needs none.
 *
 * @throws TrespassError `missing-variables` that names every one of them, `bad-variable`
 */
export function targetSettings(environment: Environment): TargetSettings {
  const { alias, values } = environment
  const missing = required.filter((name) => values[name] === undefined)
  if (missing.length > 0) {
    const lines = missing.map((name) => `${name} is missing: ${targetVariables[name]}`)
    const them = missing.length === 1 ? 'it' : 'them'
    const write = `Write ${them} into .env.${alias} or .env in the workspace, or set the environment.`
    const near = didYouMean(alias, environment.others)
    const there = near === undefined ? '' : `${near} Its .env file is there. `
    const hint = `${there}${write}`
    throw new TrespassError('missing-variables', lines.join('\n'), { hint })
  }
  const written = Object.fromEntries(Object.entries(values).map(([name, { value }]) => [name, value]))
  const parsed = settingsSchema.safeParse(written)
  if (!parsed.success) {
    const name = String(parsed.error.issues[0]?.path[0])
    throw badVariable(name, values[name], forms[name] ?? 'a text')
  }
  const { data } = parsed
  return {
    alias,
    url: data.TRESPASS_URL,
    publishableKey: data.TRESPASS_PUBLISHABLE_KEY,
    secretKey: data.TRESPASS_SECRET_KEY ?? null,
    databaseUrl: data.TRESPASS_DATABASE_URL ?? null,
    databaseCa: data.TRESPASS_DATABASE_CA ?? null,
    jwtSecret: data.TRESPASS_JWT_SECRET ?? null,
    jwtPrivateKey: data.TRESPASS_JWT_PRIVATE_KEY ?? null,
    users: data.TRESPASS_USERS ?? {},
    httpUrl: data.TRESPASS_HTTP_URL ?? null,
    workers: Object.fromEntries(Object.entries(written).filter(([name]) => name.startsWith(workerPrefix))),
    allowWrites: data.TRESPASS_ALLOW_WRITES ?? null,
  }
}

/**
 * The key that signs reports; null when there is none.
 *
 * @throws TrespassError `bad-variable`
 */
export function signingJwk({ values }: Pick<Environment, 'values'>): SigningJwk | null {
  const variable = values.TRESPASS_SIGNING_JWK
  if (variable === undefined) return null
  const parsed = signingSchema.safeParse(variable.value)
  if (parsed.success) return parsed.data
  throw badVariable('TRESPASS_SIGNING_JWK', variable, forms.TRESPASS_SIGNING_JWK ?? 'a private JWK')
}

function readFile(root: string, name: string): Record<string, Variable> {
  try {
    return pick(parse(readFileSync(join(root, name))), name)
  } catch (cause) {
    if (cause instanceof TrespassError) throw cause
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return {}
    const message = `${name} cannot be read: ${messageOf(cause)}`
    throw new TrespassError('bad-variable', message, { cause })
  }
}

/** A variable that is set to nothing counts as not set: CI systems write secrets that do not exist that way. */
function pick(values: Readonly<Record<string, string | undefined>>, from: string): Record<string, Variable> {
  const misspelt = refuseMisspelt(Object.keys(values), from)
  if (misspelt !== null) throw misspelt
  const picked: Record<string, Variable> = {}
  const logins = Object.keys(values).filter((name) => name.startsWith(workerPrefix))
  for (const name of [...allVariables, ...logins]) {
    const value = values[name]?.trim()
    if (value) picked[name] = { value, from }
  }
  return picked
}

function concurrencyOf(variable: Variable | undefined): number | null {
  if (variable === undefined) return null
  const value = /^\d+$/.test(variable.value) ? Number(variable.value) : 0
  if (value >= 1 && value <= 64) return value
  throw badVariable('TRESPASS_CONCURRENCY', variable, 'a whole number from 1 to 64')
}

/** Names the variable and its place, never its value. */
function badVariable(name: string, variable: Variable | undefined, expected: string): TrespassError {
  const message = `${name} in ${variable?.from ?? 'the environment'} has another form; expected ${expected}`
  return new TrespassError('bad-variable', message, { hint: '.env.example shows every variable with its form.' })
}

/**
 * Finds variables with an unknown name. Most are optional, so that a misspelt one would silently weaken a run.
 *
 * @param names every name that is set in one place.
 * @param from the place: `.env.staging`, or `the environment`, in which other programs may have variables of their own. There
 *   only a name that looks like one of ours is a mistake.
 * @returns `unknown-variable`, or null.
 */
function refuseMisspelt(names: readonly string[], from: string): TrespassError | null {
  for (const name of names) {
    if (!name.startsWith('TRESPASS_') || allVariables.includes(name) || isWorkers(name)) continue
    const hint = nearest(name)
    if (hint === undefined && from === 'the environment') continue
    const message = `found ${name} in ${from}, expected a variable that Trespass knows`
    return new TrespassError('unknown-variable', message, { hint: hint ?? '.env.example explains every variable.' })
  }
  return null
}

function isWorkers(name: string): boolean {
  return name.startsWith(workerPrefix) && name.length > workerPrefix.length
}

/** Names are compared without their common prefix. */
function nearest(name: string): string | undefined {
  const bare = (text: string) => text.replace(/^TRESPASS_/, '')
  const hint = didYouMean(bare(name), allVariables.map(bare))
  return hint?.replace('`', '`TRESPASS_')
}
