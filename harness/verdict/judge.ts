import { sameJson } from '../json.ts'
import {
  type Case,
  type Comparison,
  type ControlObservation,
  type Expectation,
  isUndecided,
  type Judgement,
  type Lasting,
  type Layer,
  type Meaning,
  type Observation,
  type Observed,
  type Reading,
  type Undecided,
  type Verdict,
} from '../model/verdict.ts'
import { forbiddenChanges } from './changes.ts'
import { doubtAboutAnswer, placesOf, shownAgainst, shownBeyond } from './judge-answer.ts'
import { describeObserved } from './observed.ts'

type Allowed = Extract<Expectation, { decision: 'allow' }>

/**
 * The outcome of one attempt, before it is compared with an expectation. `shown` and `changed` are access that the actor got;
 * `refused` names the layer; `broken` is a defect of the project that fails at every moment; `open` could not be settled.
 */
type Outcome =
  | { readonly kind: 'shown'; readonly reading: Reading | null }
  | { readonly kind: 'changed'; readonly what: string; readonly whole: boolean; readonly reading: Reading | null }
  | { readonly kind: 'refused'; readonly layer: Layer }
  | { readonly kind: 'broken'; readonly why: string }
  | { readonly kind: 'open'; readonly why: string }

/**
 * The verdict on one cell: a pure function of expectation, outcome, effect and control. Every rule about verdicts lives in this
 * room, and a record holds all that it needs.
 *
 * @param given the expectation, the actor's answer, the witness's reading, and the control behind it.
 * @returns the verdict, the layer that refused if one did, and why.
 */
export function judge(given: Case): Judgement {
  const { expected } = given
  if (isUndecided(expected)) return undecided(expected, observe(given))
  if (given.notRun !== undefined) return verdict('inconclusive', `not run: ${given.notRun}`)
  if (given.comparison !== undefined) return judgeComparison(expected.decision, given.comparison, given)
  if (given.attempt === null) return verdict('error', 'the attempt was never made')
  return expected.decision === 'allow'
    ? judgeAllowed(expected, given.attempt, given)
    : judgeDenied(expected.layers, given.attempt, given)
}

/** The verdict on a cell whose attempt Trespass failed to make. An undecided cell stays undecided. */
export function judgeFailure(expected: Expectation, why: string): Judgement {
  return isUndecided(expected) ? undecided(expected, { kind: 'unknown', why }) : verdict('error', why)
}

function undecided({ decision }: Undecided, observed: Observed | null): Judgement {
  const reason = decision === 'define' ? 'the matrix says `define`' : 'no expectation covers this actor and operation'
  if (observed === null) return verdict('undecided', reason)
  return { ...verdict('undecided', `${reason}; ${describeObserved(observed)}`), observed }
}

/** @returns the access that the attempt of an undecided cell shows; null where nothing was tried. */
function observe(given: Case): Observed | null {
  const { attempt, comparison, notRun } = given
  if (notRun !== undefined) return { kind: 'unknown', why: `not run: ${notRun}` }
  if (comparison !== undefined) return observeComparison(comparison, given)
  if (attempt === null) return null
  const { happened, besides, shown } = accessIn(attempt, given)
  const access = [happened === null ? null : `it was carried out: ${happened}`, ...shown, besides].filter(
    (part) => part !== null,
  )
  if (access.length > 0) return { kind: 'access', what: access.join('; ') }
  // A constraint or a limit that refuses the control as well may be a mistake in the matrix; a hidden schema is not.
  const refused = refusalOf(attempt, given, ['hidden'])
  const { layer } = refused
  if (refused.kind === 'refused') return { kind: 'refused', layer: refused.layer }
  const isNamed = layer === null || layer === 'unauthenticated'
  return { kind: 'unknown', why: isNamed ? refused.why : `${refusal(layer)}, and ${refused.why}` }
}

/** A denied comparison expects that the two answers look the same. */
function observeComparison(comparison: Comparison, given: Case): Observed {
  const { verdict: result, because } = judgeComparison('deny', comparison, given)
  if (result === 'held') return { kind: 'refused', layer: null }
  return result === 'breach' ? { kind: 'access', what: because } : { kind: 'unknown', why: because }
}

