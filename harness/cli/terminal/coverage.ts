import {
  type CoverageRecord,
  type CoverageUnit,
  isAccepted,
  missingFrom,
  objectsInWords,
  partInWords,
  partlyTried,
  untriedObjects,
} from '../../model/coverage.ts'
import type { RunRecord } from '../../model/record.ts'
import type { RunCoverage } from '../run-coverage.ts'
import { verdictStyles } from './signs.ts'
import { paint, type TerminalStyle } from './terminal-style.ts'
import { count, plain, wrap } from './text.ts'

/** The maximum number of names in a list; the report has all of them. */
const listed = 12

/** @returns the reachable objects that a run did not try, in a few lines. */
export function coverageLines(
  coverage: RunCoverage | null,
  run: Pick<RunRecord, 'coverage' | 'shard'>,
  terminalStyle: TerminalStyle,
): string[] {
  if (coverage === null) return []
  if ('unknown' in coverage)
    return wrap(`what is reachable could not be listed: ${plain(coverage.unknown)}`, terminalStyle.width)
  const { record } = coverage
  if (run.shard !== null) return [`coverage is counted when the shards are merged`]
  const untried = untriedObjects(record)
  const kinds = new Map(record.objects.map(({ object, kind }) => [object, kind]))
  const parts = partlyTried(record).map((part) => ({ ...part, kind: kinds.get(part.object) ?? 'object' }))
  return [
    ...(untried.length === 0
      ? [`every object that is reachable was tried: ${count(record.objects.length)}`]
      : named(
          `reachable and never tried: ${objectsInWords(untried)}`,
          untried.map(({ object }) => object),
          terminalStyle,
        )),
    ...(parts.length === 0
      ? []
      : named(`reachable and tried in part only: ${objectsInWords(parts)}`, parts.map(partInWords), terminalStyle)),
    ...tally(record),
    ...missing(record, run.coverage?.required ?? [], terminalStyle),
  ]
}

/** Counts combinations of object, command, kind of actor and side. */
function tally(record: CoverageRecord): string[] {
  const tried = record.units.filter(({ cells }) => cells > 0).length
  const accepted = record.units.filter(({ id, cells }) => cells === 0 && isAccepted(record, id)).length
  const more = accepted === 0 ? '' : `, ${count(accepted)} accepted`
  return [
    `coverage: ${count(tried)} of ${count(record.units.length)} combinations tried${more} (coverage.json, report.html#coverage)`,
  ]
}

function missing(record: CoverageRecord, required: readonly string[], terminalStyle: TerminalStyle): string[] {
  const ids = missingFrom(record, required)
  if (ids.length === 0) return []
  return named(`required (${required.join(', ')}) and not tried: ${count(ids.length)}`, ids, terminalStyle)
}

function named(head: string, names: readonly string[], terminalStyle: TerminalStyle): string[] {
  const more = names.length - listed
  return [
    paint(terminalStyle, verdictStyles.inconclusive, head),
    ...names.slice(0, listed).map((name) => `  ${plain(name)}`),
    ...(more > 0 ? [`  and ${count(more)} more`] : []),
  ]
}

/** @returns every object with its units: tried, not tried, accepted. */
export function coverageTable(record: CoverageRecord, terminalStyle: TerminalStyle): string {
  const units = new Map<string, CoverageUnit[]>()
  for (const unit of record.units) units.set(unit.object, [...(units.get(unit.object) ?? []), unit])
  const lines = record.objects.flatMap(({ object, cells }) => {
    const own = units.get(object) ?? []
    const open = own.filter((unit) => unit.cells === 0)
    const style = cells === 0 ? verdictStyles.inconclusive : verdictStyles.held
    const state = cells === 0 ? 'never tried' : `${count(own.length - open.length)} of ${count(own.length)}`
    return [
      paint(terminalStyle, style, `${plain(object)}: ${state}`),
      ...open.map((unit) => `  ${isAccepted(record, unit.id) ? 'accepted' : 'not tried'}  ${plain(shortId(unit))}`),
      ...own
        .filter(({ decided, cells: some }) => decided === false && some > 0)
        .map((unit) => `  not known  ${plain(shortId(unit))}: no cell shows that it alone decided`),
    ]
  })
  const rest = [
    ...record.limits.map((limit) => `not seen: ${limit}`),
    ...record.leftOut.map((one) => `not counted: ${one}`),
  ]
  return `${[...lines, ...rest.map(plain)].join('\n')}\n`
}

function shortId({ id, object }: CoverageUnit): string {
  return id.slice(object.length + ' › '.length)
}
