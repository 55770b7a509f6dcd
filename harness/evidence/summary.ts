import { verdicts } from '../verdict/model.ts'
import { type Cause, causesOf } from './causes.ts'
import type { Evidence } from './evidence.ts'
import { groupBy } from './group.ts'
import { block, code, escaped, table } from './markdown.ts'
import type { CellRecord, RunRecord } from './record.ts'
import { judged, type Totals, totalsOf } from './totals.ts'
import { facts, place } from './words.ts'

/** A comment on a pull request holds 65,536 characters. */
const toldInFull = 20
const toldInOneLine = 100
const leftListed = 50
const namedActors = 12

/** @returns the run as Markdown for a pull request: what it was, what needs a decision, then the rest. */
export function summary({ run, cells }: Pick<Evidence, 'run' | 'cells'>): string {
  const sections = [
    headline(run),
    about(run),
    ...notRun(run),
    ...findings(cells),
    ...invariants(run),
    ...matrices(cells),
    ...cleanup(run),
  ]
  return `${sections.join('\n\n')}\n`
}

function headline({ target, holes, totals }: RunRecord): string {
  const opened = holes.length === 0 ? '' : `, with holes opened on purpose (${holes.map(code).join(', ')})`
  return `# Trespass on ${targetInWords(target)}${opened}: ${tally(totals)}`
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

/** What was not tried is not proven, and stands before everything that was. */
function notRun({ notRun: reasons }: RunRecord): string[] {
  if (reasons.length === 0) return []
  const rows = reasons.map(({ why, cells }) => [String(cells), escaped(why)])
  return ['## Not run', table(['cells', 'why'], rows)]
}

function findings(cells: readonly CellRecord[]): string[] {
  const causes = causesOf(cells)
  if (causes.length === 0) return []
  const brief = causes.slice(toldInFull, toldInFull + toldInOneLine)
  const silent = causes.slice(toldInFull + toldInOneLine).reduce((sum, cause) => sum + 1 + cause.others.length, 0)
  return [
    '## What needs a decision',
    ...causes.slice(0, toldInFull).map(inFull),
    ...(brief.length > 0 ? [brief.map(inOneLine).join('\n')] : []),
    ...(silent > 0 ? [`And ${silent} more cells: all of them are in ${code('cells.jsonl')}.`] : []),
  ]
}

function inFull({ verdict, first, others }: Cause): string {
  const told = facts(first).map(({ label, text }) => `${label.padEnd(12)}${text}`)
  const names = others.slice(0, namedActors).map((cell) => cell.actor)
  const more = others.length > names.length ? ` and ${others.length - names.length} more` : ''
  if (others.length > 0) told.push(`${'also as'.padEnd(12)}${names.join(', ')}${more}`)
  return `### ${verdict}: ${code(first.id)}\n\n${escaped(first.because)}\n\n${block(told)}`
}

function inOneLine({ verdict, first, others }: Cause): string {
  const more = others.length > 0 ? ` and ${others.length} more like it` : ''
  return `- **${verdict}** ${code(first.id)}${more}: ${escaped(first.because)} (${code(place(first.at))})`
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
  return ['## Invariants', table(['verdict', 'id', 'invariant', 'matrix', 'cells'], rows)]
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

function cleanup({ cleanup: { made, swept, left } }: RunRecord): string[] {
  const told = `Made ${made}, swept ${swept}, left ${left.length}.`
  if (left.length === 0) return ['## Cleanup', told]
  const more = left.length > leftListed ? [`- and ${left.length - leftListed} more`] : []
  const lines = [...left.slice(0, leftListed).map((what) => `- ${code(what)}`), ...more]
  return ['## Cleanup', `${told} ${code('trespass cleanup')} sweeps what is left:`, lines.join('\n')]
}

function tally(totals: Totals): string {
  const parts = verdicts
    .filter((verdict) => totals[verdict] > 0)
    .map((verdict) => (verdict === 'held' ? `${totals.held} held` : `**${totals[verdict]} ${verdict}**`))
  return judged(totals) === 0 ? '**no cells**' : parts.join(', ')
}