function judgeAllowed(expected: Allowed, attempt: Observation, given: Case): Judgement {
  const lasted = attempt.reading?.lasted
  if (expected.endsWithin !== undefined && lasted !== undefined) {
    return judgeLasting(expected.endsWithin, lasted, attempt.meaning)
  }
  // The worst comes first: a row that came back beyond the expectation is a finding, whatever is missing or could not be read.
  const rows = attempt.reading === undefined ? null : describeSurplus(expected, attempt.reading)
  const surplus = rows ?? shownBeyond(expected, attempt, given)
  if (surplus !== null) return verdict('breach', surplus)
  const result = outcomeOf(attempt)
  switch (result.kind) {
    case 'open':
      return verdict('inconclusive', result.why)
    case 'broken':
      return verdict('lockout', `allowed was expected, ${result.why}`)
    case 'refused':
      if (result.layer === 'filtered' && expected.exactly?.length === 0 && attempt.effect.kind === 'standing') {
        return showedRows(attempt) && attempt.reading !== undefined
          ? judgeReading(expected, attempt.reading, 'the service carried it out')
          : judgeEmpty(attempt, given.control)
      }
      if (result.layer === 'filtered') {
        const doubt = doubtAboutAnswer(attempt)
        if (doubt !== null) return verdict('inconclusive', doubt, result.layer)
      }
      if (brokenIdentity(result.layer, given.credential)) return verdict('inconclusive', identityDoubt, result.layer)
      return verdict('lockout', `allowed was expected, ${refusal(result.layer)}`, result.layer)
    case 'changed':
      if (!result.whole) return verdict('lockout', `the request was not carried out as asked: ${result.what}`)
      return judgeReading(expected, result.reading ?? nothingRead, `it happened: ${result.what}`)
    case 'shown':
      return judgeReading(expected, result.reading ?? nothingRead, 'the service carried it out')
  }
}

/** Access was there before and was watched until it was gone: the last answer ended the watch. */
function judgeLasting(endsWithin: number, { seconds, ended }: Lasting, last: Meaning): Judgement {
  const measured = `access ${ended ? 'ended' : 'was still there'} after ${seconds} s`
  if (seconds > endsWithin) return verdict('breach', `${measured}, ${endsWithin} s are allowed`)
  if (last.kind !== 'done' && last.kind !== 'denied') return verdict('inconclusive', meaningInWords(last))
  return ended
    ? verdict('held', `${measured}, ${endsWithin} s are allowed`)
    : verdict('inconclusive', `${measured}, and the watch ended too early`)
}

/** An expectation to see no row is a denial: a request that works for no caller would look the same. */
function judgeEmpty(attempt: Observation, control: ControlObservation | null): Judgement {
  const doubt = doubtAboutAnswer(attempt) ?? doubtAbout(control, 'filtered')
  return doubt === null
    ? verdict('held', 'no fixture came back, as expected')
    : verdict('inconclusive', doubt, 'filtered')
}

/** The reading of an answer without rows and without a value. */
const nothingRead: Reading = { reach: [], seen: [], columns: [], others: 0 }

/** @returns the fixtures that have to come back; null where neither the expectation nor the request names any. */
function wantedOf({ exactly }: Allowed, { reach }: Reading): readonly string[] | null {
  return exactly ?? (reach.length > 0 ? reach : null)
}

/** @returns a description of the rows that came back and are not allowed; null for none. */
function describeSurplus(expected: Allowed, reading: Reading): string | null {
  const { seen, count = 0, columns } = reading
  const wanted = wantedOf(expected, reading)
  const rows = wanted === null ? [] : without(seen ?? [], wanted)
  if (rows.length > 0) return `more came back than allowed: ${listed(rows, reading)}`
  if (wanted !== null && count > wanted.length) return countInWords(count, wanted, reading)
  const more = expected.columns === undefined ? [] : without(columns, expected.columns)
  return more.length > 0 ? `columns came back that are not allowed: ${more.join(', ')}` : null
}

