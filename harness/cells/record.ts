import { messageOf, TrespassError } from '../errors.ts'
import type { CellPlan } from '../matrix/plan/plan.ts'
import type { Matrix } from '../model/matrix.ts'
import type { CellRecord, ControlRecord, OutcomeRecord } from '../model/record.ts'
import { type Case, type ControlObservation, isUndecided } from '../model/verdict.ts'
import { type judge, judgeFailure } from '../verdict/judge.ts'
import type { Attempted } from './attempt.ts'
import type { RunContext } from './context.ts'

/** A cell with everything that its record needs. */
export interface CellCase {
  readonly given: Case
  readonly judgement: ReturnType<typeof judge>
  readonly attempted: Attempted | null
  readonly control: Controlled | null
}

/** A control that was made, with its observation. */
export interface Controlled {
  readonly by: string
  readonly attempted: Attempted
  readonly observation: ControlObservation
}

/** @returns the line of `cells.jsonl` for one cell. */
export function recordOf(
  matrix: Matrix,
  cell: CellPlan,
  context: Pick<RunContext, 'sessions'>,
  parts: CellCase | { readonly error: unknown },
): CellRecord {
  const failed = 'error' in parts
  const judgement = failed ? judgeFailure(cell.expected, reasonOf(parts.error)) : parts.judgement
  const attempted = failed ? null : parts.attempted
  const control = failed ? null : parts.control
  const path = cell.attempts[0]?.operation.path.name ?? cell.operation.path ?? ''
  return {
    id: cell.id,
    matrix: cell.matrix,
    actor: cell.actor.name,
    actorKind: cell.actor.kind,
    credential: context.sessions[cell.actor.name]?.credential ?? 'intact',
    path,
    operation: cell.operation.name,
    resource: `${matrix.resource.kind} ${matrix.resource.name}`,
    expected: cell.expected,
    verdict: judgement.verdict,
    denial: judgement.denial,
    because: judgement.because,
    ...(judgement.observed === undefined ? {} : { observed: judgement.observed }),
    ...(failed || parts.given.notRun === undefined || isUndecided(cell.expected) ? {} : { notRun: parts.given.notRun }),
    ...(failed || parts.given.others === undefined ? {} : { others: parts.given.others }),
    outcome: attempted === null ? null : outcomeOf(attempted),
    effect: attempted?.effect ?? null,
    ...(attempted?.changes === undefined ? {} : { changes: attempted.changes }),
    control: control === null ? null : controlOf(control),
    comparison: failed ? null : (parts.given.comparison ?? null),
    invariants: cell.operation.proves,
    at: cell.at,
    startedAt: attempted?.startedAt ?? new Date().toISOString(),
    durationMs: attempted?.durationMs ?? 0,
  }
}

function controlOf({ by, attempted, observation: { rule, ownerless } }: Controlled): ControlRecord {
  const { effect, changes } = attempted
  return {
    by,
    outcome: outcomeOf(attempted),
    effect,
    ...(changes === undefined ? {} : { changes }),
    ...(rule === undefined ? {} : { rule }),
    ...(ownerless === undefined ? {} : { ownerless }),
  }
}

function outcomeOf({ answer, as, headers, face, meaning, reading, sightings, waits, words }: Attempted): OutcomeRecord {
  return {
    ...(as === undefined ? {} : { as }),
    method: answer.request.method,
    request: answer.request.path,
    prefer: answer.request.headers.prefer ?? null,
    ...(headers === undefined ? {} : { headers: Object.keys(headers).sort() }),
    body: answer.request.body,
    status: answer.status,
    code: answer.code,
    message: words ?? answer.message,
    face,
    meaning,
    reading: reading ?? null,
    ...(sightings === undefined ? {} : { sightings }),
    ...(answer.further === undefined ? {} : { further: answer.further }),
    ...(waits === undefined ? {} : { waits }),
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof TrespassError)
    return error.hint === undefined ? error.message : `${error.message}; ${error.hint}`
  return `Trespass itself failed: ${messageOf(error)}`
}
