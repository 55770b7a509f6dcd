import { isObject } from '../json.ts'
import { commandFor, type RunToRepeat } from '../model/command-line.ts'
import type { CellRecord, OutcomeRecord } from '../model/record.ts'
import { changesInWords } from '../verdict/changes.ts'
import {
  describeActor,
  describeReading,
  effectInWords,
  expectationInWords,
  meaningInWords,
  place,
  placesInWords,
} from './cell-facts.ts'

/** One step of the explanation, from the expectation of a cell to its verdict. */
export interface Link {
  readonly step: 'expected' | 'asked' | 'answered' | 'happened' | 'control' | 'verdict' | 'again'
  readonly text: string
}

/**
 * @param run for the command that tries the cell again.
 * @returns the explanation of a cell's verdict step by step, from its record alone.
 */
export function explanation(cell: CellRecord, run: RunToRepeat): Link[] {
  const links: Link[] = [{ step: 'expected', text: expected(cell) }]
  if (cell.outcome === null) links.push({ step: 'asked', text: 'Nothing was sent.' })
  else {
    links.push({ step: 'asked', text: `${cell.actor} sent ${request(cell.outcome)}, through ${cell.path}.` })
    links.push({ step: 'answered', text: answered(cell.outcome, cell) })
  }
  if (cell.effect !== null) links.push({ step: 'happened', text: `Read out of band: ${effectInWords(cell.effect)}.` })
  if (cell.changes !== undefined) links.push({ step: 'happened', text: `${sentence(changesInWords(cell.changes))}.` })
  if (cell.comparison !== null) links.push({ step: 'happened', text: compared(cell.comparison.differences) })
  links.push({ step: 'control', text: control(cell) })
  links.push({ step: 'verdict', text: verdict(cell) })
  const command = cell.outcome === null ? null : curl(cell.outcome, cell)
  if (command !== null) links.push({ step: 'again', text: command })
  links.push({ step: 'again', text: commandFor(cell.id, run) })
  return links
}

function expected(cell: CellRecord): string {
  return `${describeActor(cell)} and "${cell.operation}" on ${cell.resource}: ${expectationInWords(cell.expected)} (${place(cell.at)}).`
}

function request({ method, request: path, prefer, body }: OutcomeRecord): string {
  const asked = prefer === null ? '' : `, Prefer: ${prefer}`
  return `${method} ${path}${body === null ? '' : ` with ${JSON.stringify(body)}`}${asked}`
}

function answered(outcome: OutcomeRecord, { expected: wanted }: Pick<CellRecord, 'expected'>): string {
  const { status, code, message, face, meaning, reading, sightings = [], further = [] } = outcome
  const words = [status === 0 ? 'No answer came' : `The answer was ${status}`, code, message].filter(
    (word) => word !== null,
  )
  const known = face === null ? 'which no known response pattern fits' : `the response pattern \`${face}\``
  const shown = reading === null ? '' : ` Came back: ${describeReading(reading, wanted)}.`
  const hidden = sightings.length === 0 ? '' : ` It held ${placesInWords(sightings)}.`
  const asked = further.map(({ request, status: was, rows }) => ` ${request} brought ${rows ?? 'no'} rows (${was}).`)
  const more = further.length === 0 ? '' : ` To see what it may lack, the same actor asked further:${asked.join('')}`
  return `${words.join(' ')}: ${known}, ${meaningInWords(meaning)}.${shown}${hidden}${more}`
}

function compared(differences: readonly string[]): string {
  return differences.length === 0
    ? 'The two answers are the same.'
    : `The two answers differ: ${differences.join('; ')}.`
}

function control(cell: CellRecord): string {
  const { control: made, expected } = cell
  if (made === null) {
    return expected.decision === 'allow'
      ? 'No control is needed: what worked needs no proof that it can work.'
      : 'No control was made.'
  }
  if (made.by === 'owner') {
    const without = made.rule === undefined ? '' : ` Without the ${made.rule.object} the statement works.`
    return (
      'The owner of the object carried the same statement out in the database, in a transaction that was rolled back, ' +
      `since no actor and no secret key may. ${answered(made.outcome, cell)} Read out of band: ${effectInWords(made.effect)}.${without}`
    )
  }
  const who = made.by === 'privileged' ? 'The privileged connection, since no actor may,' : `${made.by}, who may,`
  return `${who} sent the same request. ${answered(made.outcome, cell)} Read out of band: ${effectInWords(made.effect)}.`
}

function verdict({ verdict: word, denial, because }: CellRecord): string {
  return `${word}${denial === null ? '' : `, refused by ${denial}`}: ${because}.`
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

/**
 * @returns a command that repeats the request, with placeholders for values that no record holds; null if it is not an HTTP
 *   request.
 */
export function curl(
  { method, request: path, prefer, body }: OutcomeRecord,
  { actor, actorKind, credential }: Pick<CellRecord, 'actor' | 'actorKind' | 'credential'>,
): string | null {
  if (!methods.includes(method)) return null
  const parts = ['curl', method === 'HEAD' ? '--head' : `-X ${method}`, `"$TRESPASS_URL"${quoted(path)}`]
  parts.push('-H "apikey: $TRESPASS_PUBLISHABLE_KEY"')
  if (actorKind !== 'anon') {
    const whose = credential === 'attacked' ? `<the broken token of ${actor}>` : `<token of ${actor}>`
    parts.push(`-H ${quoted(`Authorization: Bearer ${whose}`)}`)
  }
  if (prefer !== null) parts.push(`-H ${quoted(`Prefer: ${prefer}`)}`)
  if (isObject(body) && Object.keys(body).sort().join() === 'bytes,sha256') parts.push('--data-binary @<the file>')
  else if (body !== null) parts.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body))}`)
  return parts.join(' ')
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
