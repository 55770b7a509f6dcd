import { randomUUID } from 'node:crypto'
import { freshToken, shortToken } from '../actors/renewal.ts'
import { TrespassError } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import { withBackoff } from '../limits/backoff.ts'
import type { RequestLimiter } from '../limits/request-limiter.ts'
import type { AttemptPlan } from '../matrix/plan/plan.ts'
import { rowsOfResource } from '../matrix/plan/plan.ts'
import { resolve, type Scope } from '../model/references.ts'
import type { ActorSession, PrivilegedSession } from '../model/session.ts'
import type { Target } from '../model/target.ts'
import type { Effect, Meaning, Observation, Reading } from '../model/verdict.ts'
import type { Answer, Call, Footprint } from '../paths/path.ts'
import { isNamed } from '../qualified-name.ts'
import { own } from '../values.ts'
import { additionQuery } from './additions.ts'
import { isMarked, readMarked, watchFixtures, withCompared } from './attempt-changes.ts'
import { asCellUser } from './cell-user.ts'
import { bindWrites, effectOf, type ResolvedWrite } from './effects.ts'
import { addRow, makeEvents } from './events.ts'
import { currentRowOf, type RowSnapshot } from './found-rows.ts'
import type { PlacedFixtures } from './placed-fixtures.ts'
import { type ReachRow, readingOf } from './reading.ts'

/** An attempt with everything resolved, ready to be sent. */
export interface ReadyAttempt {
  readonly plan: AttemptPlan
  readonly body: JsonObject
  readonly footprint: Footprint
  readonly writes: readonly ResolvedWrite[]
  readonly reach: readonly ReachRow[]
  /** The text in place of `$unique`. */
  readonly unique: string
  /** Headers that the operation gives. */
  readonly headers: Readonly<Record<string, string>>
}

/** An attempt as both sides saw it: the answer, and the witness's reading of the effect. */
export interface Attempted extends Observation {
  readonly body: JsonObject
  readonly answer: Answer
  /** Headers that the matrix gave to the request, which are never recorded; left out for none. */
  readonly headers?: Readonly<Record<string, string>>
  /** The fixture whose session the request carried in place of the actor's, and that user; left out where there was none. */
  readonly as?: string
  readonly user?: ActorSession['user']
  /** The service's message without values of other people, where it holds any. */
  readonly words?: string
  /** The response pattern that matched the answer. */
  readonly face: string | null
  /** ISO 8601, UTC. */
  readonly startedAt: string
  /** From the first reading of the rows to the reading of the effect. */
  readonly durationMs: number
  /** How often the request had to wait for the target's limiter; left out when it was taken at once. */
  readonly waits?: number
}

/** How requests are sent. Effects are read by the witness, which has its own connection. */
export interface Sending {
  readonly limiter: RequestLimiter
  /** Aborted when the run is interrupted: a request that waits for a limit is not sent any more. */
  readonly signal: AbortSignal
}

/** Milliseconds that one request may wait in all where the target limits the rate. */
const longestWait = 60_000

/**
 * Resolves an attempt against the rows that were made for it.
 *
 * @param unique the text in place of `$unique`.
 * @param earlier rows that exist for this attempt alone, such as the answer of an operation before it.
 */
export function readyAttempt(
  placed: PlacedFixtures,
  plan: AttemptPlan,
  unique: string,
  earlier: Scope['row'] = () => undefined,
): ReadyAttempt {
  const { declaration, path } = plan.operation
  const scope: Scope = { run: placed.context.runId, unique, row: (name) => placed.row(name, plan) ?? earlier(name) }
  const body = resolve(declaration.body, scope)
  const headers = resolvedHeaders(declaration.headers, scope)
  const verb = path.verbs[declaration.verb]
  if (verb === undefined) throw new TrespassError('unknown-verb', `${path.name} has no verb ${declaration.verb}`)
  const footprint = verb.footprint(body, placed.matrix.resource)
  const writes = bindWrites(footprint.writes, (name) => placed.reachRow(name, plan, false))
  return { plan, body, footprint, writes, reach: reachOf(placed, plan, footprint, writes), unique, headers }
}

/**
 * Sends the request as the caller, then reads its effect. Changes to rows that were found are undone at once.
 *
 * @throws TrespassError when a found row is not there any more, or cannot be changed back.
 */
