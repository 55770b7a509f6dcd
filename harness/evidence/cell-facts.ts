import type { Position } from '../errors.ts'
import type { CellRecord, ControlRecord, OutcomeRecord } from '../model/record.ts'
import {
  authorizingLayers,
  type Effect,
  type Expectation,
  type Lasting,
  type Layer,
  type Meaning,
  type Reading,
} from '../model/verdict.ts'
import { changesInWords } from '../verdict/changes.ts'

/** One line of a finding: its label and its text. */
export interface Fact {
  readonly label:
    | 'as'
    | 'cause'
    | 'sent'
    | 'answer'
    | 'came back'
    | 'disclosed'
    | 'effect'
    | 'changes'
    | 'differs'
    | 'control'
    | 'expected'
    | 'written at'
    | 'access'
    | 'refused'
    | 'not known'
  readonly text: string
}

const bodyLimit = 240

/** @returns descriptions of the facts about one cell, in the order in which a reader needs them. */
export function facts(cell: CellRecord): Fact[] {
  const { outcome, effect, changes, comparison, control } = cell
  const found: Fact[] = [{ label: 'as', text: describeActor(cell) }]
  if (cell.cause !== undefined) found.push({ label: 'cause', text: cell.cause })
  if (outcome !== null) {
    found.push({ label: 'sent', text: sent(outcome) })
    found.push({ label: 'answer', text: answer(outcome) })
    if (outcome.reading !== null)
      found.push({ label: 'came back', text: describeReading(outcome.reading, cell.expected) })
    if (outcome.sightings !== undefined) found.push({ label: 'disclosed', text: placesInWords(outcome.sightings) })
  }
  if (effect !== null) found.push({ label: 'effect', text: effectInWords(effect) })
  if (changes !== undefined) found.push({ label: 'changes', text: changesInWords(changes) })
  if (comparison !== null) {
    found.push({ label: 'differs', text: comparison.differences.join('; ') || 'in nothing that can be seen' })
  }
  if (control !== null) found.push({ label: 'control', text: controlInWords(control) })
  found.push({ label: 'expected', text: expectationInWords(cell.expected) })
  found.push({ label: 'written at', text: place(cell.at) })
  return found
}

/** @returns `mallory (authenticated)`. */
export function describeActor(cell: Pick<CellRecord, 'actor' | 'actorKind' | 'credential'>): string {
  const attacked = cell.credential === 'attacked' ? ', credential broken on purpose' : ''
  return `${cell.actor} (${cell.actorKind}${attacked})`
}

/** @returns `matrices/documents.matrix.yaml:31:12`. */
export function place(at: Position): string {
  return `${at.file}:${at.line}:${at.column}`
}

/** @returns the expectation in the notation of a matrix. */
export function expectationInWords(expected: Expectation): string {
  switch (expected.decision) {
    case 'define':
      return 'define (not decided yet)'
    case 'missing':
      return 'nothing is written for this actor and operation'
    case 'deny':
      return isBareDeny(expected.layers) ? 'deny' : `deny(${expected.layers.join(', ')})`
    case 'allow': {
      const parts: string[] = []
      if (expected.exactly !== undefined) parts.push(`exactly ${list(expected.exactly)}`)
      if (expected.columns !== undefined) parts.push(`columns ${list(expected.columns)}`)
      if (expected.returns !== undefined) parts.push(`returns ${short(JSON.stringify(expected.returns))}`)
      if (expected.endsWithin !== undefined) parts.push(`ends within ${expected.endsWithin} s`)
      return parts.length === 0 ? 'allow' : `allow: ${parts.join('; ')}`
    }
  }
}

function sent(outcome: OutcomeRecord): string {
  const body = outcome.body !== null ? ` ${short(JSON.stringify(outcome.body))}` : ''
  const prefer = outcome.prefer === null ? '' : ` (Prefer: ${outcome.prefer})`
  return `${outcome.method} ${decoded(outcome.request)}${body}${prefer}`
}

/** Characters that stay percent-encoded: delimiters of an address, and control characters that could steer a terminal. */
const keptEncoded = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}%&=#+?]/gu

