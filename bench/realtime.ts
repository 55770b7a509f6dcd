import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openRun } from '../harness/run/open-run.ts'
import { Collector } from '../harness/vitest/reporter.ts'
import { tryCells } from '../harness/vitest/try-cells.ts'
import { startSandbox } from '../sandbox/index.ts'

const demo = fileURLToPath(new URL('..', import.meta.url))

/** Milliseconds by which the real service is late with the answer to a refused join. */
const refusalDelay = 5000

/**
 * Runs the demo's matrices of Realtime against a sandbox that answers refused joins as late as the real service.
 *
 * @returns how many cells there were, and the milliseconds from the first to the last.
 */
export async function realtimeRun(): Promise<{ readonly cells: number; readonly took: number }> {
  const root = await mkdtemp(join(tmpdir(), 'trespass-bench-'))
  try {
    await realtimeWorkspace(root)
    const sandbox = await startSandbox({ workspace: root, realtimeRefusalDelay: refusalDelay })
    try {
      const lines = [
        `TRESPASS_URL=${sandbox.url}`,
        `TRESPASS_PUBLISHABLE_KEY=${sandbox.publishableKey}`,
        `TRESPASS_SECRET_KEY=${sandbox.secretKey}`,
        `TRESPASS_DATABASE_URL=${sandbox.databaseUrl}`,
      ]
      await writeFile(join(root, '.env.late'), `${lines.join('\n')}\n`)
      return await timed(root)
    } finally {
      await sandbox.stop()
    }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function realtimeWorkspace(root: string): Promise<void> {
  await cp(join(demo, 'supabase'), join(root, 'supabase'), { recursive: true })
  await mkdir(join(root, 'matrices'))
  for (const file of await readdir(join(demo, 'matrices'))) {
    if (!file.startsWith('realtime-') && file !== 'actors.yaml') continue
    await cp(join(demo, 'matrices', file), join(root, 'matrices', file))
  }
}

async function timed(root: string): Promise<{ readonly cells: number; readonly took: number }> {
  const run = await openRun({ root, alias: 'late', onProgress: () => undefined })
  const collector = new Collector({ onCollected: () => undefined, onCell: () => undefined })
  const started = performance.now()
  await tryCells({ root, run, collector })
  const took = performance.now() - started
  await run.close('whole')
  const { records } = collector
  const held = records.filter(({ verdict }) => verdict === 'held').length
  if (held !== records.length) throw new Error(`${held} of ${records.length} cells of Realtime held`)
  return { cells: records.length, took }
}
