import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parse } from 'dotenv'
import { mint } from '../../actors/minting.ts'
import { messageOf, TrespassError } from '../../errors.ts'
import { requestByKey } from '../../inventory/read-api.ts'
import type { Secret } from '../../redaction/redact.ts'
import { abilitiesBeyondCatalog, openCatalog } from '../../witness/catalog-only.ts'
import { readCertificates } from '../../workspace/database-tls.ts'
import { databaseAddress, isLoopback, parseUrl, refOfDatabase, refOfUrl } from '../../workspace/project-ref.ts'
import { refuseDatabaseUrl } from '../../workspace/settings-forms.ts'
import { requestManagement } from '../read-management.ts'
import type { Ability, Declaration, Refuse } from './declaration.ts'
import { type Credential, credentialsIn } from './held.ts'
import type { CredentialTrial, TierParts } from './judge-tiers.ts'

type Environment = Declaration['environments'][string]

/** Everything that is read to judge tiers; `secrets` are the texts that no output may show. */
export interface ReadTiers extends Omit<TierParts, 'today'> {
  readonly secrets: readonly Secret[]
}

/**
 * Reads the files of all tiers and tries each credential: keys and tokens at every environment, a login at its own database. Every
 * request reads; none writes. A login is not tried at another database, since platforms ban an address after a few refused
 * passwords.
 *
 * @param file the absolute path of `credentials.yaml`; the files of tiers are relative to it.
 * @throws TrespassError `credentials-broken` for a file that is not there, or a recorded variable that it does not hold.
 */
export async function readTiers(
  file: string,
  declared: Declaration,
  refuse: Refuse,
  management: string,
): Promise<ReadTiers> {
  const files = await readFiles(file, declared, refuse)
  for (const [index, { file: name, variable }] of (declared.recorded ?? []).entries()) {
    if (files.get(name)?.[variable] === undefined) {
      throw refuse(
        ['recorded', index, 'variable'],
        `${variable}, which ${name} does not hold`,
        'a variable of that file',
      )
    }
  }
  const credentials = [...files].flatMap(([name, variables]) => credentialsIn(name, variables))
  const trials: CredentialTrial[] = []
  for (const credential of credentials) {
    for (const [environment, place] of Object.entries(declared.environments)) {
      const ca = files.get(credential.file)?.TRESPASS_DATABASE_CA
      const certificates =
        ca === undefined ? null : readCertificates(dirname(resolve(dirname(file), credential.file)), ca)
      const key = publishableOf(credentials, credential.file)
      const result = await tryOne(credential, place, { certificates, key, management })
      if (result === null) continue
      const { file: name, variable, kind } = credential
      trials.push({ file: name, variable, kind, environment, ...result })
    }
  }
  return { declared, credentials, trials, homes: homesOf(files, declared), secrets: secretsOf(credentials, declared) }
}

async function readFiles(
  file: string,
  { tiers }: Declaration,
  refuse: Refuse,
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const files = new Map<string, Readonly<Record<string, string>>>()
  for (const [tier, { holds }] of Object.entries(tiers)) {
    for (const [index, name] of holds.entries()) {
      const text = await readFile(resolve(dirname(file), name), 'utf8').catch((error: unknown) => {
        throw refuse(
          ['tiers', tier, 'holds', index],
          `${name}, which cannot be read (${codeOf(error)})`,
          'an environment file',
        )
      })
      files.set(name, parse(text))
    }
  }
  return files
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no reason'
}

/** The environment of a file is the one whose URL is the value of some variable. */
function homesOf(
  files: ReadonlyMap<string, Readonly<Record<string, string>>>,
  { environments }: Declaration,
): ReadonlyMap<string, string> {
  return new Map(
    [...files].flatMap(([name, variables]) => {
      const origins = Object.values(variables).flatMap((value) => parseUrl(value.trim())?.origin ?? [])
      const homes = Object.entries(environments).filter(([, { url }]) => origins.includes(new URL(url).origin))
      const [home] = homes
      return home === undefined || homes.length > 1 ? [] : [[name, home[0]] as const]
    }),
  )
}

function publishableOf(credentials: readonly Credential[], file: string): string | null {
  return credentials.find((one) => one.file === file && one.kind === 'publishable key')?.value ?? null
}

type Result = Pick<CredentialTrial, 'state' | 'gives' | 'evidence'>

interface Means {
  readonly certificates: string | null
  /** The publishable key beside a JWT secret: the gateway wants one. */
  readonly key: string | null
  readonly management: string
}

/** @returns null where the credential has nothing to do with the environment. */
async function tryOne(credential: Credential, place: Environment, means: Means): Promise<Result | null> {
  switch (credential.kind) {
    case 'publishable key':
      return tryKey(place.url, '/auth/v1/health', credential.value, ['client'])
    case 'secret key':
      return tryKey(place.url, '/auth/v1/admin/users?page=1&per_page=1', credential.value, [
        ...(['client', 'read-data', 'write-data'] as const),
      ])
    case 'user token':
      return tryKey(place.url, '/auth/v1/user', credential.value, ['client'])
    case 'JWT secret':
      return trySecret(place.url, credential.value, means.key)
    case 'database login':
      return isDatabaseOf(credential.value, place) ? tryLogin(credential.value, means.certificates) : null
    case 'access token':
      return tryToken(place, credential.value, means.management)
  }
}

async function tryKey(url: string, path: string, key: string, gives: readonly Ability[]): Promise<Result> {
  return resultOf((await requestByKey(url, path, key)).status, path.replace(/\?.*/, ''), gives)
}