export async function makeAttempt(
  placed: PlacedFixtures,
  ready: ReadyAttempt,
  caller: ActorSession | PrivilegedSession,
  sending: Sending,
): Promise<Attempted> {
  const { plan, reach, writes } = ready
  const shared = placed.found.touched([...placed.rowsOf(plan), ...reach.map(currentRowOf)], plan.operation.writes)
  return placed.additions.inTurn([...additionSignatures(placed, ready), ...shared], async () => {
    const before = await placed.found.read(shared)
    const attempted = await attemptNow(placed, withCurrentRows(placed, ready, before), caller, sending)
    if (plan.operation.writes) await placed.found.restore(before, writes)
    return attempted
  })
}

async function attemptNow(
  placed: PlacedFixtures,
  given: ReadyAttempt,
  actor: ActorSession | PrivilegedSession,
  { limiter, signal }: Sending,
): Promise<Attempted> {
  const { caller, ready } = await asCellUser(placed, given, actor)
  const { plan, body, writes, reach } = ready
  const { declaration, path } = plan.operation
  const startedAt = new Date().toISOString()
  const start = performance.now()
  await readExistingRows(placed, ready)
  const mark = isMarked(placed, plan.operation) ? randomUUID() : undefined
  const watched = await watchFixtures(placed, plan, { marked: mark !== undefined })
  const call = callOf(placed, ready, caller, mark)
  const faceOf = (answer: Answer) => path.responses.find((candidate) => candidate.matches(answer, declaration.verb))
  const turnedAway = (answer: Answer) =>
    faceOf(answer)?.isRateLimit === true ? (answer.headers['retry-after'] ?? null) : undefined
  const { answer, waits } = await limiter.run(async () => {
    signal.throwIfAborted()
    const send = () => limiter.measure(() => path.attempt(caller, call), pushesBack)
    const first = await withBackoff(send, { retryAfterOf: turnedAway, longestMs: longestWait, signal })
    return { ...first, answer: await completed(first.answer, ready, caller, call) }
  })
  const face = faceOf(answer)
  const meaning: Meaning = face?.means ?? { kind: 'unknown', why: 'no known response pattern fits this answer' }
  const reading = readingIfAny(placed, answer, ready, caller)
  // A row that came back exists; only the others may be missing.
  const unseen = reach.filter(({ name }) => reading?.seen?.includes(name) !== true)
  const compared = await watched?.()
  const changed = mark === undefined ? compared : withCompared(await readMarked(placed, mark, answer, writes), compared)
  if (changed !== undefined) await placed.recordTraces(changed.traces)
  const reader = changed?.own == null ? placed.reader : { ...placed.reader, own: changed.own }
  const effect: Effect = answer.caught ?? (await effectOf(reader, placed.additions, writes, unseen, meaning))
  const changes = changed === undefined ? {} : { changes: changed.changes }
  const times = { startedAt, durationMs: performance.now() - start, ...(waits === 0 ? {} : { waits }) }
  const seen = reading === null ? {} : { reading }
  const headers = call.headers === undefined ? {} : { headers: call.headers }
  const as =
    caller === actor ? {} : { as: ready.footprint.as ?? '', user: caller.kind === 'actor' ? caller.user : null }
  return { body, answer, ...headers, ...as, face: face?.name ?? null, meaning, effect, ...seen, ...changes, ...times }
}

/**
 * Requests the rows that an answer may have left out. A request that may write is not sent again: there a round number of rows
 * may be the service's limit (`max_rows` is 1000 unless a project chooses another) or the end of the list.
 */
async function completed(
  answer: Answer,
  { plan, footprint, reach }: ReadyAttempt,
  caller: ActorSession | PrivilegedSession,
  call: Call,
): Promise<Answer> {
  const { path, writes } = plan.operation
  const rows = answer.rows ?? []
  if (path.complete === undefined || footprint.reads === null || rows.length === 0 || answer.status >= 300)
    return answer
  // Aggregates are one row, which no limit cuts off.
  if (answer.count === rows.length || footprint.aggregates !== undefined) return answer
  const seen = readingOf(answer, reach, footprint).seen ?? []
  const missing = reach.filter(({ name, embedded }) => !embedded && !seen.includes(name))
  if (missing.length === 0) return answer
  if (writes) return rows.length >= 10 && rows.length % 10 === 0 ? { ...answer, cut: true } : answer
  return await path.complete(caller, call, answer, missing)
}

