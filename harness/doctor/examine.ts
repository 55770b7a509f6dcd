import { TrespassError } from '../errors.ts'
import type { Target } from '../model/target.ts'
import { detectChangeAccess } from '../run/change-reading.ts'
import { requireMarker } from '../run/marker.ts'
import { openWitness } from '../run/open-witness.ts'
import { openDatabaseProof, withProvenWorkers, withTiedConnections } from '../run/prove-database.ts'
import { refOfAnswer } from '../workspace/check-reachable.ts'
import { type Config, declaredTarget, type Marker } from '../workspace/config.ts'
import type { ReadOnlyTarget } from '../workspace/open-target.ts'
import { databaseAddress, keyFacts, refOfDatabase, refOfUrl } from '../workspace/project-ref.ts'
import { workerVariable } from '../workspace/variables.ts'
import type { Facts, Service, WorkerLogin } from './model.ts'
import { probeDatabase } from './probe-database.ts'
import { probeMinting, probeSecretKey, publishableReport } from './probe-keys.ts'
import { probeShown } from './probe-rows.ts'
import {
  probeAuth,
  probeAuthSettings,
  probeDataApi,
  probeRealtime,
  probeSigningKeys,
  probeStorage,
} from './probe-services.ts'

/**
 * Examines a target without writing a row: the most that remains is a message in the write-ahead log. The secret key is sent only
 * when the project accepts the publishable one.
 *
 * @param target allowed by the guard.
 * @param writesRefused returns why a run would be refused, by the target's answers; null when it would not be.
 * @param roles the login roles of the workspace's workers.
 * @param configuredMaxRows `max_rows` of the workspace's config.toml; null where the target is not built from it.
 */
export async function examine(
  target: Target,
  config: Pick<Config, 'targets' | 'protected_refs'>,
  writesRefused: ReadOnlyTarget['writesRefused'],
  roles: readonly string[],
  configuredMaxRows: number | null = null,
): Promise<Facts> {
  const { endpoint, privileged } = target
  const { service: auth, reply, clockAhead } = await probeAuth(endpoint)
  const reached = auth.state === 'answers'
  const away: Service = { state: 'silent', why: 'was not asked, since Auth does not answer' }
  const { service: dataApi, schemas } = reached ? await probeDataApi(endpoint) : { service: away, schemas: null }
  const [storage, realtime] = reached ? [await probeStorage(endpoint), await probeRealtime(endpoint)] : [away, away]
  const unasked = { form: formOf(privileged?.secretKey ?? ''), accepted: null, why: 'was not sent' }
  const secretKey = privileged === null ? null : reached ? await probeSecretKey(privileged) : unasked
  const shown = privileged !== null && secretKey?.accepted === true ? await probeShown(privileged) : null
  const tied = withTiedConnections(target)
  const database = await probeDatabase(tied, schemas ?? ['public'])
  const isDatabaseThere = database !== null && !('failure' in database)
  const seen = auth.state === 'answers' ? { auth: auth.version, ref: refOfAnswer(reply.headers) } : null
  const refusal = (await writesRefused?.(seen)) ?? null
  const isUsable = isDatabaseThere && secretKey?.accepted === true && refusal === null
  return {
    alias: target.alias,
    kind: target.kind,
    writesRefused: refusal === null ? null : { why: refusal.message, hint: refusal.hint ?? null },
    auth,
    dataApi,
    storage,
    realtime,
    publishableKey: publishableReport(endpoint.publishableKey, reply),
    secretKey,
    projectNamedBy: projectNamedBy(target),
    authSettings: reached ? await probeAuthSettings(endpoint) : null,
    signingKeys: reached ? await probeSigningKeys(endpoint) : null,
    minting: reached ? await mintingOf(target, clockAhead) : target.minting === null ? 'none' : 'unknown',
    mintingVariable: mintingVariable(target),
    schemas,
    described: shown?.relations ?? null,
    maxRows: (database !== null && 'maxRows' in database ? database.maxRows : null) ?? shown?.maxRows ?? null,
    clockAhead,
    ...(configuredMaxRows === null ? {} : { configuredMaxRows }),
    database,
    changes: isUsable ? await detectChangeAccess(tied) : null,
    ...(await belongingOf(tied, config, isDatabaseThere && secretKey?.accepted === true)),
    marker: await markerOf(tied, config),
    workers: await loginsOf(tied, roles, isDatabaseThere),
    premade: Object.keys(target.users),
  }
}

