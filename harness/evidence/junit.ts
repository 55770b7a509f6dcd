import type { Evidence } from './evidence.ts'
import { groupBy } from './group.ts'
import type { CellRecord } from './record.ts'
import { totalsOf } from './totals.ts'
import { facts } from './words.ts'

/**
 * JUnit XML in pieces, so that a large run never stands in memory twice: a suite per matrix, a case per cell. What did
 * not hold is a failure, also when it was only not proven, since JUnit has no word for that; a failure of Trespass
 * itself is an error.
 */
export function* junit({ run, cells }: Pick<Evidence, 'run' | 'cells'>): Generator<string> {
  const name = xml(`trespass on ${run.target.alias}`)
  yield '<?xml version="1.0" encoding="UTF-8"?>\n'
  yield `<testsuites name="${name}" ${tallies(cells)}>\n`
  for (const [matrix, own] of groupBy(cells, (cell) => cell.matrix)) {
    yield `  <testsuite name="${xml(matrix)}" ${tallies(own)} timestamp="${xml(run.startedAt)}">\n`
    for (const cell of own) yield testcase(cell)
    yield '  </testsuite>\n'
  }
  yield '</testsuites>\n'
}

function tallies(cells: readonly CellRecord[]): string {
  const totals = totalsOf(cells)
  const failures = cells.length - totals.held - totals.error
  const time = seconds(cells.reduce((sum, cell) => sum + cell.durationMs, 0))
  return `tests="${cells.length}" failures="${failures}" errors="${totals.error}" skipped="0" time="${time}"`
}

function testcase(cell: CellRecord): string {
  const properties: [string, string][] = [
    ['actor', cell.actor],
    ['operation', cell.operation],
    ['path', cell.path],
    ['verdict', cell.verdict],
  ]
  if (cell.denial !== null) properties.push(['denial', cell.denial])
  const classname = xml(`${cell.matrix}.${cell.actor}`)
  const at = `file="${xml(cell.at.file)}" line="${cell.at.line}"`
  return [
    `    <testcase classname="${classname}" name="${xml(cell.operation)}" ${at} time="${seconds(cell.durationMs)}">`,
    '      <properties>',
    ...properties.map(([name, value]) => `        <property name="${name}" value="${xml(value)}"/>`),
    '      </properties>',
    ...problem(cell),
    '    </testcase>\n',
  ].join('\n')
}

function problem(cell: CellRecord): string[] {
  if (cell.verdict === 'held') return []
  const element = cell.verdict === 'error' ? 'error' : 'failure'
  const told = [cell.because, ...facts(cell).map(({ label, text }) => `${label}: ${text}`)].join('\n')
  return [`      <${element} type="${cell.verdict}" message="${xml(cell.because)}">${xml(told)}</${element}>`]
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}

const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

/** Without one of these a text stays as it is; most do. */
const special = /[^\x20\x21\x23-\x25\x28-\x3b\x3d\x3f-\x7e\xa0-\ud7ff\ue000-\ufffd]/

/**
 * Escapes for elements and attributes. XML 1.0 has no way to write most control characters and lone surrogates, so
 * they become the replacement character; an attribute would lose its line ends, so they are written as references.
 */
function xml(text: string): string {
  if (!special.test(text)) return text
  return text
    .replace(/[&<>"']/g, (character) => named[character] ?? '')
    .replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '\ufffd')
}