/** The gateway or its pool is overloaded, or there is no answer. */
function pushesBack({ status }: Answer): boolean {
  return [0, 429, 502, 503, 504].includes(status)
}

/** The headers of an actor go with its own requests alone; those of the operation go before them. */
function headersOf(
  placed: PlacedFixtures,
  { plan, unique, headers }: ReadyAttempt,
  caller: ActorSession | PrivilegedSession,
): Readonly<Record<string, string>> {
  if (caller.kind === 'privileged') return headers
  const scope = {
    run: placed.context.runId,
    unique,
    row: (name: string) => placed.row(name, { ...plan, identity: caller.actor }),
  }
  const declared = placed.context.roster.actors.find(({ name }) => name === caller.actor)
  return { ...resolvedHeaders(declared?.headers, scope), ...headers }
}

/** @throws TrespassError `header-value` for a character that HTTP does not allow in a header. */
function resolvedHeaders(given: Readonly<Record<string, string>> = {}, scope: Scope): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(given).map(([name, written]) => {
      const value = resolve(written, scope)
      const text = typeof value === 'string' ? value : JSON.stringify(value)
      if (/^[\t\x20-\x7e]*$/.test(text)) return [name, text]
      const message = `the header ${name} becomes a text that no header may hold`
      throw new TrespassError('header-value', message, { hint: 'A header is one line of ASCII: name another column.' })
    }),
  )
}

/** @returns the request of an attempt, with the callbacks that a path may use during it. */
export function callOf(
  placed: PlacedFixtures,
  ready: ReadyAttempt,
  caller: ActorSession | PrivilegedSession,
  mark?: string,
): Call {
  const { plan, body, footprint, reach } = ready
  const { sessions, target } = placed.context
  const about = (footprint.about ?? []).map((name) => placed.reachRow(name, plan, false))
  const { carriesHeaders = true } = plan.operation.path.verbs[plan.operation.declaration.verb] ?? {}
  const headers = carriesHeaders ? headersOf(placed, ready, caller) : {}
  return {
    resource: placed.matrix.resource,
    verb: plan.operation.declaration.verb,
    body,
    ...(mark === undefined ? {} : { mark }),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    targets: [...reach.filter(({ embedded }) => !embedded), ...about],
    touched: (footprint.meanwhile ?? []).map(({ fixture }) => placed.reachRow(fixture, plan, false)),
    meanwhile: () => makeEvents(placed, plan, footprint.meanwhile ?? []),
    afterwards: () => makeEvents(placed, plan, footprint.afterwards ?? []),
    add: async (table, values) => {
      if (footprint.adds?.includes(table) !== true) throw new Error(`${table} is not among what the operation adds to`)
      await addRow(placed, table, values)
    },
    headersOf: (session) => headersOf(placed, { ...ready, headers: {} }, session),
    witness: target.privileged,
    secretOf: (name) => secretNamed(name, target),
    session: (name) => {
      const session = sessions[name]
      if (session !== undefined) return session
      throw new TrespassError('no-such-actor', `${name} was never signed in`)
    },
    freshToken: () => freshToken(caller, target),
    shortToken: (seconds) => shortToken(caller, target, seconds),
  }
}

function secretNamed(name: string, { secrets = {}, alias }: Target): string {
  const secret = own(secrets, name)
  if (secret !== undefined) return secret
  const hint = `Set ${name} in the environment, or in .env.${alias}.`
  throw new TrespassError('no-secret', `the environment variable ${name} is not set`, { hint })
}

/** The state of a found row right before the attempt is the one that it is compared with. */
function withCurrentRows(placed: PlacedFixtures, ready: ReadyAttempt, before: RowSnapshot): ReadyAttempt {
  const current = (row: ReachRow): ReachRow => {
    const currentRow = before.get(placed.found.nameOf(currentRowOf(row)))
    return currentRow === undefined ? row : { ...row, row: currentRow.row }
  }
  const writes = ready.writes.map((write): ResolvedWrite => {
    if (write.kind === 'add') return write
    const name = placed.found.nameOf(currentRowOf(write.row))
    if (placed.found.has(currentRowOf(write.row)) && !before.has(name)) {
      throw new TrespassError('row-gone', `${write.row.name} was found in ${write.row.table} and is not there any more`)
    }
    return { ...write, row: current(write.row) }
  })
  return { ...ready, writes, reach: ready.reach.map(current) }
}