async function mintingOf({ endpoint, minting }: Target, clockAhead: number | null): Promise<Facts['minting']> {
  try {
    return await probeMinting(endpoint, minting, Date.now() + (clockAhead ?? 0) * 1000)
  } catch (error) {
    if (error instanceof TrespassError && error.code === 'bad-signing-key') return 'unusable'
    throw error
  }
}

/** @param isAsked true when both sides answer. */
async function belongingOf(
  target: Target,
  config: Pick<Config, 'protected_refs'>,
  isAsked: boolean,
): Promise<Pick<Facts, 'belongs'>> {
  if (target.isDatabaseUntied) return { belongs: 'untied' }
  const proof = isAsked ? openDatabaseProof(target, config) : null
  if (proof === null) return {}
  try {
    await proof.compareUsers()
    return { belongs: 'agrees' }
  } catch (error) {
    return { belongs: error instanceof TrespassError && error.code === 'database-differs' ? 'differs' : 'unknown' }
  } finally {
    await proof.close()
  }
}

/** Logs every worker in, as a run does. */
async function loginsOf(
  target: Target,
  roles: readonly string[],
  isDatabaseThere: boolean,
): Promise<readonly WorkerLogin[]> {
  const { troubles, stopsRun } = isDatabaseThere
    ? await troublesOf(target, roles)
    : { troubles: target.unusableWorkers ?? {}, stopsRun: false }
  return roles.map((role) => {
    const trouble = troubles[role]
    const known = Object.hasOwn(target.workers ?? {}, role)
    return { role, variable: workerVariable(role), known, ...(trouble === undefined ? {} : { trouble, stopsRun }) }
  })
}

async function troublesOf(
  target: Target,
  roles: readonly string[],
): Promise<{ readonly troubles: Readonly<Record<string, string>>; readonly stopsRun: boolean }> {
  try {
    return { troubles: (await withProvenWorkers(target, roles)).unusableWorkers ?? {}, stopsRun: false }
  } catch (error) {
    if (!(error instanceof TrespassError)) throw error
    const { message } = error
    return { troubles: Object.fromEntries(roles.map((role) => [role, message])), stopsRun: true }
  }
}

async function markerOf(target: Target, config: Pick<Config, 'targets'>): Promise<Facts['marker']> {
  const marker: Marker | undefined = declaredTarget(config, target.alias)?.marker
  if (marker === undefined) return null
  try {
    const witness = await openWitness(target)
    await requireMarker(target.alias, config, witness).finally(() => witness.close())
    return { marker, state: 'found' }
  } catch (error) {
    const missing = error instanceof TrespassError && error.code === 'marker-missing'
    return { marker, state: missing ? 'missing' : 'unreadable' }
  }
}

function projectNamedBy({ endpoint, privileged, databaseUrl }: Target): readonly string[] {
  const address = databaseUrl === null ? null : databaseAddress(databaseUrl)
  const named: readonly (readonly [string, boolean])[] = [
    ['URL', refOfUrl(new URL(endpoint.url)) !== null],
    ['publishable key', namesProject(endpoint.publishableKey)],
    ['secret key', namesProject(privileged?.secretKey ?? '')],
    ['database', address !== null && refOfDatabase(address) !== null],
  ]
  return named.filter(([, names]) => names).map(([what]) => what)
}

function namesProject(key: string): boolean {
  const facts = keyFacts(key)
  return facts.kind === 'jwt' && facts.ref !== null
}

function formOf(key: string): 'secret' | 'legacy' {
  return keyFacts(key).kind === 'secret' ? 'secret' : 'legacy'
}

function mintingVariable({ minting }: Target): string | null {
  if (minting === null) return null
  return minting.kind === 'secret' ? 'TRESPASS_JWT_SECRET' : 'TRESPASS_JWT_PRIVATE_KEY'
}
