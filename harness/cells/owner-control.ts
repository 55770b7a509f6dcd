import { TrespassError } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { ControlObservation, Meaning } from '../model/verdict.ts'
import { emptyAnswer } from '../paths/empty-answer.ts'
import type { Answer, ResponsePattern, Statement } from '../paths/path.ts'
import { responses } from '../paths/sql-responses.ts'
import type { OwnerAnswer, OwnerTrial } from '../witness/owner.ts'
import { Additions, additionQuery } from './additions.ts'
import type { Attempted, ReadyAttempt } from './attempt.ts'
import { userNamed } from './context.ts'
import { effectOf } from './effects.ts'
import type { PlacedFixtures } from './placed-fixtures.ts'
import { readingOf } from './reading.ts'
import type { Controlled } from './record.ts'

/** A control that the owner made, or why there is none. */
export type OwnerControl = Controlled | { readonly none: string }

/**
 * The control behind a rule that refuses every caller, the secret key included: the same statement by the owner of the
 * object, in the database, in a transaction that is rolled back.
 *
 * @returns null for a request that is no statement of SQL, and where the witness does not reach the database.
 */
export async function ownerControl(placed: PlacedFixtures, ready: ReadyAttempt): Promise<OwnerControl | null> {
  const { plan, body, reach } = ready
  const { declaration, path } = plan.operation
  const written = ready.writes.flatMap((write) => (write.kind === 'add' ? [] : [write.row]))
  const targets = path.isRolledBack === true ? written : reach.filter(({ embedded }) => !embedded)
  const { resource } = placed.matrix
  const statement = path.statement?.({ resource, verb: declaration.verb, body, targets }) ?? null
  if (statement === null || placed.witness.asOwner === undefined) return null
  try {
    const { seen, without } = await throughOwner(placed, ready, { statement, responses, isSound: worked })
    const rule =
      without === null || !worked(without.seen)
        ? {}
        : { rule: { object: without.rule, alike: false } satisfies ControlObservation['rule'] }
    return { by: 'owner', attempted: seen, observation: { ...observationOf(seen), by: 'owner', ...rule } }
  } catch (error) {
    if (error instanceof TrespassError) return { none: error.message }
    throw error
  }
}

/**
 * Makes an attempt of a path whose every attempt is rolled back.
 *
 * @throws TrespassError `no-owner` when the database user may not act as the owner, or the statement is not there.
 */
export async function attemptAsOwner(placed: PlacedFixtures, ready: ReadyAttempt): Promise<Attempted> {
  const { declaration, path } = ready.plan.operation
  const { resource } = placed.matrix
  const statement = path.statement?.({ resource, verb: declaration.verb, body: ready.body, targets: [] }) ?? null
  if (statement === null) throw new Error(`${path.name} has no statement for ${declaration.verb}`)
  const { seen } = await throughOwner(placed, ready, { statement, responses: path.responses, isSound: () => true })
  return seen
}

interface OwnStatement {
  readonly statement: Statement
  readonly responses: readonly ResponsePattern[]
  /** @returns true when the statement is not to be tried without the rules that may have prevented it. */
  isSound(seen: Attempted): boolean
}

