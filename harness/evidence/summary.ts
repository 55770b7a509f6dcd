import { groupBy } from '../group.ts'
import { type CoverageRecord, objectsInWords, partInWords, partlyTried, untriedObjects } from '../model/coverage.ts'
import type { CellRecord, RunRecord } from '../model/record.ts'
import type { ScenarioResult } from '../model/scenario.ts'
import { verdicts } from '../model/verdict.ts'
import { expiringInWords } from './cell-facts.ts'
import type { Evidence } from './evidence.ts'
import { code, escaped, table } from './markdown.ts'
import { findings } from './summary-findings.ts'
import { allTotals, judged, type Totals, totalsOf } from './totals.ts'

const maxLeftovers = 50

/** @returns the run as Markdown for a pull request: its description, the findings that need a decision, and the rest. */
export function summary({ run, cells, scenarios, coverage }: Omit<Evidence, 'schema'>): string {
  const sections = [
    headline(run),
    about(run),
    ...notRun(run, scenarios),
    ...findings(run, cells, scenarios),
    ...invariants(run),
    ...matrices(cells),
    ...scenarioTable(scenarios),
    ...coverageSection(run, coverage),
    ...cleanup(run),
  ]
  return `${sections.join('\n\n')}\n`
}

function headline(run: RunRecord): string {
  const { target, holes } = run
  const opened = holes.length === 0 ? '' : `, with holes opened on purpose (${holes.map(code).join(', ')})`
  return `# Trespass on ${targetInWords(target)}${opened}: ${tally(allTotals(run))}`
}

function targetInWords({ alias, kind }: RunRecord['target']): string {
  switch (kind) {
    case 'sandbox':
      return alias === 'sandbox' ? 'a sandbox' : `a sandbox (${code(alias)})`
    case 'local':
      return `the local stack ${code(alias)}`
    case 'hosted':
      return `the hosted project ${code(alias)}`
  }
}

function about(run: RunRecord): string {
  const { git, shard, target, tool } = run
  const dirty = git?.dirty === true ? ' with uncommitted changes' : ''
  const versions = Object.entries(target.versions).map(([name, version]) => `${name} ${version}`)
  const lines = [
    `run ${code(run.run)}, ${code(run.startedAt)} to ${code(run.finishedAt)}`,
    git === null ? 'outside a Git work tree' : `revision ${code(git.revision)}${dirty}`,
    run.schemaFingerprint === null
      ? 'schema fingerprint not readable without a database URL'
      : `schema fingerprint ${code(run.schemaFingerprint)}`,
    `Trespass ${code(tool.version)} on Node ${code(tool.node)}`,
  ]
  if (versions.length > 0) lines.push(`services: ${code(versions.join(', '))}`)
  if (shard !== null) lines.push(`**only shard ${code(shard)}** of a run`)
  if (run.chosen !== undefined) lines.push(`**only some of the cells**: ${run.chosen.map(code).join(', ')}`)
  for (const limit of run.limits) lines.push(escaped(limit))
  if (!run.complete) lines.push('**not complete**: what is here is true, but it is not all')
  return lines.map((line) => `- ${line}`).join('\n')
}

/** The cells and scenarios that were not tried. They are not proven, and come before all others. */
function notRun({ notRun: reasons }: RunRecord, scenarios: readonly ScenarioResult[]): string[] {
  const rows = [
    ...reasons.map(({ why, cells }) => [`${cells} ${cells === 1 ? 'cell' : 'cells'}`, escaped(why)]),
    ...scenarios.flatMap(({ record }) =>
      record.notRun === undefined ? [] : [[code(record.id), escaped(record.notRun)]],
    ),
  ]
  return rows.length === 0 ? [] : ['## Not run', table(['what', 'why'], rows)]
}

function invariants(run: RunRecord): string[] {
  if (run.invariants.length === 0) return []
  const rows = run.invariants.map(({ id, matrix, sentence, cells, verdict }) => [
    cells.length === 0 ? 'not tried' : verdict === 'held' ? 'held' : `**${verdict}**`,
    code(id),
    escaped(sentence),
    code(matrix),
    String(cells.length),
  ])
  return ['## Invariants', table(['verdict', 'id', 'invariant', 'declared by', 'proven by'], rows)]
}

