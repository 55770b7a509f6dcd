import { TrespassError } from '../errors.ts'
import { groupBy } from '../group.ts'
import { coverageTotals } from '../model/coverage.ts'
import type { Layout, RunRecord } from '../model/record.ts'
import { mergedCoverage } from './coverage-merge.ts'
import type { Evidence } from './evidence.ts'
import { readEvidence } from './read.ts'
import { asProof, type DeclaresInvariants, invariantRecords, notRunRecords, totalsOf } from './totals.ts'

/** The facts that all shards of one run share, each with its name for messages. */
const shared: readonly (readonly [string, (run: RunRecord) => unknown])[] = [
  ['target', (run) => `${run.target.alias} (${run.target.kind})`],
  ['digest of the project', (run) => run.target.project ?? null],
  ['version of Trespass', (run) => run.tool.version],
  ['Git revision', (run) => run.git?.revision ?? null],
  ['uncommitted changes', (run) => run.git?.dirty ?? null],
  ['schema fingerprint', (run) => run.schemaFingerprint],
  ['holes', (run) => run.holes.toSorted()],
  ['chosen cells', (run) => run.chosen ?? []],
  ['number of shards', (run) => shardOf(run).of],
]

/**
 * Merges the reports of the shards of one run into one run, ready to be written as a report of its own.
 *
 * @param folders report folders in any order.
 * @returns the merged run. It is complete if every shard is present and complete.
 * @throws TrespassError `shards-differ` if the reports are not shards of one run, `duplicate-cell`, and the errors of {@link
 *   readEvidence}.
 */
export async function mergeRuns(folders: readonly string[]): Promise<Evidence> {
  const read: Evidence[] = []
  for (const folder of folders) read.push(await readEvidence(folder))
  return mergeEvidence(read)
}

/** Merges evidence that has been read, like {@link mergeRuns}. */
export function mergeEvidence(parts: readonly Evidence[]): Evidence {
  const sorted = parts.toSorted((a, b) => shardOf(a.run).number - shardOf(b.run).number)
  const runs = sorted.map(({ run }) => run)
  const [first] = runs
  if (first === undefined) throw new TrespassError('usage', 'found no report to merge, expected at least one')
  refuseDifferences(first, runs)
  const cells = sorted.flatMap((part) => part.cells)
  const scenarios = sorted.flatMap((part) => part.scenarios)
  refuseDuplicates([...cells, ...scenarios.map(({ record }) => record)])
  const left = runs.flatMap((run) => run.cleanup.left)
  const stays = runs.flatMap((run) => run.cleanup.stays ?? [])
  const kept = sum(runs, 'kept')
  const expiring = sum(runs, 'expiring')
  const { coverage: _, ...shared } = first
  const coverage = mergedCoverage(sorted.map((part) => part.coverage))
  const layout = mergedLayout(runs)
  const required = runs.find((run) => run.coverage !== undefined)?.coverage?.required ?? []
  return {
    run: {
      ...shared,
      run: `${first.run}-merged`,
      startedAt: least(runs.map((run) => run.startedAt)),
      finishedAt: most(runs.map((run) => run.finishedAt)),
      complete: runs.length === shardOf(first).of && runs.every((run) => run.complete),
      shard: null,
      ...(layout === undefined ? {} : { layout }),
      limits: [...new Set(runs.flatMap((run) => run.limits))],
      notRun: notRunRecords(cells),
      totals: totalsOf(cells),
      scenarios: totalsOf(scenarios.map(({ record }) => record)),
      invariants: invariantRecords(declarations(runs), [...cells, ...scenarios.map(({ record }) => asProof(record))]),
      cleanup: {
        made: sum(runs, 'made'),
        swept: sum(runs, 'swept'),
        ...(kept > 0 ? { kept } : {}),
        ...(expiring > 0 ? { expiring } : {}),
        left,
        ...(stays.length === 0 ? {} : { stays }),
      },
      ...(coverage === null ? {} : { coverage: coverageTotals(coverage, required) }),
    },
    ...(coverage === null ? {} : { coverage }),
    cells,
    scenarios,
    // All shards have the same fingerprint, so any of them has the facts.
    schema: sorted.find(({ schema }) => schema !== null)?.schema ?? null,
  }
}

/** All shards have one actors file; each may have read other matrices. */
function mergedLayout(runs: readonly RunRecord[]): Layout | undefined {
  const layouts = runs.flatMap(({ layout }) => layout ?? [])
  const matrices = new Map(layouts.flatMap((layout) => layout.matrices).map((one) => [one.matrix, one]))
  const actors = layouts[0]?.actors
  return actors === undefined ? undefined : { actors, matrices: [...matrices.values()] }
}

function refuseDifferences(first: RunRecord, runs: readonly RunRecord[]): void {
  for (const run of runs) {
    for (const [what, of] of shared) {
      const [a, b] = [JSON.stringify(of(first)), JSON.stringify(of(run))]
      if (a !== b) throw differ(`${what}: ${first.run} has ${a}, ${run.run} has ${b}`)
    }
    const file = differentFile(first, run)
    if (file !== null) throw differ(`the file ${file} is not the same in ${first.run} and ${run.run}`)
  }
  for (const [number, same] of groupBy(runs, (run) => shardOf(run).number)) {
    if (same.length > 1) throw differ(`shard ${number} is there ${same.length} times`)
  }
}

function differentFile(a: RunRecord, b: RunRecord): string | null {
  const hashes = new Map(a.files.map(({ file, sha256 }) => [file, sha256]))
  const changed = b.files.find(({ file, sha256 }) => hashes.get(file) !== sha256)
  if (changed !== undefined) return changed.file
  const names = new Set(b.files.map(({ file }) => file))
  return a.files.find(({ file }) => !names.has(file))?.file ?? null
}

function refuseDuplicates(cells: readonly { readonly id: string }[]): void {
  const seen = new Set<string>()
  for (const { id } of cells) {
    if (seen.has(id)) throw new TrespassError('duplicate-cell', `${id} is in more than one shard`)
    seen.add(id)
  }
}

/** The invariants that at least one of the shards declares, by matrix. */
function declarations(runs: readonly RunRecord[]): DeclaresInvariants[] {
  const declared = runs.flatMap((run) => run.invariants)
  return [...groupBy(declared, (invariant) => invariant.matrix)].map(([name, own]) => ({
    name,
    invariants: Object.fromEntries(own.map(({ id, sentence }) => [id, sentence])),
  }))
}

function shardOf(run: RunRecord): { number: number; of: number } {
  const [, number, of] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(run.shard ?? '') ?? []
  if (number === undefined || of === undefined || Number(number) > Number(of)) {
    throw differ(`${run.run} is no shard: found ${JSON.stringify(run.shard)}, expected such as "1/3"`)
  }
  return { number: Number(number), of: Number(of) }
}

function differ(what: string): TrespassError {
  return new TrespassError('shards-differ', `these reports are not shards of one run. ${what}`)
}

function sum(runs: readonly RunRecord[], what: 'made' | 'swept' | 'kept' | 'expiring'): number {
  return runs.reduce((total, run) => total + (run.cleanup[what] ?? 0), 0)
}

/** Times in ISO 8601 and UTC sort as text. */
function least(times: readonly string[]): string {
  return times.toSorted()[0] ?? ''
}

function most(times: readonly string[]): string {
  return times.toSorted().at(-1) ?? ''
}