/** Only a status of the service or its gateway decides; a server error or a redirect says nothing about the credential. */
function resultOf(status: number | null, path: string, gives: readonly Ability[]): Result {
  const evidence = status === null ? `GET ${path} was not answered` : `GET ${path} answered ${status}`
  if (status === 200) return { state: 'accepted', gives, evidence }
  const isRefused = status === 400 || status === 401 || status === 403
  return { state: isRefused ? 'refused' : 'not tested', gives: [], evidence }
}

/** A token for a role that bypasses row security, and a table that no project has: PostgREST checks the signature first. */
async function trySecret(url: string, secret: string, key: string | null): Promise<Result> {
  const path = '/rest/v1/trespass_no_such_table'
  if (key === null)
    return { state: 'not tested', gives: [], evidence: 'its file holds no publishable key to send beside a token' }
  const seconds = Math.floor(Date.now() / 1000)
  const claims = { role: 'service_role', iat: seconds - 60, exp: seconds + 300 }
  const token = await mint(claims, { kind: 'secret', secret })
  const { status } = await requestByKey(url, path, key, { authorization: `Bearer ${token}` })
  const evidence =
    status === null ? `GET ${path} was not answered` : `GET ${path} with a token that it signed answered ${status}`
  if (status === 404) return { state: 'accepted', gives: ['client', 'read-data', 'write-data'], evidence }
  return { state: status === 401 ? 'refused' : 'not tested', gives: [], evidence }
}

function isDatabaseOf(connection: string, { url, ref, database }: Environment): boolean {
  const address = databaseAddress(connection)
  if (address === null) return false
  const own = refOfDatabase(address)
  const wanted = ref ?? refOfUrl(new URL(url))
  if (own !== null && wanted !== null) return own === wanted
  return database !== undefined && `${address.host}:${address.port}` === database.toLowerCase()
}

/** Logs in, and reads in a read-only transaction what the role may do. */
async function tryLogin(connection: string, certificates: string | null): Promise<Result> {
  const refusal = refuseDatabaseUrl('the connection string', connection)
  if (refusal !== null) return { state: 'not tested', gives: [], evidence: refusal.message }
  const catalog = openCatalog(connection, certificates)
  try {
    const more = await abilitiesBeyondCatalog(catalog)
    const has = (pattern: RegExp) => more.some((one) => pattern.test(one))
    const isStrong = has(/^(?:do everything|bypass row security|act as (?:postgres|service_role|supabase_admin))/)
    const gives: readonly Ability[] = [
      ...(isStrong || has(/^read rows of |^act as pg_read_all_data/) ? (['read-data'] as const) : []),
      ...(isStrong || has(/^write rows of |^act as pg_write_all_data/) ? (['write-data'] as const) : []),
      ...(['connect', 'read-schema'] as const),
      ...(has(/^(?:do everything|create (?:roles|objects))|^act as postgres/) ? (['deploy'] as const) : []),
    ]
    const rest = more.filter((one) => !/^(?:read|write) rows of /.test(one))
    const tables = more.length - rest.length
    const words = [...rest, ...(tables === 0 ? [] : [`read or write rows of tables (${tables} grants)`])]
    return { state: 'accepted', gives, evidence: `it logs in and may ${['read the catalog', ...words].join(', ')}` }
  } catch (error) {
    if (!(error instanceof TrespassError)) throw error
    // The server's refusal of a login names its SQLSTATE class 28; anything else says nothing about the password.
    const isRefused = /\b28\w{3}\b/.test(messageOf(error))
    return { state: isRefused ? 'refused' : 'not tested', gives: [], evidence: messageOf(error) }
  } finally {
    await catalog.close()
  }
}

/** Read-only calls, each of a scope of its own (https://supabase.com/docs/reference/api). */
const managementCalls: readonly (readonly [path: string, scope: string])[] = [
  ['', 'the project'],
  ['/config/auth', 'the settings of Auth'],
  ['/api-keys', 'the list of API keys'],
  ['/database/migrations', 'the history of migrations'],
]

async function tryToken({ url, ref }: Environment, token: string, management: string): Promise<Result> {
  const project = ref ?? refOfUrl(new URL(url))
  if (project === null) return { state: 'not tested', gives: [], evidence: 'the environment names no project ref' }
  const replies = await Promise.all(
    managementCalls.map(async ([path, scope]) => ({
      scope,
      ...(await requestManagement(management, `/v1/projects/${project}${path}`, token)),
    })),
  )
  const words = replies.map(({ scope, status, why }) => `${scope}: ${status ?? `not answered (${why})`}`)
  const evidence = `GET of the Management API, ${words.join(', ')}`
  if (replies.some(({ status }) => status === 200)) return { state: 'accepted', gives: ['manage'], evidence }
  const isRefused = replies.every(({ status }) => status === 401 || status === 403 || status === 404)
  return { state: isRefused ? 'refused' : 'not tested', gives: [], evidence }
}

function secretsOf(credentials: readonly Credential[], { environments }: Declaration): readonly Secret[] {
  const hosts = Object.values(environments).flatMap(({ url, ref, database }) => {
    const { hostname } = new URL(url)
    const host = database?.replace(/:\d+$/, '')
    return [
      ...(isLoopback(hostname) ? [] : [hostname, refOfUrl(new URL(url)) ?? '']),
      ...(ref === undefined ? [] : [ref]),
      ...(host === undefined || isLoopback(host) ? [] : [host]),
    ]
  })
  const own = credentials.flatMap((one) =>
    one.kind === 'database login' ? [one.value, one.password, new URL(one.value).password] : [one.value],
  )
  // The password of a local stack is also an ordinary word.
  return [...own, ...hosts]
    .filter((text) => text !== '' && text !== 'postgres')
    .sort((one, other) => other.length - one.length)
}
