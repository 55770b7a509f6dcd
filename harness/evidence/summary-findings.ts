import { commandFor, commandLine } from '../model/command-line.ts'
import type { CellRecord, RunRecord } from '../model/record.ts'
import type { ScenarioResult } from '../model/scenario.ts'
import type { Verdict } from '../model/verdict.ts'
import { severity } from '../verdict/severity.ts'
import { type Cause, causesOf } from './causes.ts'
import { facts, place } from './cell-facts.ts'
import { block, code, escaped } from './markdown.ts'
import { scenarioFacts } from './scenario-facts.ts'
import { roundsToShow, stepLines, stepsOf } from './scenario-steps.ts'
import { undecidedOperation } from './undecided.ts'

/** Limits the findings in full and in one line: a comment on a pull request holds 65,536 characters. */
const maxInFull = 20
const maxInOneLine = 100
const namedActors = 12
const maxSteps = 40

/** A cause with its cells, or one scenario, as a paragraph or in one line. */
interface Finding {
  readonly verdict: Verdict
  readonly count: number
  readonly inFull: () => string
  readonly inOneLine: () => string
}

/** @returns the findings as Markdown, the worst verdict first: some in full, more in one line each, and a count of the rest. */
export function findings(run: RunRecord, cells: readonly CellRecord[], scenarios: readonly ScenarioResult[]): string[] {
  const found = [...causesOf(cells).map((cause) => ofCause(cause, run)), ...scenarios.flatMap(ofScenario)].sort(
    (one, other) => severity(one.verdict) - severity(other.verdict),
  )
  if (found.length === 0) return []
  const brief = found.slice(maxInFull, maxInFull + maxInOneLine)
  const silent = found.slice(maxInFull + maxInOneLine).reduce((sum, { count }) => sum + count, 0)
  return [
    '## What needs a decision',
    ...found.slice(0, maxInFull).map(({ inFull }) => inFull()),
    ...(brief.length > 0 ? [brief.map(({ inOneLine }) => inOneLine()).join('\n')] : []),
    ...(silent > 0 ? [`And ${silent} more: all of them are in ${files(scenarios)}.`] : []),
  ]
}

function files(scenarios: readonly ScenarioResult[]): string {
  return ['cells.jsonl', ...(scenarios.length > 0 ? ['scenarios.jsonl'] : [])].map(code).join(' and ')
}

function ofCause(cause: Cause, run: RunRecord): Finding {
  const { verdict, others } = cause
  return { verdict, count: 1 + others.length, inFull: () => inFull(cause, run), inOneLine: () => inOneLine(cause) }
}

function ofScenario(scenario: ScenarioResult): Finding[] {
  const { id, verdict, because, notRun: untried, at } = scenario.record
  if (verdict === 'held' || untried !== undefined) return []
  const line = () => `- **${verdict}** ${code(id)}: ${escaped(because)} (${code(place(at))})`
  return [{ verdict, count: 1, inFull: () => scenarioInFull(scenario), inOneLine: line }]
}

function scenarioInFull(scenario: ScenarioResult): string {
  const { id, verdict, because } = scenario.record
  const shown = scenarioFacts(scenario.record).map(({ label, text }) => `${label.padEnd(12)}${text}`)
  const parts = [`### ${verdict}: ${code(id)}`, escaped(because), block(shown)]
  const [round] = roundsToShow(scenario)
  if (round === undefined) return parts.join('\n\n')
  const lines = stepLines(stepsOf(round.events))
  const ends = [...lines.slice(0, maxSteps / 2), '…', ...lines.slice(-maxSteps / 2)]
  return [...parts, `Round ${round.round}, in order:`, block(lines.length > maxSteps ? ends : lines)].join('\n\n')
}

function inFull(cause: Cause, run: RunRecord): string {
  const { verdict, first, others } = cause
  const undecided = undecidedOperation(cause, namedActors)
  if (undecided !== null) {
    const known = [...undecided.facts, { label: 'decide', text: commandLine('decide', [first.matrix], run) }]
    const lines = known.map(({ label, text }) => `${label.padEnd(12)}${text}`)
    return `### undecided: ${code(undecided.title)}\n\n${escaped(undecided.because)}\n\n${block(lines)}`
  }
  const shown = facts(first).map(({ label, text }) => `${label.padEnd(12)}${text}`)
  for (const [index, text] of (first.likely ?? []).entries())
    shown.push(`${(index === 0 ? 'likely' : '').padEnd(12)}${text}`)
  const names = others.slice(0, namedActors).map((cell) => cell.actor)
  const more = others.length > names.length ? ` and ${others.length - names.length} more` : ''
  if (others.length > 0) shown.push(`${'also as'.padEnd(12)}${names.join(', ')}${more}`)
  shown.push(`${'repeat'.padEnd(12)}${commandFor(first.id, run)}`)
  return `### ${verdict}: ${code(first.id)}\n\n${escaped(first.because)}\n\n${block(shown)}`
}

function inOneLine(cause: Cause): string {
  const { verdict, first, others } = cause
  const undecided = undecidedOperation(cause, namedActors)
  if (undecided !== null) return `- **undecided** ${code(undecided.title)}: ${escaped(undecided.because)}`
  const more = others.length > 0 ? ` and ${others.length} more like it` : ''
  return `- **${verdict}** ${code(first.id)}${more}: ${escaped(first.because)} (${code(place(first.at))})`
}
