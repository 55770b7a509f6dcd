import { type RunToRepeat, scenarioCommand } from '../../model/command-line.ts'
import type { ScenarioRecord, ScenarioResult } from '../../model/scenario.ts'
import { verdictMark, verdictStyles } from './signs.ts'
import { paint, type TerminalStyle } from './terminal-style.ts'
import { cut, padEnd, plain, widthOf, wrap } from './text.ts'
import { timeline } from './timeline.ts'

const widestScenario = 56

/** @returns a line for each scenario: its name, its recipe, its number of rounds and the overlap that was reached. */
export function scenarioList(results: readonly ScenarioResult[], style: TerminalStyle): string {
  const rows = results.map(({ record }) => ({ record, name: cut(plain(record.id), widestScenario, style.unicode) }))
  const names = Math.max(0, ...rows.map(({ name }) => widthOf(name)))
  const lines = rows.map(({ record, name }) => {
    const { verdict, recipe } = record
    const start = `  ${verdictMark(verdict, style)} ${padEnd(name, names)}  `
    const about = `${plain(recipe)}${overlapInWords(record)}`
    const room = Math.max(10, style.width - widthOf(start))
    if (verdict === 'held') return `${start}${paint(style, 'dim', cut(about, room, style.unicode))}`
    return `${start}${paint(style, verdictStyles[verdict], verdict)}  ${cut(about, room - verdict.length - 2, style.unicode)}`
  })
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

/**
 * The scenarios that did not hold, each with the round that shows it and the command that runs that round again.
 *
 * @returns the text, with a line end; empty if every scenario held.
 */
export function scenarioFindings(results: readonly ScenarioResult[], run: RunToRepeat, style: TerminalStyle): string {
  const blocks = results.flatMap((result) =>
    result.record.verdict === 'held' || result.record.notRun !== undefined
      ? []
      : [...explained(result, run, style), ''],
  )
  return blocks.length === 0 ? '' : `${blocks.join('\n')}\n`
}

/** The level that every round reached, and the number of rounds that reached more; it is never rounded up. */
function overlapInWords({ rounds, overlap, notRun }: ScenarioRecord): string {
  if (notRun !== undefined || rounds === 0) return ''
  const times = rounds === 1 ? ', 1 round' : `, ${rounds} rounds`
  if (overlap.rounds.length === 0 || (overlap.asked === 0 && overlap.reached === 0)) return times
  const levels = [...new Set(overlap.rounds.map(({ level }) => level))].sort()
  const shown = levels.map((level) => {
    const many = overlap.rounds.filter((round) => round.level === level).length
    return levels.length === 1 ? `level ${level}` : `level ${level} in ${many}`
  })
  return `${times}, overlap ${shown.join(', ')}`
}

function explained({ record, history }: ScenarioResult, run: RunToRepeat, style: TerminalStyle): string[] {
  const { verdict, id, because, telling, at } = record
  const round = telling === null ? [] : history.filter((event) => event.round === telling)
  const drawn = timeline(round, style)
  return [
    `${paint(style, verdictStyles[verdict], verdict.toUpperCase())}  ${paint(style, 'bold', plain(id))}`,
    ...wrap(plain(because), style.width - 2).map((line) => `  ${line}`),
    ...(drawn.length > 0 ? [`  round ${telling}`, ...drawn] : []),
    `  ${paint(style, 'dim', 'declared')}    ${plain(`${at.file}:${at.line}`)}`,
    `  ${paint(style, 'dim', 'repeat')}      ${plain(scenarioCommand(id, telling, run))}`,
  ]
}
