import { randomBytes } from 'node:crypto'
import { createAuthAdmin } from '../actors/admin.ts'
import { KeptUsers } from '../actors/kept-users.ts'
import type { OpenUsersOptions } from '../actors/open-users.ts'
import { openSessions } from '../actors/sign-in.ts'
import { canonical } from '../canonical.ts'
import { type RunContext, userNamed } from '../cells/context.ts'
import { messageOf, TrespassError } from '../errors.ts'
import { type Journal, openJournal } from '../fixtures/journal.ts'
import { makeWorld } from '../fixtures/make.ts'
import { refreshViewsAfter } from '../fixtures/refresh-views.ts'
import type { AuthCall } from '../limits/auth-limits.ts'
import { workspaceFrom } from '../model/command-line.ts'
import type { CleanupRecord, SchemaRecord } from '../model/record.ts'
import type { ActorSession } from '../model/session.ts'
import type { Target } from '../model/target.ts'
import { redactor } from '../redaction/redact.ts'
import type { Catalog } from '../witness/catalog.ts'
import type { Witness } from '../witness/witness.ts'
import { type Config, declaredTarget } from '../workspace/config.ts'
import { newRunId } from '../workspace/run-id.ts'
import { secretsOf } from '../workspace/secrets.ts'
import { detectChangeAccess } from './change-reading.ts'
import { creatableWorld } from './creatable-world.ts'
import { earlyRows } from './early-rows.ts'
import { openWitness } from './open-witness.ts'
import { openDatabaseProof } from './prove-database.ts'
import type { Run, RunParts } from './run.ts'
import { needsInWords, signInDelay, signInLimiter } from './sign-in-limits.ts'
import { sweepRun } from './sweep-run.ts'

/** Signs the actors in and makes the world. The witness is closed with the run. */
export async function populated(
  parts: RunParts,
  witness: Witness,
  catalog: Catalog,
  schema: SchemaRecord | null,
): Promise<Run> {
  const { root, config, declared, rounds, opened, concurrency, onProgress } = parts
  const { workspace } = declared
  const { target } = opened
  const runId = newRunId(new Date(), randomBytes(4))
  parts.onNamed(runId, target.alias)
  const journal: Journal = openJournal({ workspace: root, run: runId, alias: target.alias })
  const hands = { root, run: runId, witness, admin: createAuthAdmin(target) }
  const keeps = declaredTarget(config, target.alias)?.users === 'kept'
  const { url } = target.endpoint
  const proof = openDatabaseProof(target, config)
  const kept = keeps ? new KeptUsers({ root, alias: target.alias, url, schema: schema?.fingerprint ?? null }) : null
  try {
    await proof?.compareUsers()
    onProgress('signing the actors in')
    const { roster, groups } = workspace
    const emailDomain = config.email_domain
    const using = {
      target,
      roster,
      runId,
      emailDomain,
      journal,
      concurrency: concurrency.start,
      ...signInOptions(parts, target),
      ...(witness.whySignUpFails === undefined ? {} : { whySignUpFails: witness.whySignUpFails }),
      ...(proof === null ? {} : { onFirstUser: proof.requireUser }),
    }
    const probe = { journal, run: runId, emailDomain, actors: roster.actors }
    const making = { witness, journal, catalog, run: runId }
    const early = earlyRows({ roster, target, unmade: parts.unmade }, async (rows, scope) => {
      await proof?.complete([], probe)
      onProgress('making rows of the world that a refused sign-up may ask for')
      return await makeWorld({ ...making, world: rows, scope, unique: newUnique() })
    })
    const { beforeRefused } = early
    const cast = await openSessions({
      ...using,
      ...(beforeRefused === null ? {} : { beforeRefused }),
      ...(kept === null ? {} : { kept }),
    })
    const { absent } = cast
    await proof?.complete(intactTokens(cast.sessions), probe)
    const { sees } = witness
    const { rows: invited, gone } = await early.afterSignUps(witness)
    const there = new Map(invited.map((row) => [row.name, row]))
    const { rows, unmade } = creatableWorld(roster.world, { absent, sees, unmade: { ...parts.unmade, ...gone } })
    const late = await makeWorld({
      ...making,
      world: rows.filter(({ name }) => !there.has(name)),
      scope: (name) => there.get(name)?.row ?? userNamed(cast, name) ?? undefined,
      unique: newUnique(),
    })
    const world = [...invited, ...late]
    // The matrix that reads a view which cannot be refreshed finds that again, and names it.
    await refreshViewsAfter(witness, catalog, { tables: ['auth.users', ...rows.map(({ table }) => table)] })
    // A hook of Auth, or a trigger, may have made other claims of them.
    const sessions = world.length === 0 ? cast.sessions : await cast.renewed()
    const known = [...Object.values(cast.sessions), ...Object.values(sessions)]
    const secrets = secretsOf(target, known, roster.actors)
    onProgress('looking at how changes are read')
    const { marked, why } = await detectChangeAccess(target)
    return {
      context: {
        ...{ runId, root, target, emailDomain, roster, groups, catalog, sessions, absent, unmade, sees },
        ...{ world, concurrency, rounds, secrets, marked, changesOnRefusal: config.changes_on_refusal },
        repeat: repeatOf(parts),
        ...(why === null ? {} : { unreadLog: why }),
      },
      ...declared,
      schema,
      isCurrent: () => isCurrent(witness, { catalog, schema, runId }),
      async close(ending) {
        journal.close()
        const cleanup = await sweepRun(ending === 'whole' && kept !== null ? { ...hands, kept } : hands)
        await witness.close()
        await opened.close()
        return redactor(secrets)(cleanup)
      },
    }
  } catch (error) {
    journal.close()
    const { left } = await sweepOpening(error, hands, target)
    throw left.length === 0 ? error : notSwept(error, left, runId)
  } finally {
    await proof?.close()
  }
}

