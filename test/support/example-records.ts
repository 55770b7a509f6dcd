import { totalsOf } from '../../harness/evidence/totals.ts'
import type { CellRecord, OutcomeRecord, RunRecord } from '../../harness/model/record.ts'

/** Complete and plausible records for tests; a test states only the fields that it is about. */

export const exampleOutcome: OutcomeRecord = {
  method: 'PATCH',
  request: '/rest/v1/documents?id=eq.5f0c3c1e-5b9a-4a39-9a2e-0d7f9f0b6b12',
  prefer: 'return=minimal',
  body: { title: 'defaced' },
  status: 204,
  code: null,
  message: null,
  face: 'no-content',
  meaning: { kind: 'done' },
  reading: null,
}

/** A cell that held: mallory may not rename, and alice may. */
export function exampleCell(changes: Partial<CellRecord> = {}): CellRecord {
  const cell: CellRecord = {
    id: '',
    matrix: 'documents',
    actor: 'mallory',
    actorKind: 'authenticated',
    credential: 'intact',
    path: 'data-api',
    operation: 'rename theirs',
    resource: 'table public.documents',
    expected: { decision: 'deny', layers: ['unauthenticated', 'grant', 'rls', 'filtered'] },
    verdict: 'held',
    denial: 'filtered',
    because: 'refused: no row was reached',
    outcome: { ...exampleOutcome, meaning: { kind: 'denied', layer: 'filtered' } },
    effect: { kind: 'nothing' },
    control: { by: 'alice', outcome: exampleOutcome, effect: { kind: 'happened', what: 'title mine → defaced' } },
    comparison: null,
    invariants: ['DOC-1'],
    at: { file: 'matrices/documents.matrix.yaml', line: 31, column: 12 },
    startedAt: '2026-03-01T02:00:01.000Z',
    durationMs: 12.5,
    ...changes,
  }
  return { ...cell, id: changes.id ?? `${cell.matrix} › ${cell.actor} › ${cell.operation}` }
}

/** The same cell as a breach. */
export function exampleBreach(changes: Partial<CellRecord> = {}): CellRecord {
  return exampleCell({
    verdict: 'breach',
    denial: null,
    because: 'a denial was expected, it happened: title theirs → defaced',
    outcome: exampleOutcome,
    effect: { kind: 'happened', what: 'title theirs → defaced' },
    ...changes,
  })
}

export function exampleRun(cells: readonly CellRecord[], changes: Partial<RunRecord> = {}): RunRecord {
  return {
    schema: 'trespass/run@1',
    run: 'r20260301-020000',
    startedAt: '2026-03-01T02:00:00.000Z',
    finishedAt: '2026-03-01T02:00:09.000Z',
    complete: true,
    target: { alias: 'staging', kind: 'hosted', versions: { postgrest: '12.0.2' } },
    git: { revision: '0123abc', dirty: false },
    tool: { name: 'trespass', version: '0.1.0', node: '20.19.0' },
    shard: null,
    holes: [],
    limits: [],
    notRun: [],
    files: [{ file: 'matrices/documents.matrix.yaml', sha256: 'aa11' }],
    schemaFingerprint: 'ff00',
    totals: totalsOf(cells),
    scenarios: totalsOf([]),
    invariants: [],
    cleanup: { made: 310, swept: 310, left: [] },
    ...changes,
  }
}