/** No row came back beyond the expectation: checks that all of the expected ones did. */
function judgeReading(expected: Allowed, reading: Reading, held: string): Judgement {
  const { seen, count, columns } = reading
  const value = reading.value ?? null
  const wanted = wantedOf(expected, reading)
  if (expected.returns !== undefined && !sameJson(value, expected.returns)) {
    return verdict('breach', `returned ${JSON.stringify(value)}, not ${JSON.stringify(expected.returns)}`)
  }
  const came = [...(seen ?? []), ...(expected.exactly === undefined ? [] : (reading.along ?? []))]
  const rows = wanted === null || seen === null ? [] : without(wanted, came)
  if (rows.length > 0) {
    const doubt = doubtAboutAnswer({ reading })
    if (doubt !== null) return verdict('inconclusive', doubt)
    return verdict('lockout', `did not come back: ${listed(rows, reading)}`)
  }
  // "These and no others" is also a claim that the others did not come back.
  const unclear = expected.exactly === undefined ? null : doubtAboutAnswer({ reading })
  if (unclear !== null) return verdict('inconclusive', unclear)
  if (wanted !== null && count !== undefined && count < wanted.length) {
    return verdict('lockout', countInWords(count, wanted, reading))
  }
  const fewer = without(expected.columns ?? [], columns)
  if (fewer.length > 0) return verdict('lockout', `columns did not come back: ${fewer.join(', ')}`)
  return verdict('held', wanted !== null && wanted.length > 0 ? `came back: ${listed(wanted, reading)}` : held)
}

function countInWords(count: number, wanted: readonly string[], reading: Reading): string {
  const names = wanted.length === 0 ? '' : `: ${listed(wanted, reading)}`
  return `the service counted ${count} rows, ${wanted.length} were expected${names}`
}

/** A matrix does not declare the rows of the world, so they are named as such. */
function listed(names: readonly string[], { world = [] }: Reading): string {
  return names.map((name) => (world.includes(name) ? `${name} (of the world)` : name)).join(', ')
}

/**
 * Layers that refuse every caller alike. An expectation that names one holds even if the control meets it too: a hidden name was
 * checked against the catalog when the matrix was loaded, and a constraint or a limit applies only after authorization has let
 * the request through.
 */
const blindToActors: readonly Layer[] = ['hidden', 'constraint', 'limit']

function judgeDenied(accepted: readonly Layer[], attempt: Observation, given: Case): Judgement {
  const { shown, happened, besides } = accessIn(attempt, given)
  const [access = happened === null ? besides : `it happened: ${happened}`] = shown
  if (access !== null) return verdict('breach', `a denial was expected, ${access}`)
  const refused = refusalOf(attempt, given, accepted)
  if (refused.kind === 'open') return verdict('inconclusive', refused.why, refused.layer)
  const { layer, likewise } = refused
  if (likewise) return verdict('held', `${refusal(layer)}, and it refused the control likewise`, layer)
  return accepted.includes(layer)
    ? verdict('held', `${refusal(layer)}${describeOwner(given.control)}`, layer)
    : verdict('wrong-layer', `${refusal(layer)}, expected ${accepted.join(' or ')}${warning(layer)}`, layer)
}

/** Evidence that an attempt was not refused, whatever the service answered and whatever the witness could read. */
interface Access {
  /** The requested effect that the witness found; null for none. */
  readonly happened: string | null
  /** A sentence about a further change of the attempt that is forbidden; null for none. */
  readonly besides: string | null
  /** Sentences about the rows and values that came back, the surest first. */
  readonly shown: readonly string[]
}

function accessIn(attempt: Observation, { others }: Pick<Case, 'others'>): Access {
  const shown: string[] = []
  if (showedRows(attempt)) shown.push(`${shownInWords(attempt.reading ?? null)}${placesOf(attempt)}`)
  const more = shownAgainst(shown.length === 0 ? attempt : withoutSeen(attempt), { others })
  if (more !== null) shown.push(more)
  const lasted = attempt.reading?.lasted
  if (lasted !== undefined && lasted.seconds > 0) shown.push(`access went on for ${lasted.seconds} s`)
  const result = outcomeOf(attempt)
  if (result.kind === 'changed') return { happened: result.what, besides: null, shown }
  // A status, a code and an empty body prove nothing: a transaction that was answered with a refusal may have committed.
  const forbidden = forbiddenChanges(attempt.changes)
  const besides = forbidden === null ? null : `the attempt changed the database: ${forbidden}`
  if (result.kind === 'shown' && shown.length === 0 && besides === null) shown.push(shownInWords(result.reading))
  return { happened: null, besides, shown }
}

