import type { CellRecord, ControlRecord, OutcomeRecord } from '../model/record.ts'
import {
  type Case,
  type ControlObservation,
  type Expectation,
  isProvenBySilence,
  type Judgement,
  type Observation,
} from '../model/verdict.ts'
import { judge } from '../verdict/judge.ts'

/**
 * Judges a cell again from its record alone, with the function that judged it in the run.
 *
 * @returns null for a cell that Trespass failed to try: there is nothing to judge.
 */
export function judgeAgain(cell: CellRecord): Judgement | null {
  if (cell.verdict === 'error' && cell.outcome === null) return null
  return judge(caseOf(cell))
}

/**
 * Judges the result of a cell against another expectation than its own.
 *
 * @returns null if the cell was not tried.
 */
export function judgeAs(cell: CellRecord, expected: Expectation): Judgement | null {
  if (cell.outcome === null && cell.comparison === null) return null
  const given = caseOf({ ...cell, expected })
  return judge(isProvenBySilence(expected) ? given : withoutDoubtOfDenial(given))
}

/** Rows that may belong to others count only if the answer may be a denial. */
function withoutDoubtOfDenial(given: Case): Case {
  if (given.attempt?.reading === undefined) return given
  const { unexplained: _, ...reading } = given.attempt.reading
  return { ...given, attempt: { ...given.attempt, reading } }
}

function caseOf(cell: CellRecord): Case {
  const { expected, notRun, others, credential, outcome, effect, changes, control, comparison } = cell
  return {
    expected,
    ...(notRun === undefined ? {} : { notRun }),
    ...(others === undefined ? {} : { others }),
    credential,
    attempt: outcome === null || effect === null ? null : observation(outcome, effect, changes),
    control: control === null ? null : controlOf(control),
    ...(comparison === null ? {} : { comparison }),
  }
}

function controlOf({ by, outcome, effect, changes, rule, ownerless }: ControlRecord): ControlObservation {
  return {
    by,
    ...observation(outcome, effect, changes),
    ...(rule === undefined ? {} : { rule }),
    ...(ownerless === undefined ? {} : { ownerless }),
  }
}

function observation(
  { meaning, reading, sightings }: OutcomeRecord,
  effect: ControlRecord['effect'],
  changes: ControlRecord['changes'],
): Observation {
  return {
    ...{ meaning, effect },
    ...(reading === null ? {} : { reading }),
    ...(sightings === undefined ? {} : { sightings }),
    ...(changes === undefined ? {} : { changes }),
  }
}
