import type { NotHeld } from '../../evidence/not-held.ts'
import { levelOf } from '../../evidence/sarif-rules.ts'
import { groupBy } from '../../group.ts'
import { withoutCommands } from '../../log-lines.ts'
import { severity } from '../../verdict/severity.ts'
import { count, plain } from '../terminal/text.ts'

/** The maximum number of errors that GitHub shows for a step, and the same of warnings. */
const shown = 10
const namedActors = 8

/** One workflow command, before it is formatted. */
interface Annotation {
  readonly level: 'error' | 'warning' | 'notice'
  readonly title: string
  readonly text: string
  readonly at?: NotHeld['at']
}

/**
 * The findings as workflow commands of GitHub Actions: on the line of the matrix, worst first, one for each cause, and a count
 * of the rest.
 *
 * @param place the path of the workspace in the repository: `apps/api/`, or empty for the root.
 */
export function annotations(notHeld: readonly NotHeld[], place: string): string[] {
  const tried = notHeld.filter(({ notRun }) => notRun === undefined)
  const groups = [...groupBy(tried, ({ cause }) => cause).values()]
    .flatMap(([first, ...others]) => (first === undefined ? [] : [{ first, others }]))
    .sort((a, b) => severity(a.first.verdict) - severity(b.first.verdict))
  const told = groups.map(({ first, others }) => ({ about: 1 + others.length, annotation: finding(first, others) }))
  const untried = [...groupBy(notHeld, ({ notRun }) => notRun)].flatMap(([why, same]) =>
    why === undefined ? [] : [{ about: 0, annotation: notRun(why, same) }],
  )
  const all = [...untried, ...told]
  const errors = all.filter(({ annotation }) => annotation.level === 'error')
  const warnings = all.filter(({ annotation }) => annotation.level === 'warning')
  const silent = [...errors.slice(shown), ...warnings.slice(shown)].reduce((sum, { about }) => sum + about, 0)
  const lines = [...errors.slice(0, shown), ...warnings.slice(0, shown)].map(({ annotation }) => annotation)
  return [...lines, ...(silent > 0 ? [rest(silent)] : [])].map((annotation) => command(annotation, place))
}

function finding(first: NotHeld, others: readonly NotHeld[]): Annotation {
  const { id, verdict, because, at } = first
  const names = others.slice(0, namedActors).map((other) => other.properties.actor ?? other.id)
  const more = others.length > names.length ? ` and ${count(others.length - names.length)} more` : ''
  const also = others.length === 0 ? [] : [`also as ${names.map(plain).join(', ')}${more}`]
  return {
    level: levelOf(verdict, false) === 'error' ? 'error' : 'warning',
    title: `${verdict}: ${plain(id)}`,
    text: [plain(because), ...also].join('\n'),
    at,
  }
}

function notRun(why: string, same: readonly NotHeld[]): Annotation {
  const counts = (['cell', 'scenario'] as const).flatMap((kind) => {
    const number = same.filter((one) => one.kind === kind).length
    return number === 0 ? [] : [`${count(number)} ${number === 1 ? kind : `${kind}s`}`]
  })
  return { level: 'warning', title: 'not run', text: `${counts.join(' and ')}: ${plain(why)}` }
}

function rest(silent: number): Annotation {
  const text = `${count(silent)} more did not hold: all of them are in the report, the first in the summary of this step`
  return { level: 'notice', title: 'and more', text }
}

function command({ level, title, text, at }: Annotation, place: string): string {
  const where = at === undefined ? [] : [`file=${property(place + at.file)}`, `line=${at.line}`, `col=${at.column}`]
  return `::${level} ${[...where, `title=${property(title)}`].join(',')}::${data(text)}`
}

/** Escapes text for the message of a command, so that it neither ends the command nor is one itself. */
function data(text: string): string {
  return withoutCommands(text).replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A')
}

/** Escapes text for a property of a command, so that it does not end the property. */
function property(text: string): string {
  return data(text).replace(/:/g, '%3A').replace(/,/g, '%2C')
}