/** The places of a value add nothing once its row came back. */
function withoutSeen({ sightings = [], ...attempt }: Observation): Observation {
  return { ...attempt, sightings: sightings.filter(({ fixture }) => attempt.reading?.seen?.includes(fixture) !== true) }
}

/** How an attempt was refused that got nothing, or why that is not known. */
type Refusal =
  | { readonly kind: 'open'; readonly why: string; readonly layer: Layer | null }
  /** `likewise`: the same layer, which the expectation names, refused the control too. */
  | { readonly kind: 'refused'; readonly layer: Layer; readonly likewise: boolean }

function refusalOf(
  attempt: Observation,
  { control, credential }: Pick<Case, 'control' | 'credential'>,
  accepted: readonly Layer[],
): Refusal {
  const result = outcomeOf(attempt)
  if (result.kind !== 'refused') {
    return { kind: 'open', why: 'why' in result ? result.why : 'the attempt was not refused', layer: null }
  }
  const { layer } = result
  const open = (why: string): Refusal => ({ kind: 'open', why, layer })
  if (attempt.changes?.unread !== undefined) {
    return open(`what the attempt changed could not be read: ${attempt.changes.unread}`)
  }
  const unclear = doubtAboutAnswer(attempt)
  if (unclear !== null) return open(unclear)
  if (blindToActors.includes(layer) && accepted.includes(layer) && refusedBy(control) === layer) {
    return { kind: 'refused', layer, likewise: true }
  }
  const doubt = doubtAbout(control, layer)
  if (doubt !== null) return open(doubt)
  if (brokenIdentity(layer, credential)) return open(identityDoubt)
  return { kind: 'refused', layer, likewise: false }
}

function judgeComparison(
  decision: 'allow' | 'deny',
  comparison: Comparison,
  { control, credential }: Pick<Case, 'control' | 'credential'>,
): Judgement {
  const open = comparison.meanings.find((meaning) => meaning.kind === 'unknown' || meaning.kind === 'unusable')
  if (open !== undefined) return verdict('inconclusive', meaningInWords(open))
  const broken = comparison.meanings.find((meaning) => meaning.kind === 'broken')
  if (broken !== undefined) return verdict(decision === 'allow' ? 'lockout' : 'inconclusive', meaningInWords(broken))
  // Two refusals of a credential look alike whether or not the row exists.
  if (comparison.meanings.some((meaning) => meaning.kind === 'denied' && brokenIdentity(meaning.layer, credential))) {
    return verdict('inconclusive', identityDoubt, 'unauthenticated')
  }
  const { differences } = comparison
  if (decision === 'allow') {
    return differences.length > 0
      ? verdict('held', `the two answers differ: ${differences.join('; ')}`)
      : verdict('lockout', 'the two answers are the same')
  }
  if (differences.length > 0) return verdict('breach', `the two answers differ: ${differences.join('; ')}`)
  const doubt = doubtAbout(control, null)
  return doubt === null ? verdict('held', 'the two answers look the same') : verdict('inconclusive', doubt)
}

/** @returns true when an observation shows that its request can work, so that it makes a control. */
export function isPositive(observed: Observation): boolean {
  const result = outcomeOf(observed)
  return result.kind === 'shown' || (result.kind === 'changed' && result.whole)
}

