import { sameJson } from '../json.ts'
import type {
  Case,
  Comparison,
  ControlObservation,
  Expectation,
  Judgement,
  Layer,
  Meaning,
  Observation,
  Reading,
  Verdict,
} from './model.ts'

type Allowed = Extract<Expectation, { decision: 'allow' }>

/**
 * What one attempt comes to, before it is held against an expectation.
 * `shown` and `changed` are what the actor got; `refused` names the layer; `open` could not be settled.
 */
type Upshot =
  | { readonly kind: 'shown'; readonly reading: Reading | null }
  | { readonly kind: 'changed'; readonly what: string; readonly whole: boolean; readonly reading: Reading | null }
  | { readonly kind: 'refused'; readonly layer: Layer }
  | { readonly kind: 'open'; readonly why: string }

/**
 * The verdict on one cell: a pure function of expectation, outcome, effect and control. Every rule about verdicts lives
 * in this room, and a record holds all that it needs.
 *
 * @param given what was expected, what the actor saw, what the witness read, and the control behind it.
 * @returns the verdict, the layer that refused if one did, and why.
 */
export function judge(given: Case): Judgement {
  const { expected } = given
  if (expected.decision === 'define') return verdict('undecided', 'the matrix says `define`: nobody has decided yet')
  if (expected.decision === 'missing') return verdict('undecided', 'no expectation covers this actor and operation')
  if (given.comparison !== undefined) return judgeComparison(expected.decision, given.comparison, given.control)
  if (given.attempt === null) return verdict('error', 'the attempt was never made')
  return expected.decision === 'allow'
    ? judgeAllowed(expected, given.attempt)
    : judgeDenied(expected.layers, given.attempt, given.control, given.credential)
}

function judgeAllowed(expected: Allowed, attempt: Observation): Judgement {
  const result = upshot(attempt)
  switch (result.kind) {
    case 'open':
      return verdict('inconclusive', result.why)
    case 'refused':
      if (result.layer === 'filtered' && expected.exactly?.length === 0 && attempt.reading !== undefined) {
        return verdict('held', 'no fixture came back, as expected')
      }
      return verdict('lockout', `allowed was expected, ${refusal(result.layer)}`, result.layer)
    case 'changed':
      if (!result.whole) return verdict('lockout', `the request was not carried out as asked: ${result.what}`)
      return result.reading === null
        ? verdict('held', `it happened: ${result.what}`)
        : judgeReading(expected, result.reading)
    case 'shown':
      return result.reading === null
        ? verdict('held', 'the service carried it out')
        : judgeReading(expected, result.reading)
  }
}

function judgeReading(expected: Allowed, reading: Reading): Judgement {
  const wanted = expected.exactly ?? reading.reach
  if (reading.seen !== null) {
    const extra = without(reading.seen, wanted)
    if (extra.length > 0) return verdict('breach', `more came back than allowed: ${extra.join(', ')}`)
    const fewer = without(wanted, reading.seen)
    if (fewer.length > 0) return verdict('lockout', `did not come back: ${fewer.join(', ')}`)
  }
  if (reading.count !== undefined && reading.count !== wanted.length) {
    const worse = reading.count > wanted.length ? 'breach' : 'lockout'
    return verdict(worse, `the service counted ${reading.count} rows, ${wanted.length} were expected`)
  }
  if (expected.columns !== undefined) {
    const extra = without(reading.columns, expected.columns)
    if (extra.length > 0) return verdict('breach', `columns came back that are not allowed: ${extra.join(', ')}`)
    const fewer = without(expected.columns, reading.columns)
    if (fewer.length > 0) return verdict('lockout', `columns did not come back: ${fewer.join(', ')}`)
  }
  if (expected.returns !== undefined && !sameJson(reading.value ?? null, expected.returns)) {
    return verdict(
      'breach',
      `returned ${JSON.stringify(reading.value ?? null)}, not ${JSON.stringify(expected.returns)}`,
    )
  }
  return verdict('held', wanted.length > 0 ? `came back: ${wanted.join(', ')}` : 'the answer is as expected')
}

function judgeDenied(
  accepted: readonly Layer[],
  attempt: Observation,
  control: ControlObservation | null,
  credential: Case['credential'],
): Judgement {
  const result = upshot(attempt)
  switch (result.kind) {
    case 'changed':
      return verdict('breach', `a denial was expected, it happened: ${result.what}`)
    case 'shown':
      return verdict('breach', `a denial was expected, ${shownInWords(result.reading)}`)
    case 'open':
      return verdict('inconclusive', result.why)
    case 'refused': {
      const { layer } = result
      const doubt = doubtAbout(control)
      if (doubt !== null) return verdict('inconclusive', doubt, layer)
      if (layer === 'unauthenticated' && credential === 'intact') {
        return verdict('inconclusive', 'the credential was refused although nothing is wrong with it', layer)
      }
      return accepted.includes(layer)
        ? verdict('held', refusal(layer), layer)
        : verdict('wrong-layer', `${refusal(layer)}, expected ${accepted.join(' or ')}${warning(layer)}`, layer)
    }
  }
}

