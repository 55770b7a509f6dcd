import { expiringInWords } from '../../evidence/cell-facts.ts'
import { allTotals, judged } from '../../evidence/totals.ts'
import type { AcceptedGapRecord } from '../../model/coverage.ts'
import type { RunRecord } from '../../model/record.ts'
import { verdicts } from '../../model/verdict.ts'
import type { OutputLevel } from '../output.ts'
import type { RunCoverage } from '../run-coverage.ts'
import { coverageLines } from './coverage.ts'
import { clock } from './progress.ts'
import { verdictStyles } from './signs.ts'
import { paint, type TerminalStyle } from './terminal-style.ts'
import { count, plain, wrap } from './text.ts'

/** The input of the last lines of the output. */
export interface Closing {
  readonly run: Pick<
    RunRecord,
    | 'totals'
    | 'scenarios'
    | 'invariants'
    | 'cleanup'
    | 'target'
    | 'holes'
    | 'complete'
    | 'limits'
    | 'notRun'
    | 'coverage'
    | 'shard'
    | 'startedAt'
    | 'finishedAt'
  >
  /** The number of cells that the run was to try. */
  readonly collected: number
  /** The coverage, or why it is not known; null or left out if it was not asked for. */
  readonly coverage?: RunCoverage | null
  /** Accepted gaps whose day has passed. */
  readonly expired?: readonly AcceptedGapRecord[]
  /** The exit code of the command. */
  readonly code: number
  /** The folder of the report, relative to the working directory; null if none was written. */
  readonly report: string | null
  /** With `quiet`, only the reasons for an exit code other than 0 are printed; a run that held prints nothing. */
  readonly detail?: OutputLevel
}

const meanings: Readonly<Record<number, string>> = {
  0: 'all held',
  1: 'findings: breach, lockout, wrong-layer or undecided',
  2: 'Trespass could not do its work',
  3: 'nothing wrong found, but not all of it is proven',
}

const leftListed = 10

/** @returns the last lines of a run, with a line end: its result, its leftover objects, the meaning of its exit code. */
export function closing(told: Closing, style: TerminalStyle): string {
  const { run, collected, code, report, coverage = null, expired = [], detail = 'normal' } = told
  if (detail === 'quiet') return code === 0 ? '' : quietly(told, style)
  const lines = [
    ...about(run, style),
    ...headlines(run, style),
    ...gaps(run, collected),
    ...untried(run, style),
    ...broken(run.invariants, style),
    ...coverageLines(coverage, run, style),
    ...expired.map(({ gap, until }) => `accepted.yaml: the gap ${plain(gap)} expired on ${until}`),
    ...sweep(run.cleanup, style),
    `took ${clock(Date.parse(run.finishedAt) - Date.parse(run.startedAt))}`,
    ...(report === null ? [] : [`report: ${plain(report)}`]),
    exitLine(told, style),
  ]
  return `${lines.join('\n')}\n`
}

function quietly(told: Closing, style: TerminalStyle): string {
  const { run, collected, code, report, coverage = null } = told
  const lines = [
    ...gaps(run, collected),
    ...(code === 3 ? untried(run, style) : []),
    ...((run.coverage?.missing ?? 0) > 0 ? coverageLines(coverage, run, style) : []),
    ...(run.cleanup.left.length > 0 ? sweep(run.cleanup, style) : []),
    ...(report === null ? [] : [`report: ${plain(report)}`]),
    exitLine(told, style),
  ]
  return `${lines.join('\n')}\n`
}

function exitLine({ run, collected, code }: Closing, style: TerminalStyle): string {
  const meaning = code === 2 && collected === 0 ? 'no cell was collected, so nothing was tried' : meaningOf(code, run)
  return paint(style, ['bold', exitStyles[code] ?? 'red'], `exit ${code}: ${meaning}`)
}

const exitStyles: Readonly<Record<number, 'green' | 'yellow'>> = { 0: 'green', 3: 'yellow' }

/** Any other code is that of a signal. */
function meaningOf(code: number, run: Closing['run']): string {
  const all = allTotals(run)
  const found = all.breach + all.lockout + all['wrong-layer'] + all.undecided > 0
  if (code === 1 && !found) return 'coverage is required, and not everything reachable was tried'
  return meanings[code] ?? 'broken off'
}