/** Settles the outcome of an attempt: the effect decides where one was read, the answer only where none could be. */
function outcomeOf(observed: Observation): Outcome {
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

/** A write of which the witness found no effect. Rows that came back show that the service claims to have written. */
function withoutChange(meaning: Meaning, reading: Reading | null): Outcome {
  if (meaning.kind !== 'done') return refusedOrOpen(meaning)
  return { kind: 'refused', layer: reading !== null && returnedRows(reading) ? 'application' : 'filtered' }
}

function withoutChangeAsked(meaning: Meaning, reading: Reading | null): Outcome {
  if (meaning.kind !== 'done') return refusedOrOpen(meaning)
  if (reading === null || reading.reach.length === 0) return { kind: 'shown', reading }
  if (reading.seen === null && reading.count === undefined) {
    return { kind: 'open', why: 'the answer carries neither rows nor a count' }
  }
  return shownAny(reading) ? { kind: 'shown', reading } : { kind: 'refused', layer: 'filtered' }
}

function refusedOrOpen(meaning: Exclude<Meaning, { kind: 'done' }>): Outcome {
  if (meaning.kind === 'denied') return { kind: 'refused', layer: meaning.layer }
  return { kind: meaning.kind === 'broken' ? 'broken' : 'open', why: meaningInWords(meaning) }
}

/** Rows in an answer are a finding; in the answer to a write also those that are no fixture. */
function showedRows({ effect, reading, changes }: Observation): boolean {
  if (reading === undefined) return false
  return effect.kind === 'nothing' && !isReadWhole(changes) ? returnedRows(reading) : shownAny(reading)
}

/** If all changes of the transaction are known, rows that come back from a write prove no write. */
function isReadWhole(changes: Observation['changes']): boolean {
  return changes?.look === 'transaction' && changes.unread === undefined
}

function shownAny({ seen, count = 0 }: Reading): boolean {
  return (seen !== null && seen.length > 0) || count > 0
}

/** A write hands out the rows that it wrote, so that a row of any kind shows that it wrote one. */
function returnedRows(reading: Reading): boolean {
  return shownAny(reading) || reading.others > 0
}

/**
 * A refused credential that is sound means that the identity or the configuration is broken; it shows nothing about permissions.
 */
function brokenIdentity(layer: Layer, credential: Case['credential']): boolean {
  return layer === 'unauthenticated' && credential === 'intact'
}

const identityDoubt = 'the credential was refused although nothing is wrong with it'

/** @returns the layer that refused the control, or null when none did. */
function refusedBy(control: ControlObservation | null): Layer | null {
  const result = control === null ? null : outcomeOf(control)
  return result?.kind === 'refused' ? result.layer : null
}

/**
 * The owner's statement works except for a rule that refuses every role. If that rule refused the actor, it has to have refused
 * both for the same reason; if another layer refused the actor, the request is shown to be sound.
 */
function refusesEveryone({ rule }: ControlObservation, refused: Layer, layer: Layer | null): boolean {
  return rule !== undefined && (refused !== layer || rule.alike)
}

/** @returns the part of a denial's description about a control that the owner made. */
function describeOwner(control: ControlObservation | null): string {
  if (control?.by !== 'owner') return ''
  return control.rule === undefined
    ? '; the control is the owner of the object, in a transaction that was rolled back'
    : `; the owner of the object is refused too, and without the ${control.rule.object} its statement works`
}

/**
 * @param layer the layer that refused the actor; null where two answers are compared.
 * @returns why the control behind a denial proves nothing, or null when it proves the denial.
 */
function doubtAbout(control: ControlObservation | null, layer: Layer | null): string | null {
  if (control === null)
    return 'no control stands behind this denial: no actor is allowed and no privileged key is at hand'
  const result = outcomeOf(control)
  switch (result.kind) {
    case 'shown':
      return null
    case 'changed':
      return result.whole ? null : `the control by ${control.by} was not carried out as asked: ${result.what}`
    case 'refused':
      return refusesEveryone(control, result.layer, layer)
        ? null
        : `the control by ${control.by} failed: ${refusal(result.layer)}${withoutOwner(control)}`
    case 'broken':
    case 'open':
      return `the control by ${control.by} failed: ${result.why}${withoutOwner(control)}`
  }
}

function withoutOwner({ ownerless }: ControlObservation): string {
  return ownerless === undefined ? '' : `; the owner of the object made no control: ${ownerless}`
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

/** PostgreSQL checks a constraint only after grants and policies let the row through (ExecInsert). */
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
    case 'broken':
      return `the request fails at every moment: ${meaning.why}`
    case 'unknown':
      return `it is not known what happened: ${meaning.why}`
  }
}

function shownInWords(reading: Reading | null): string {
  if (reading === null) return 'the service carried it out'
  if (reading.seen !== null && reading.seen.length > 0) return `these came back: ${reading.seen.join(', ')}`
  if (reading.count !== undefined && reading.count > 0) return `the service counted ${reading.count} rows`
  return reading.others > 0 ? 'rows came back that are no fixture' : 'the service carried it out'
}

function without(all: readonly string[], taken: readonly string[]): readonly string[] {
  return all.filter((name) => !taken.includes(name))
}