/** @returns a readable address; bytes that are not UTF-8 stay encoded. */
function decoded(request: string): string {
  return request.replace(/(?:%[\da-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded).replace(keptEncoded, encodeURIComponent)
    } catch {
      return encoded
    }
  })
}

function answer(outcome: OutcomeRecord): string {
  const status = outcome.status === 0 ? 'none' : String(outcome.status)
  const words = [status, outcome.code ?? '', outcome.message ?? ''].filter((word) => word !== '').join(' ')
  return `${words}: ${meaningInWords(outcome.meaning)}`
}

/** @returns a description of an outcome. */
export function meaningInWords(meaning: Meaning): string {
  switch (meaning.kind) {
    case 'done':
      return 'carried out'
    case 'denied':
      return `denied (${meaning.layer})`
    case 'unusable':
      return `the request itself is wrong: ${meaning.why}`
    case 'broken':
      return `the request fails at every moment: ${meaning.why}`
    case 'unknown':
      return `it is not known what happened: ${meaning.why}`
  }
}

/** @returns a description of a reading, with the fixtures that were expected or, for a denial, those in reach. */
export function describeReading(reading: Reading, expected: Expectation): string {
  const parts = [reading.seen === null ? 'no rows, as the request asked' : list(reading.seen)]
  const wanted = expected.decision === 'allow' ? (expected.exactly ?? reading.reach) : null
  if (reading.seen !== null && wanted !== null && wanted.length > 0) parts.push(`expected: ${list(wanted)}`)
  else if (reading.seen !== null && reading.reach.length > 0) parts.push(`in reach: ${list(reading.reach)}`)
  if (reading.others > 0) parts.push(`${reading.others} other ${reading.others === 1 ? 'row' : 'rows'}`)
  if (reading.along !== undefined) parts.push(`along with ${list(reading.along)}`)
  if (reading.alike !== undefined) parts.push(`rows that look like ${list(reading.alike)}`)
  if (reading.ofRun !== undefined) parts.push(`rows of ${list(reading.ofRun)}`)
  if (reading.cut === true) parts.push('cut off')
  if (reading.count !== undefined) parts.push(`counted ${reading.count}`)
  if (reading.columns.length > 0) parts.push(`columns ${list(reading.columns)}`)
  if (reading.value !== undefined) parts.push(`the value ${short(JSON.stringify(reading.value))}`)
  if (reading.lasted !== undefined) parts.push(lastedInWords(reading.lasted))
  return parts.join('; ')
}

/** @returns the places at which values appeared that the actor may not see. */
export function placesInWords(sightings: NonNullable<OutcomeRecord['sightings']>): string {
  return sightings.map(({ fixture, column, at }) => `${fixture}.${column} in ${at}`).join(', ')
}

function lastedInWords({ seconds, ended }: Lasting): string {
  return ended ? `access ended after ${seconds} s` : `access was still there after ${seconds} s`
}

/** @returns a description of an effect. */
export function effectInWords(effect: Effect): string {
  switch (effect.kind) {
    case 'standing':
      return 'no change was asked for'
    case 'missing':
      return `a fixture was not there: ${effect.what}`
    case 'happened':
      return `it happened: ${effect.what}`
    case 'nothing':
      return 'nothing changed'
    case 'otherwise':
      return `not as asked: ${effect.what}`
    case 'unread':
      return `could not be read: ${effect.why}`
  }
}

function controlInWords({ by, outcome, effect }: ControlRecord): string {
  const names: Readonly<Record<string, string>> = { privileged: 'privileged connection', owner: 'owner, rolled back,' }
  const who = Object.hasOwn(names, by) ? names[by] : by
  return `${who} got ${answer(outcome)}; ${effectInWords(effect)}`
}

function isBareDeny(layers: readonly Layer[]): boolean {
  return layers.length === authorizingLayers.length && authorizingLayers.every((layer) => layers.includes(layer))
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ')
}

function short(text: string): string {
  return text.length <= bodyLimit ? text : `${text.slice(0, bodyLimit)}… (${text.length} characters)`
}

/** @returns the addition to a sentence about cleanup for messages that Realtime itself drops; empty for none. */
export function expiringInWords(messages = 0): string {
  if (messages === 0) return ''
  return `, ${messages} ${messages === 1 ? 'message' : 'messages'} of Realtime that expire after three days`
}