function about({ target, holes }: Closing['run'], style: TerminalStyle): string[] {
  if (holes.length === 0) return []
  return [paint(style, 'yellow', `holes opened on purpose in ${plain(target.alias)}: ${holes.map(plain).join(', ')}`)]
}

/** Scenarios have a headline of their own if there are any; without cells, it is the only one. */
function headlines({ totals, scenarios }: Closing['run'], style: TerminalStyle): string[] {
  const told = judged(scenarios) > 0 ? [headline(scenarios, ['scenario', 'scenarios'], style)] : []
  return judged(totals) > 0 || told.length === 0 ? [headline(totals, ['cell', 'cells'], style), ...told] : told
}

function headline(totals: RunRecord['totals'], [one, many]: readonly [string, string], style: TerminalStyle): string {
  const all = judged(totals)
  const parts = [...verdicts]
    .filter((verdict) => totals[verdict] > 0)
    .sort((a, b) => Number(b === 'held') - Number(a === 'held'))
    .map((verdict) => paint(style, verdictStyles[verdict], `${count(totals[verdict])} ${verdict}`))
  return `${paint(style, 'bold', `${count(all)} ${all === 1 ? one : many}`)}: ${parts.join(', ') || 'none'}`
}

function gaps(run: Closing['run'], collected: number): string[] {
  const { complete } = run
  const missing = collected - judged(allTotals(run))
  return [
    ...(complete ? [] : ['the run was interrupted: what is here is true, but it is not all']),
    ...(missing > 0
      ? [
          `${count(missing)} of ${count(collected)} collected ${judged(run.scenarios) > 0 ? 'cells and scenarios' : 'cells'} have no verdict`,
        ]
      : []),
  ]
}

/** The limits of the target, and the cells that were not run because of them. */
function untried({ limits, notRun }: Closing['run'], style: TerminalStyle): string[] {
  const reasons = notRun.flatMap(({ why, cells }) => {
    const text = `${count(cells)} ${cells === 1 ? 'cell' : 'cells'} not run: ${plain(why)}`
    const [head = '', ...rest] = wrap(text, style.width - 2)
    return [paint(style, verdictStyles.inconclusive, head), ...rest.map((line) => `  ${line}`)]
  })
  return [...limits.flatMap((limit) => wrap(plain(limit), style.width)), ...reasons]
}

function broken(invariants: RunRecord['invariants'], style: TerminalStyle): string[] {
  const tried = invariants.filter((invariant) => invariant.cells.length > 0)
  const failed = tried.filter((invariant) => invariant.verdict !== 'held')
  const untried = invariants.length - tried.length
  const lines = failed.flatMap(({ id, matrix, sentence, verdict }) => {
    const [head = '', ...rest] = wrap(`${plain(id)} (${plain(matrix)}): ${plain(sentence)}`, style.width - 15)
    const label = paint(style, verdictStyles[verdict], verdict.padEnd(13))
    return [`  ${label}${head}`, ...rest.map((line) => `${' '.repeat(15)}${line}`)]
  })
  if (invariants.length === 0) return []
  const shown = `${count(tried.length - failed.length)} of ${count(invariants.length)} invariants held`
  const silent = untried > 0 ? `, ${count(untried)} not tried` : ''
  return [`${shown}${silent}${failed.length > 0 ? '; not these:' : ''}`, ...lines]
}

function sweep(
  { made, swept, kept = 0, expiring = 0, left, stays = [] }: RunRecord['cleanup'],
  style: TerminalStyle,
): string[] {
  const users = kept === 0 ? '' : `, kept ${count(kept)} ${kept === 1 ? 'user' : 'users'} for the next run`
  const line = `made ${count(made)}, swept ${count(swept)}${expiringInWords(expiring)}${users}`
  const staying = stays.length === 0 ? [] : ['what the run did and cannot take back:', ...listed(stays)]
  if (left.length === 0) return [line, ...staying]
  return [
    paint(style, 'yellow', `${line}, left ${count(left.length)}: run \`trespass cleanup\``),
    ...listed(left),
    ...staying,
  ]
}

function listed(sentences: readonly string[]): string[] {
  const more = sentences.length - leftListed
  return [
    ...sentences.slice(0, leftListed).map((what) => `  ${plain(what)}`),
    ...(more > 0 ? [`  and ${count(more)} more`] : []),
  ]
}
