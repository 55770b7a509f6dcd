import { code, escaped } from '../evidence/markdown.ts'
import { judged } from '../evidence/totals.ts'
import { verdicts } from '../model/verdict.ts'
import { cellCount, fieldNames, fieldsOf, pathsInWords } from './fields.ts'
import type { Deployment, TestedRun, TestedScenario } from './model.ts'
import { reviewBlock } from './reviews.ts'

/** @returns the first lines of a record. */
export function headOf(migration: string, alias: string): string {
  return `# Deployment record: ${migration} on ${alias}

Written by \`trespass record\`, which adds sections and changes none. \`trespass verify\` on this file holds it against Git
and the reports.
`
}

/**
 * Formats one entry. Pure.
 *
 * @returns the text after the entry's heading; the same deployment always gives the same text.
 */
export function bodyOf(deployment: Deployment): string {
  const fields = fieldsOf(deployment)
  const lines = fieldNames.map((name) => `${name}: ${fields[name]}`)
  const { before, after, reviews } = deployment
  return [
    listOf(lines),
    runBlock('before', before.tested),
    runBlock('after', after.tested),
    ...(reviews.length === 0 ? [] : [reviewBlock(reviews)]),
    'A run shows what was tried, on the target and at the time that it names, and nothing beyond.',
  ].join('\n\n')
}

/** The block of an entry about one of its runs. */
export function runBlock(when: 'before' | 'after', tested: TestedRun | null): string {
  const title = `### Tested ${when} the migration`
  if (tested === null) return `${title}\n\nNo run.`
  const facts = [
    ...fixedFacts(tested),
    `Git revision: ${revisionOf(tested)}`,
    `Cells by path: ${pathsInWords(tested) || 'none'}`,
    `Scenarios: ${tested.scenarios.length === 0 ? 'none' : below(tested.scenarios.map(scenarioInWords))}`,
    `Signed by: ${tested.signedBy === null ? 'nobody' : `the key ${code(tested.signedBy)}`}`,
    `Not tested: ${below(untested(tested))}`,
  ]
  return `${title}\n\n${listOf(facts)}`
}

/**
 * The first lines about a run. `trespass verify` compares them with the run's report in entries of any age, so their wording
 * must not change.
 */
export function fixedFacts(tested: TestedRun): string[] {
  const { run, digest } = tested
  return [
    `Run: ${code(run.run)}`,
    `Manifest SHA-256: ${code(digest)}`,
    `Target: ${code(run.target.alias)} (${run.target.kind})`,
    `From ${run.startedAt} to ${run.finishedAt}`,
    `Schema fingerprint: ${run.schemaFingerprint === null ? 'not readable' : code(run.schemaFingerprint)}`,
    `Verdicts: ${verdictsInWords(tested)}`,
  ]
}

function scenarioInWords({ id, verdict, overlap: { asked, reached } }: TestedScenario): string {
  return `${code(id)}: ${verdict}, overlap ${reached} where ${asked} is asked for`
}

/** A nested list with its length. */
function below(lines: readonly string[]): string {
  return `${lines.length}${lines.map((line) => `\n  - ${line}`).join('')}`
}

/** @returns the lines as a list. */
export function listOf(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n')
}

function revisionOf({ run: { git } }: TestedRun): string {
  if (git === null) return 'outside a Git work tree'
  return `${code(git.revision)}${git.dirty ? ' with uncommitted changes' : ''}`
}

function verdictsInWords({ run: { totals } }: TestedRun): string {
  const counts = verdicts.filter((verdict) => totals[verdict] > 0).map((verdict) => `${totals[verdict]} ${verdict}`)
  return `${cellCount(judged(totals))}${counts.length === 0 ? '' : `: ${counts.join(', ')}`}`
}

function untested({ run, scenarios }: TestedRun): string[] {
  const unproven = run.invariants.filter(({ cells }) => cells.length === 0)
  return [
    ...run.notRun.map(({ why, cells }) => `${cellCount(cells)}: ${escaped(why)}`),
    ...unproven.map(({ id, matrix }) => `invariant ${code(id)} of ${code(matrix)}: no cell proves it`),
    ...(run.shard === null ? [] : [`everything outside of the shard ${code(run.shard)}`]),
    ...scenarios.flatMap(({ id, notRun }) => (notRun === undefined ? [] : [`${code(id)}: ${escaped(notRun)}`])),
    ...(run.chosen === undefined ? [] : [`what was left out by ${run.chosen.map(code).join(', ')}`]),
    ...(run.complete ? [] : ['what was still to come when the run was broken off']),
    ...run.limits.map(escaped),
    ...(scenarios.length > 0 ? [] : ['what only shows under concurrency: the run had no scenarios']),
  ]
}