function matrices(cells: readonly CellRecord[]): string[] {
  if (cells.length === 0) return []
  const rows = [...groupBy(cells, (cell) => cell.matrix)].map(([matrix, own]) => [
    code(matrix),
    code(own[0]?.resource ?? ''),
    String(new Set(own.map((cell) => cell.actor)).size),
    String(new Set(own.map((cell) => cell.operation)).size),
    tally(totalsOf(own)),
  ])
  return ['## Matrices', table(['matrix', 'resource', 'actors', 'operations', 'cells'], rows)]
}

/** The level of overlap that every round reached, never a higher one. */
function scenarioTable(scenarios: readonly ScenarioResult[]): string[] {
  if (scenarios.length === 0) return []
  const rows = scenarios.map(({ record: { id, verdict, recipe, rounds, overlap, paths, notRun: untried } }) => {
    const enough = overlap.rounds.filter(({ level }) => level >= overlap.asked).length
    return [
      verdict === 'held' ? 'held' : `**${verdict}**`,
      code(id),
      code(recipe),
      paths.map(code).join(', '),
      String(rounds),
      untried === undefined ? String(overlap.reached) : '',
      untried === undefined ? `${overlap.asked}, in ${enough} of ${overlap.rounds.length}` : '',
    ]
  })
  const header = ['verdict', 'scenario', 'recipe', 'paths', 'rounds', 'overlap in all', 'asked for, reached']
  return ['## Scenarios', table(header, rows)]
}

function coverageSection({ coverage: totals }: RunRecord, coverage: CoverageRecord | undefined): string[] {
  if (totals === undefined || coverage === undefined) return []
  const untried = untriedObjects(coverage)
  const more = untried.length > maxLeftovers ? [`- and ${untried.length - maxLeftovers} more`] : []
  const head =
    untried.length === 0
      ? `Every object that is reachable was tried: ${totals.objects}.`
      : `Reachable and never tried: **${objectsInWords(untried)}**.`
  const required =
    totals.required.length === 0
      ? ''
      : ` Required are ${totals.required.map(code).join(', ')}; missing: ${totals.missing}.`
  const tried = `${totals.tried} of ${totals.units} combinations of object, command and kind of actor were tried.${required}`
  const names = untried.slice(0, maxLeftovers).map(({ object }) => `- ${code(object)}`)
  const parts = partlyTried(coverage)
    .slice(0, maxLeftovers)
    .map((part) => `- ${escaped(partInWords(part))}`)
  return [
    '## Coverage',
    `${head} ${tried}`,
    ...(names.length === 0 ? [] : [[...names, ...more].join('\n')]),
    ...(parts.length === 0 ? [] : ['Tried in part only:', parts.join('\n')]),
  ]
}

function cleanup({ cleanup: { made, swept, expiring, left, stays = [] } }: RunRecord): string[] {
  const counts = `Made ${made}, swept ${swept}${expiringInWords(expiring)}, left ${left.length}.`
  const staying = stays.length === 0 ? [] : ['What the run did and cannot take back:', listed(stays)]
  if (left.length === 0) return ['## Cleanup', counts, ...staying]
  return ['## Cleanup', `${counts} ${code('trespass cleanup')} sweeps what is left:`, listed(left), ...staying]
}

function listed(sentences: readonly string[]): string {
  const more = sentences.length > maxLeftovers ? [`- and ${sentences.length - maxLeftovers} more`] : []
  return [...sentences.slice(0, maxLeftovers).map((what) => `- ${code(what)}`), ...more].join('\n')
}

function tally(totals: Totals): string {
  const parts = verdicts
    .filter((verdict) => totals[verdict] > 0)
    .map((verdict) => (verdict === 'held' ? `${totals.held} held` : `**${totals[verdict]} ${verdict}**`))
  return judged(totals) === 0 ? '**no cells**' : parts.join(', ')
}