/** Rows that the request may bring back or change. */
function reachOf(
  placed: PlacedFixtures,
  plan: AttemptPlan,
  footprint: Footprint,
  writes: readonly ResolvedWrite[],
): readonly ReachRow[] {
  const { matrix } = placed
  const written = writes.flatMap((write) => (write.kind === 'add' ? [] : [write.row]))
  const embedded = matrix.fixtures.flatMap(({ name, table }) => {
    const embeds = footprint.embeds.filter(({ relation }) => isNamed(table, relation))
    if (embeds.length === 0) return []
    const row = placed.reachRow(name, plan, true)
    return [embeds.some(({ direct }) => direct) ? row : { ...row, beside: true as const }]
  })
  if (footprint.reads === null) return [...written, ...embedded]
  if (footprint.reads === '*') {
    const own = rowsOfResource(matrix).map(({ name }) => placed.reachRow(name, plan, false))
    return [...own, ...placed.worldRowsOf(matrix.resource.of ?? matrix.resource.name), ...embedded]
  }
  return [...footprint.reads.map((name) => placed.reachRow(name, plan, false)), ...embedded]
}

function readingIfAny(
  placed: PlacedFixtures,
  answer: Answer,
  { plan, footprint, reach, writes }: ReadyAttempt,
  caller: ActorSession | PrivilegedSession,
): Reading | null {
  const empty = footprint.reads === null && answer.rows === null && answer.value === null
  // A watch has a reading even if its last answer is a refusal.
  if (answer.lasted === undefined && (empty || answer.status >= 300 || answer.status === 0)) return null
  const added = writes.flatMap((write) => (write.kind === 'add' ? [write.table] : []))
  const user = caller.kind === 'actor' ? (caller.user?.id ?? null) : null
  const reading = readingOf(answer, reach, footprint, placed.surroundings(plan, reach, added, user))
  return footprint.reads === null || footprint.bounded ? reading : withValues(placed, plan, answer, reach, reading)
}

/** The index of known values recognises a row that a function puts into a text, a JSON value or columns of its own. */
function withValues(
  placed: PlacedFixtures,
  plan: AttemptPlan,
  answer: Answer,
  reach: readonly ReachRow[],
  reading: Reading,
): Reading {
  const unseen = new Set(reach.map(({ name }) => name).filter((name) => reading.seen?.includes(name) === false))
  if (unseen.size === 0) return reading
  const rows = placed.givenTo(plan).filter(({ fixture }) => unseen.has(fixture))
  const names = new Map(rows.map((row) => [row, row.fixture]))
  const body = { ...answer, message: null, details: null, hint: null, headers: {}, besides: [] }
  const found = placed.recogniser.sightingsIn(body, names, JSON.stringify(answer.request))
  const seen = found.filter(({ weak }) => weak !== true).map(({ fixture }) => fixture)
  const alike = found.map(({ fixture }) => fixture).filter((name) => !seen.includes(name))
  return {
    ...reading,
    seen: [...new Set([...(reading.seen ?? []), ...seen])].sort(),
    ...(alike.length === 0 ? {} : { alike: [...new Set([...(reading.alike ?? []), ...alike])].sort() }),
  }
}

/**
 * A row that exists already is no effect of the attempt. Rows that were remembered for an earlier attempt do not count: another
 * operation may have added rows since that look the same. Only a row that holds the attempt's own unique text cannot exist yet.
 */
async function readExistingRows(placed: PlacedFixtures, { writes, unique }: ReadyAttempt): Promise<void> {
  for (const write of writes) {
    if (write.kind !== 'add') continue
    for (const values of write.rows) {
      const isNew = JSON.stringify(values).includes(unique)
      const rows = isNew ? [] : await placed.witness.matching(write.table, values)
      placed.additions.remember(additionQuery(write.table, values), rows)
    }
  }
}

/** The columns that every adding operation gives distinguish attempts that add to the same table. */
function additionSignatures(placed: PlacedFixtures, { writes }: ReadyAttempt): readonly string[] {
  return writes.flatMap((write) =>
    write.kind === 'add' ? write.rows.map((values) => placed.additionSignature(write.table, values)) : [],
  )
}
