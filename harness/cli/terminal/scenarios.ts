import type { ScenarioRecord, ScenarioResult } from '../../model/scenario.ts'
import { type Look, paint } from './look.ts'
import { verdictStyles } from './signs.ts'
import { plain, widthOf, wrap } from './text.ts'
import { timeline } from './timeline.ts'

/**
 * Every scenario in a line: its verdict, its name, how often it was run and how far overlap was shown. One that did not
 * hold is explained, with the round that shows it and the command that runs that round again.
 *
 * @returns the text, with a line end.
 */
export function scenarioTable(results: readonly ScenarioResult[], look: Look): string {
  const column = Math.max(...results.map(({ record }) => widthOf(plain(record.id))))
  const lines = [paint(look, 'bold', 'scenarios')]
  for (const { record } of results) {
    const verdict = paint(look, verdictStyles[record.verdict], record.verdict.padEnd(13))
    const name = plain(record.id) + ' '.repeat(column - widthOf(plain(record.id)))
    lines.push(`  ${verdict}${name}  ${plain(record.recipe)}${overlapInWords(record)}`)
  }
  for (const result of results) if (result.record.verdict !== 'held') lines.push('', ...explained(result, look))
  return `${lines.join('\n')}\n`
}

/** The level that every round reached, and how many reached more; it is never rounded up. */
function overlapInWords({ rounds, overlap, notRun }: ScenarioRecord): string {
  if (notRun !== undefined || rounds === 0) return ''
  const times = rounds === 1 ? ', 1 round' : `, ${rounds} rounds`
  if (overlap.rounds.length === 0 || (overlap.asked === 0 && overlap.reached === 0)) return times
  const levels = [...new Set(overlap.rounds.map(({ level }) => level))].sort()
  const told = levels.map((level) => {
    const many = overlap.rounds.filter((round) => round.level === level).length
    return levels.length === 1 ? `level ${level}` : `level ${level} in ${many}`
  })
  return `${times}, overlap ${told.join(', ')}`
}

function explained({ record, history }: ScenarioResult, look: Look): string[] {
  const { verdict, id, because, telling, again, at } = record
  const round = telling === null ? [] : history.filter((event) => event.round === telling)
  const drawn = timeline(round, look)
  return [
    `${paint(look, verdictStyles[verdict], verdict.toUpperCase())}  ${paint(look, 'bold', plain(id))}`,
    ...wrap(plain(because), look.width - 2).map((line) => `  ${line}`),
    ...(drawn.length > 0 ? [`  round ${telling}`, ...drawn] : []),
    `  declared    ${plain(`${at.file}:${at.line}`)}`,
    `  repeat      ${plain(again)}`,
  ]
}
