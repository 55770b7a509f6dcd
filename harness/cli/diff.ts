import { basename, resolve } from 'node:path'
import { TrespassError } from '../errors.ts'
import {
  type Acceptance,
  type AnyChange,
  acceptedName,
  readAccepted,
  type Weighed,
  weigh,
} from '../evidence/accepted.ts'
import { type CoverageChanges, coverageChanges } from '../evidence/coverage-diff.ts'
import { alarmingKinds, changeInWords, changesBetween } from '../evidence/diff.ts'
import type { Evidence } from '../evidence/evidence.ts'
import { findReport, newestReports } from '../evidence/find-report.ts'
import { projectsDiffer } from '../evidence/projects.ts'
import { readEvidence } from '../evidence/read.ts'
import { scenarioChangeInWords, scenarioChangeKinds, scenarioChangesBetween } from '../evidence/scenario-diff.ts'
import { changesOf, type SchemaChange, schemaChangeInWords, schemaChanges } from '../evidence/schema-diff.ts'
import { type Flag, readArguments } from './arguments.ts'
import { type Command, targetFlag, workspaceFlag } from './command.ts'
import { print } from './print.ts'
import { plain } from './terminal/text.ts'

const flags = { ...workspaceFlag, ...targetFlag } satisfies Readonly<Record<string, Flag>>

/** Prints the changes of every cell and every scenario between two runs against one target. */
export const diff: Command = {
  summary: 'says what changed between two reports of one target',
  words: '[OLDER NEWER]',
  flags,
  exits: {
    0: 'nothing opened, and nothing was lost',
    1: 'something opened or is not proven or tried any more, and accepted.yaml names no owner for it',
    2: 'bad usage or configuration, or a failure of Trespass itself',
  },
  examples: ['npx trespass diff', 'npx trespass diff reports/staging/monday reports/staging/tuesday'],
  async run(args) {
    const given = readArguments(args, flags)
    const root = resolve(given.text('workspace') ?? '.')
    const [older, newer] = await chosen(root, given.words, given.text('target'))
    const evidence: readonly [Evidence, Evidence] = [await readEvidence(older), await readEvidence(newer)]
    refuseDifferentTargets(evidence)
    const changes = changesIn(evidence)
    const weighed = weigh(changes, await readAccepted(root), new Date().toISOString().slice(0, 10))
    const schema = schemaBetween(evidence)
    const coverage = coverageBetween(evidence)
    for (const line of [...report(evidence, weighed, schema), ...coverageReport(evidence, coverage)]) print(plain(line))
    const opened = weighed.open.some(({ kind }) => alarmingKinds.some((alarming) => alarming === kind))
    return opened || coverage.lost.length + coverage.untried.length > 0 ? 1 : 0
  },
}

function changesIn([older, newer]: readonly [Evidence, Evidence]): readonly AnyChange[] {
  const [were, are] = [older, newer].map(({ scenarios }) => scenarios.map(({ record }) => record))
  return [...changesBetween(older.cells, newer.cells), ...scenarioChangesBetween(were ?? [], are ?? [])]
}

async function chosen(
  root: string,
  words: readonly string[],
  alias: string | undefined,
): Promise<readonly [string, string]> {
  const [older, newer, ...more] = words
  if (older === undefined) return newestReports(root, alias)
  if (newer === undefined || more.length > 0) {
    throw new TrespassError('usage', `found ${words.length} reports, expected two: the older and the newer`, {
      hint: 'Without any, the two newest of one target are compared.',
    })
  }
  return [await findReport(root, older), await findReport(root, newer)]
}

function refuseDifferentTargets([older, newer]: readonly [Evidence, Evidence]): void {
  const [a, b] = [older.run.target.alias, newer.run.target.alias]
  const hint = 'What one project allows says nothing about another.'
  if (a !== b) {
    throw new TrespassError('targets-differ', `found reports of ${a} and ${b}, expected two of one target`, { hint })
  }
  if (!projectsDiffer(older.run, newer.run)) return
  const found = `found that ${a} was another project in ${older.run.run} than in ${newer.run.run}`
  throw new TrespassError('reports-of-two-projects', `${found}, expected reports of one`, { hint })
}

/** @returns null if one of the reports has no schema facts. */
function schemaBetween([older, newer]: readonly [Evidence, Evidence]): readonly SchemaChange[] | null {
  return older.schema === null || newer.schema === null ? null : schemaChanges(older.schema, newer.schema)
}

/** @returns no changes if one of the reports has no coverage. */
function coverageBetween([older, newer]: readonly [Evidence, Evidence]): CoverageChanges {
  if (older.coverage === undefined || newer.coverage === undefined) return { lost: [], untried: [] }
  return coverageChanges(older.coverage, newer.coverage)
}

function coverageReport([older, newer]: readonly [Evidence, Evidence], { lost, untried }: CoverageChanges): string[] {
  if (older.coverage === undefined || newer.coverage === undefined) {
    return ['The coverage cannot be compared: one of the reports has none.']
  }
  return [
    ...(untried.length === 0 ? [] : [`newly reachable and never tried (${untried.length})`, ...untried.map(indented)]),
    ...(lost.length === 0 ? [] : [`coverage lost (${lost.length})`, ...lost.map(indented)]),
  ]
}

function indented(text: string): string {
  return `  ${text}`
}

function report(
  [older, newer]: readonly [Evidence, Evidence],
  weighed: Weighed,
  schema: readonly SchemaChange[] | null,
): string[] {
  const lines = [`${newer.run.run} against ${older.run.run}, on ${newer.run.target.alias}`]
  for (const { run } of [older, newer])
    if (!run.complete) lines.push(`  ${basename(run.run)} was broken off: it does not hold all cells`)
  for (const kind of scenarioChangeKinds) {
    const own = weighed.open.filter((change) => change.kind === kind)
    if (own.length > 0)
      lines.push(`${kind} (${own.length})`, ...own.flatMap((change) => describeChange(change, schema ?? [])))
  }
  if (weighed.accepted.length > 0) {
    lines.push(`accepted (${weighed.accepted.length})`)
    for (const { change, by } of weighed.accepted) {
      lines.push(
        ...describeChange(change, schema ?? []),
        `    ${by.owner} answers for it until ${by.until}: ${by.reason}`,
      )
    }
  }
  for (const expired of weighed.expired)
    lines.push(`${acceptedName}: ${named(expired)} (${expired.change}) expired on ${expired.until}`)
  for (const unused of weighed.unused) lines.push(`${acceptedName}: ${named(unused)} (${unused.change}) fits no change`)
  if (weighed.open.length + weighed.accepted.length === 0) {
    const scenarios = older.scenarios.length > 0 ? ' and every scenario' : ''
    lines.push(`Every cell${scenarios} is as it was.`)
  }
  if (schema === null) lines.push('The schemas cannot be compared: one of the runs had no database URL.')
  else if (schema.length > 0)
    lines.push(`schema (${schema.length})`, ...schema.map((change) => `  ${schemaChangeInWords(change)}`))
  return lines
}

function named({ cell, scenario }: Acceptance): string {
  return cell ?? `scenario ${scenario}`
}

function describeChange(change: AnyChange, schema: readonly SchemaChange[]): string[] {
  if (change.about === 'scenario') return [`  scenario ${change.id}`, `    ${scenarioChangeInWords(change)}`]
  const resource = (change.newer ?? change.older)?.resource ?? ''
  const since = changesOf(resource, schema).map((one) => `    since: ${schemaChangeInWords(one)}`)
  return [`  ${change.id}`, `    ${changeInWords(change)}`, ...since]
}