function judgeComparison(
  decision: 'allow' | 'deny',
  comparison: Comparison,
  control: ControlObservation | null,
): Judgement {
  const open = comparison.meanings.find((meaning) => meaning.kind === 'unknown' || meaning.kind === 'unusable')
  if (open !== undefined) return verdict('inconclusive', meaningInWords(open))
  const { differences } = comparison
  if (decision === 'allow') {
    return differences.length > 0
      ? verdict('held', `the two answers differ: ${differences.join('; ')}`)
      : verdict('lockout', 'the two answers cannot be told apart')
  }
  if (differences.length > 0) return verdict('breach', `the two answers can be told apart: ${differences.join('; ')}`)
  const doubt = doubtAbout(control)
  return doubt === null ? verdict('held', 'the two answers look the same') : verdict('inconclusive', doubt)
}

/** Settles what an attempt came to: the effect decides where one was read, the answer only where none could be. */
function upshot(observed: Observation): Upshot {
  const { effect, meaning } = observed
  const reading = observed.reading ?? null
  switch (effect.kind) {
    case 'unread':
      return { kind: 'open', why: `the effect could not be read: ${effect.why}` }
    case 'missing':
      return { kind: 'open', why: `a fixture was not there: ${effect.what}` }
    case 'happened':
      return { kind: 'changed', what: effect.what, whole: true, reading }
    case 'otherwise':
      return { kind: 'changed', what: effect.what, whole: false, reading: null }
    case 'nothing':
      return withoutChange(meaning, reading)
    case 'standing':
      return withoutChangeAsked(meaning, reading)
  }
}

/** A write of which the witness found nothing. Rows that came back show that the service believed to have written. */
function withoutChange(meaning: Meaning, reading: Reading | null): Upshot {
  if (meaning.kind !== 'done') return refusedOrOpen(meaning)
  if (reading === null) return { kind: 'refused', layer: 'filtered' }
  if (shownAny(reading)) return { kind: 'refused', layer: 'application' }
  return { kind: 'refused', layer: 'filtered' }
}

function withoutChangeAsked(meaning: Meaning, reading: Reading | null): Upshot {
  if (meaning.kind !== 'done') return refusedOrOpen(meaning)
  if (reading === null || reading.reach.length === 0) return { kind: 'shown', reading }
  return shownAny(reading) ? { kind: 'shown', reading } : { kind: 'refused', layer: 'filtered' }
}

function refusedOrOpen(meaning: Exclude<Meaning, { kind: 'done' }>): Upshot {
  return meaning.kind === 'denied'
    ? { kind: 'refused', layer: meaning.layer }
    : { kind: 'open', why: meaningInWords(meaning) }
}

function shownAny(reading: Reading | null): boolean {
  if (reading === null) return false
  return reading.seen === null ? (reading.count ?? 0) > 0 : reading.seen.length > 0
}

/** @returns why the control behind a denial proves nothing, or null when it stands. */
function doubtAbout(control: ControlObservation | null): string | null {
  if (control === null)
    return 'no control stands behind this denial: no actor is allowed and no privileged key is at hand'
  const result = upshot(control)
  switch (result.kind) {
    case 'shown':
      return null
    case 'changed':
      return result.whole ? null : `the control by ${control.by} was not carried out as asked: ${result.what}`
    case 'refused':
      return `the control by ${control.by} failed: ${refusal(result.layer)}`
    case 'open':
      return `the control by ${control.by} failed: ${result.why}`
  }
}

function verdict(name: Verdict, because: string, denial: Layer | null = null): Judgement {
  return { verdict: name, denial, because }
}

const refusals: Readonly<Record<Layer, string>> = {
  unauthenticated: 'the credential was refused',
  grant: 'a missing grant refused it',
  rls: 'a row-security policy refused it',
  filtered: 'row security left no row to it, without an error',
  hidden: 'the target does not show such a thing',
  constraint: 'a constraint refused it',
  limit: 'a limit refused it',
  application: "the project's own code refused it",
}

function refusal(layer: Layer): string {
  return refusals[layer]
}

/** A constraint is looked at only after grants and policies let the row through (PostgreSQL, ExecInsert). */
function warning(layer: Layer): string {
  return layer === 'constraint' ? ': grants and policies had let the row through' : ''
}

function meaningInWords(meaning: Meaning): string {
  switch (meaning.kind) {
    case 'done':
      return 'the service carried it out'
    case 'denied':
      return refusal(meaning.layer)
    case 'unusable':
      return `the request could not have worked for anyone: ${meaning.why}`
    case 'unknown':
      return `nobody knows what happened: ${meaning.why}`
  }
}

function shownInWords(reading: Reading | null): string {
  if (reading === null) return 'the service carried it out'
  if (reading.seen === null) return `the service counted ${reading.count ?? 0} rows`
  return reading.seen.length > 0 ? `these came back: ${reading.seen.join(', ')}` : 'the service carried it out'
}

function without(all: readonly string[], taken: readonly string[]): readonly string[] {
  return all.filter((name) => !taken.includes(name))
}
