import type { Position } from '../errors.ts'
import { groupBy } from '../group.ts'
import { withoutInvisible } from '../invisible.ts'
import type { CellRecord } from '../model/record.ts'
import type { ScenarioResult } from '../model/scenario.ts'
import type { Verdict } from '../model/verdict.ts'
import { facts } from './cell-facts.ts'
import type { Evidence } from './evidence.ts'
import { scenarioFacts } from './scenario-facts.ts'
import { roundsToShow, stepLines, stepsOf } from './scenario-steps.ts'
import { totalsOf } from './totals.ts'

/**
 * JUnit XML in pieces, so that a large run is never in memory twice: a suite per matrix with a case per cell, and the suite
 * `scenarios` with a case per scenario. Every cell that did not hold is a failure, an unproven one as well, since JUnit has no
 * state for that; a failure of Trespass itself is an error.
 */
export function* junit({ run, cells, scenarios }: Omit<Evidence, 'schema'>): Generator<string> {
  const name = xml(`trespass on ${run.target.alias}`)
  const records = scenarios.map(({ record }) => record)
  const started = `timestamp="${xml(run.startedAt)}"`
  yield '<?xml version="1.0" encoding="UTF-8"?>\n'
  yield `<testsuites name="${name}" ${tallies([...cells, ...records])}>\n`
  for (const [matrix, own] of groupBy(cells, (cell) => cell.matrix)) {
    yield `  <testsuite name="${xml(matrix)}" ${tallies(own)} ${started}>\n`
    for (const cell of own) yield testcase(caseOfCell(cell))
    yield '  </testsuite>\n'
  }
  if (scenarios.length > 0) {
    yield `  <testsuite name="scenarios" ${tallies(records)} ${started}>\n`
    for (const scenario of scenarios) yield testcase(caseOfScenario(scenario))
    yield '  </testsuite>\n'
  }
  yield '</testsuites>\n'
}

/** A cell or scenario with its verdict and duration. */
interface Judged {
  readonly verdict: Verdict
  readonly durationMs: number
}

function tallies(some: readonly Judged[]): string {
  const totals = totalsOf(some)
  const failures = some.length - totals.held - totals.error
  const time = seconds(some.reduce((sum, one) => sum + one.durationMs, 0))
  return `tests="${some.length}" failures="${failures}" errors="${totals.error}" skipped="0" time="${time}"`
}

interface Case extends Judged {
  readonly classname: string
  readonly name: string
  readonly at: Position
  readonly because: string
  readonly properties: readonly (readonly [name: string, value: string])[]
  /** The lines of text for a case that did not hold. */
  readonly lines: () => readonly string[]
}

function caseOfCell(cell: CellRecord): Case {
  const { matrix, actor, operation, path, verdict, denial } = cell
  const properties: [string, string][] = [
    ['actor', actor],
    ['operation', operation],
    ['path', path],
    ['verdict', verdict],
  ]
  if (denial !== null) properties.push(['denial', denial])
  const lines = () => facts(cell).map(({ label, text }) => `${label}: ${text}`)
  return { ...cell, classname: `${matrix}.${actor}`, name: operation, properties, lines }
}

function caseOfScenario(scenario: ScenarioResult): Case {
  const { record } = scenario
  const { id, recipe, paths, overlap, rounds, verdict } = record
  const properties: [string, string][] = [
    ['recipe', recipe],
    ['paths', paths.join(', ')],
    ['rounds', String(rounds)],
    ['overlap', String(overlap.reached)],
    ['overlap asked for', String(overlap.asked)],
    ['verdict', verdict],
  ]
  const lines = () => [
    ...scenarioFacts(record).map(({ label, text }) => `${label}: ${text}`),
    ...roundsToShow(scenario)
      .slice(0, 1)
      .flatMap(({ round, events }) => [`round ${round}, in order:`, ...stepLines(stepsOf(events))]),
  ]
  return { ...record, classname: `scenarios.${recipe}`, name: id, properties, lines }
}

function testcase(one: Case): string {
  const { classname, name, at, durationMs, properties } = one
  const place = `file="${xml(at.file)}" line="${at.line}"`
  return [
    `    <testcase classname="${xml(classname)}" name="${xml(name)}" ${place} time="${seconds(durationMs)}">`,
    '      <properties>',
    ...properties.map(([key, value]) => `        <property name="${key}" value="${xml(value)}"/>`),
    '      </properties>',
    ...problem(one),
    '    </testcase>\n',
  ].join('\n')
}

function problem({ verdict, because, lines }: Case): string[] {
  if (verdict === 'held') return []
  const element = verdict === 'error' ? 'error' : 'failure'
  const shown = [because, ...lines()].join('\n')
  return [`      <${element} type="${verdict}" message="${xml(because)}">${xml(shown)}</${element}>`]
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}

const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

/** Characters that need no escape. Most texts consist of these alone. */
const ordinary = /^[\x20\x21\x23-\x25\x28-\x3b\x3d\x3f-\x7e]*$/

/**
 * Escapes for elements and attributes. XML 1.0 has no way to write most control characters and lone surrogates, so
 * invisible characters become the replacement character; an attribute would lose its line ends, so they are written as
 * references.
 */
function xml(text: string): string {
  if (ordinary.test(text)) return text
  const escaped = text
    .replace(/[&<>"']/g, (character) => named[character] ?? '')
    .replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/[\ufffe\uffff]/g, '\ufffd')
  return withoutInvisible(escaped, '\ufffd')
}