async function throughOwner(
  placed: PlacedFixtures,
  ready: ReadyAttempt,
  { statement, responses: patterns, isSound }: OwnStatement,
): Promise<OwnerTrial<Attempted>> {
  const { plan, body, reach } = ready
  const { resource } = placed.matrix
  const targets = reach.filter(({ embedded }) => !embedded)
  if (placed.witness.asOwner === undefined) throw new TrespassError('no-owner', 'the database cannot be reached')
  const startedAt = new Date().toISOString()
  const start = performance.now()
  const current: { readonly query: string; readonly rows: readonly JsonObject[] }[] = []
  const reader = (matching: PlacedFixtures['witness']['matching']) => ({
    redact: placed.reader.redact,
    matching,
    read: async ({ table, key }: { readonly table: string; readonly key: JsonObject }) =>
      (await matching(table, key))[0] ?? null,
  })
  return await placed.witness.asOwner<Attempted>(
    { name: resource.name, statement, claims: claimsOf(placed, plan.identity), headers: ready.headers },
    {
      async before(matching) {
        for (const write of ready.writes) {
          if (write.kind !== 'add') continue
          for (const row of write.rows) {
            current.push({ query: additionQuery(write.table, row), rows: await matching(write.table, row) })
          }
        }
      },
      async after(matching, answered) {
        const answer = answerOf(answered, statement)
        const face = patterns.find((candidate) => candidate.matches(answer, 'sql'))
        const meaning: Meaning = face?.means ?? { kind: 'unknown', why: 'no known response pattern fits this answer' }
        const wantsRows = ready.footprint.reads !== null && answer.rows !== null
        const reading = wantsRows ? readingOf(answer, reach, ready.footprint) : null
        const unseen = targets.filter(({ name }) => reading?.seen?.includes(name) !== true)
        // Counted anew for every statement of the transaction: the one before was undone.
        const additions = new Additions()
        for (const { query, rows } of current) additions.remember(query, rows)
        const effect = await effectOf(reader(matching), additions, ready.writes, unseen, meaning)
        const times = { startedAt, durationMs: performance.now() - start }
        const shown = reading === null ? {} : { reading }
        return { body, answer, face: face?.name ?? null, meaning, effect, ...shown, ...times }
      },
      worked: isSound,
    },
  )
}

/** @returns true when the owner's statement had the requested effect, or returned the requested rows. */
function worked({ meaning, effect, reading }: Attempted): boolean {
  if (meaning.kind !== 'done') return false
  if (effect.kind === 'happened') return true
  return (
    effect.kind === 'standing' && (reading === undefined || reading.reach.length === 0 || reading.seen?.length !== 0)
  )
}

function observationOf({ meaning, effect, reading }: Attempted) {
  return { meaning, effect, ...(reading === undefined ? {} : { reading }) }
}

/**
 * The claims of the user for whom the fixtures were made, so that a default or a trigger that reads `auth.uid()` finds one.
 * The owner has no token of its own.
 */
function claimsOf(placed: PlacedFixtures, identity: string): JsonObject {
  const user = userNamed(placed.context, identity)
  return user === null ? {} : { sub: user.id, role: 'authenticated' }
}

function answerOf({ text, rows, refused }: OwnerAnswer, { kind }: Statement): Answer {
  const request = { method: 'SQL', path: text, headers: {}, body: null }
  if (refused !== null) {
    const { code, message, routine } = refused
    const headers = routine === null ? {} : { routine }
    return { ...emptyAnswer, request, status: 400, code, message, headers, durationMs: 0 }
  }
  const commands = {
    select: 'SELECT',
    insert: 'INSERT',
    update: 'UPDATE',
    delete: 'DELETE',
    call: 'CALL',
    sql: 'SQL',
    job: 'SQL',
  }
  const affected = rows === null ? {} : { affected: String(rows.length) }
  return {
    ...emptyAnswer,
    request,
    status: 200,
    headers: { command: commands[kind], ...affected },
    rows,
    durationMs: 0,
  }
}

/**
 * @param attempt the attempt of the cell that the control is for.
 * @returns the control, with whether its rule refused the actor and the owner for the same reason.
 */
export function forCell(control: Controlled, attempt: Attempted | null): Controlled {
  const { rule } = control.observation
  if (rule === undefined || attempt === null) return control
  const alike = reasonOf(attempt) === reasonOf(control.attempted)
  return { ...control, observation: { ...control.observation, rule: { ...rule, alike } } }
}

/** Messages may name the row: its id and other numbers differ between two rows that are refused for the same reason. */
function reasonOf({ answer: { code, message } }: Attempted): string {
  const text = (message ?? '').replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '#').replace(/\d+/g, '#')
  return `${code ?? ''} ${text}`
}