/** As `unique` of {@link makeWorld}. */
function newUnique(): string {
  return randomBytes(3).toString('hex')
}

function repeatOf({ root, opened, holes = [], oldDefaultGrants = false }: RunParts): RunContext['repeat'] {
  const { alias, kind } = opened.target
  return { target: { alias, kind }, holes, ...(oldDefaultGrants ? { oldDefaultGrants } : {}), ...workspaceFrom(root) }
}

async function isCurrent(
  witness: Witness,
  { catalog, schema, runId }: { catalog: Catalog; schema: SchemaRecord | null; runId: string },
): Promise<boolean> {
  const now = await witness.schema()
  if (now === null || schema === null) return canonical(await witness.catalog()) === canonical(catalog)
  // Buckets of the world are facts of the schema too.
  const lasting = ({ facts }: SchemaRecord) => facts.filter(([, name]) => !name.includes(runId))
  return canonical(lasting(now)) === canonical(lasting(schema))
}

/** Tokens as Auth has issued them. */
function intactTokens(sessions: Readonly<Record<string, ActorSession>>): string[] {
  return Object.values(sessions).flatMap(({ credential, token }) => (credential === 'intact' && token ? [token] : []))
}

/** Nothing is swept in a database that is not that of the project: the Data API reaches the rows that depend on the users. */
async function sweepOpening(
  error: unknown,
  hands: Parameters<typeof sweepRun>[0],
  target: Target,
): Promise<CleanupRecord> {
  if (!(error instanceof TrespassError && error.code === 'database-differs')) return sweepRun(hands)
  const witness = await openWitness({ ...target, databaseUrl: null })
  return sweepRun({ ...hands, witness }).finally(() => witness.close())
}

/** The original error comes first; the rows that remain are named as well. */
function notSwept(error: unknown, left: readonly string[], run: string): TrespassError {
  const known = error instanceof TrespassError
  const message = messageOf(error)
  const also = `\`trespass cleanup --run ${run}\` sweeps what is left: ${left.join('; ')}`
  const hint = known && error.hint !== undefined ? `${error.hint}\n  ${also}` : also
  return new TrespassError(known ? error.code : 'run-not-opened', message, { hint, cause: error })
}

/** The configuration and the reports of signing in the actors of a run. */
interface SignInOptions {
  readonly root: string
  readonly config: Config
  readonly onProgress: (text: string) => void
  readonly onNote: (text: string) => void
  /** Ends waits for the rate limit. */
  readonly signal: AbortSignal | undefined
}

/**
 * Reports the requests to Auth beforehand, and keeps them below the limits of a hosted project. A project on this machine gets no
 * rate limit, unless the configuration names one.
 */
function signInOptions(
  { root, config, onProgress, onNote, signal }: SignInOptions,
  { alias, kind }: Pick<Target, 'alias' | 'kind'>,
): Pick<OpenUsersOptions, 'onNeeds' | 'manners'> {
  const limits = declaredTarget(config, alias)?.limits
  const turnstile = kind === 'hosted' || limits !== undefined ? signInLimiter(root, alias, limits ?? {}) : null
  const waits = {
    onWait: (wait: number) => onProgress(`the target limits sign-ins: waiting ${Math.ceil(wait / 1000)} s`),
    ...(signal === undefined ? {} : { signal }),
  }
  const turn = turnstile === null ? {} : { turn: (call: AuthCall) => turnstile.waitForTurn(call, waits) }
  return {
    onNeeds(needs) {
      if (kind === 'sandbox') return
      const pace = turnstile === null ? null : signInDelay(needs, turnstile, alias)
      onNote([needsInWords(needs), ...(pace === null ? [] : [pace])].join('; '))
    },
    manners: { ...waits, ...turn },
  }
}
