import type { Deployment, TestedRun } from '../../harness/deployments/model.ts'
import type { RunRecord } from '../../harness/model/record.ts'
import { exampleCell, exampleRun } from './example-records.ts'

/**
 * Deployments for tests, and for the sample in docs/records.md: a migration at ten, a run in the night before and one in
 * the night after.
 */

const exampleAppliedAt = '2026-03-02T10:00:00.000Z'

/** A digest that is recognisably made up. */
function hex(begins: string, digits: number): string {
  return begins.padEnd(digits, '0')
}

/** A run on staging that held; it is before the application unless its times say otherwise. */
export function exampleTested(changes: Partial<RunRecord> = {}): TestedRun {
  const run = exampleRun([exampleCell(), exampleCell({ actor: 'bob' })], {
    run: 'before',
    startedAt: '2026-03-02T02:00:00.000Z',
    finishedAt: '2026-03-02T02:00:09.000Z',
    schemaFingerprint: 'aa00',
    ...changes,
  })
  return { run, digest: hex('d1', 64), paths: [{ path: 'data-api', cells: 2 }], scenarios: [], signedBy: null }
}

/** The run after the application. */
export function exampleAfter(changes: Partial<RunRecord> = {}): TestedRun {
  const times = { startedAt: '2026-03-03T02:00:00.000Z', finishedAt: '2026-03-03T02:00:09.000Z' }
  return exampleTested({ run: 'after', ...times, schemaFingerprint: 'bb11', ...changes })
}

/** A deployment with every check completed. */
export function exampleDeployment(changes: Partial<Deployment> = {}): Deployment {
  return {
    alias: 'staging',
    appliedAt: exampleAppliedAt,
    result: 'applied',
    before: { tested: exampleTested(), newest: { run: 'before', fingerprint: 'aa00' } },
    after: { tested: exampleAfter(), newest: { run: 'after', fingerprint: 'bb11' } },
    migration: {
      file: 'supabase/migrations/20260302090000_invoices.sql',
      revision: hex('c0ffee', 40),
      sha256: hex('ab12', 64),
    },
    reviews: [],
    said: {
      appliedBy: 'Dana',
      appliedAt: exampleAppliedAt,
      method: 'supabase db push',
      result: 'applied',
      deviations: 'none',
      followUp: null,
    },
    ...changes,
  }
}
