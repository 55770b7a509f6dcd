import { attemptsDigest } from '../evidence/attempts-digest.ts'
import { asProof, invariantRecords, notRunRecords, totalsOf } from '../evidence/totals.ts'
import type { CoverageTotals } from '../model/coverage.ts'
import type { CellRecord, CleanupRecord, RunRecord } from '../model/record.ts'
import type { ScenarioRecord } from '../model/scenario.ts'
import type { Target } from '../model/target.ts'
import type { GitState } from '../workspace/git.ts'
import { projectDigest } from '../workspace/project-ref.ts'
import { layoutOf } from './layout.ts'
import { limitsOf } from './limits.ts'
import type { Run } from './run.ts'
import { missingDefaultGrants } from './schema-causes.ts'

/** @returns the content of `run.json` for a run that has ended. */
export function runRecord(ended: {
  readonly opened: Run
  readonly startedAt: Date
  readonly complete: boolean
  readonly git: GitState | null
  readonly version: string
  readonly shard: string | null
  /** The flags that left cells out. */
  readonly chosen: readonly string[]
  readonly holes: readonly string[]
  readonly cells: readonly CellRecord[]
  readonly scenarios: readonly ScenarioRecord[]
  readonly cleanup: CleanupRecord
  /** Null or left out where it was not measured. */
  readonly coverage?: CoverageTotals | null
}): RunRecord {
  const { opened, cells, scenarios, cleanup } = ended
  const { context, workspace, schema } = opened
  const declared = [
    ...workspace.matrices.map(({ matrix }) => matrix),
    ...opened.scenarios.map(({ scenario }) => scenario),
  ]
  return {
    schema: 'trespass/run@1',
    run: context.runId,
    startedAt: ended.startedAt.toISOString(),
    finishedAt: new Date().toISOString(),
    complete: ended.complete,
    target: targetRecord(context.target),
    git: ended.git,
    tool: { name: 'trespass', version: ended.version, node: process.version },
    shard: ended.shard,
    ...(ended.chosen.length === 0 ? {} : { chosen: ended.chosen }),
    holes: ended.holes,
    ...(opened.oldDefaultGrants === true ? { oldDefaultGrants: true } : {}),
    ...(context.repeat.workspace === undefined ? {} : { workspace: context.repeat.workspace }),
    layout: layoutOf(workspace),
    limits: [...limitsOf(context.target, context), ...grantLimits(opened)],
    notRun: notRunRecords(cells),
    files: filesOf(opened),
    schemaFingerprint: schema?.fingerprint ?? null,
    totals: totalsOf(cells),
    scenarios: totalsOf(scenarios),
    invariants: invariantRecords(declared, [...cells, ...scenarios.map(asProof)]),
    cleanup,
    ...(ended.coverage ? { coverage: ended.coverage } : {}),
  }
}

function filesOf({ files, workspace }: Run): RunRecord['files'] {
  const digests = new Map(workspace.matrices.map(({ matrix }) => [matrix.file, attemptsDigest(matrix)]))
  return files.map(({ file, sha256 }) => {
    const attempts = digests.get(file)
    return { file, sha256, ...(attempts === undefined ? {} : { attempts }) }
  })
}

/**
 * A sandbox's default grants decide which new tables can be reached: the report names them where the migrations do not set them.
 */
function grantLimits({ context, schema, oldDefaultGrants }: Run): readonly string[] {
  const missing = missingDefaultGrants(schema?.facts ?? [], context.target.kind)
  const old = 'new tables were granted to the API roles as on projects made before 2026 (--old-default-grants)'
  return [...(missing === null ? [] : [missing]), ...(oldDefaultGrants === true ? [old] : [])]
}

/** @returns the part of a report about its target: no address, no key and no ref. */
export function targetRecord({ alias, kind, endpoint, databaseUrl, versions }: Target): RunRecord['target'] {
  const project = projectDigest(endpoint.url, databaseUrl)
  return { alias, kind, ...(project === null ? {} : { project }), versions }
}
