import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { execute } from '../harness/engine/execute.ts'
import { RunRecords } from '../harness/engine/run-records.ts'
import { openRun } from '../harness/run/open-run.ts'

const demo = fileURLToPath(new URL('..', import.meta.url))

/** Milliseconds by which the real service delays the answer to a refused join. */
const refusalDelay = 5000

/**
 * Runs the demo's matrices of Realtime against a sandbox with the real service's delay of refused joins.
 *
 * @returns the number of cells, and the milliseconds from the first to the last.
 */
export async function realtimeRun(): Promise<{ readonly cells: number; readonly took: number }> {
  const root = await mkdtemp(join(tmpdir(), 'trespass-bench-'))
  try {
    await fillWorkspace(root)
    const sandbox = await startLateSandbox(root)
    try {
      await writeFile(join(root, '.env.late'), sandbox.environment)
      return await timed(root)
    } finally {
      await sandbox.stop()
    }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function fillWorkspace(root: string): Promise<void> {
  await cp(join(demo, 'supabase'), join(root, 'supabase'), { recursive: true })
  await mkdir(join(root, 'matrices'))
  for (const file of await readdir(join(demo, 'matrices'))) {
    if (!file.startsWith('realtime-') && file !== 'actors.yaml') continue
    await cp(join(demo, 'matrices', file), join(root, 'matrices', file))
  }
}

const readySchema = z.object({
  event: z.literal('ready'),
  url: z.string(),
  publishableKey: z.string(),
  secretKey: z.string(),
  databaseUrl: z.string(),
  signingKey: z.json(),
})

/** Starts the sandbox in a process of its own, as a run does. */
async function startLateSandbox(root: string): Promise<{ readonly environment: string; stop(): Promise<void> }> {
  const main = ['--import', join(demo, 'build', 'typescript.js'), join(demo, 'sandbox', 'main.ts')]
  const args = [...main, '--workspace', root, '--realtime-refusal-delay', String(refusalDelay)]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const stop = async () => {
    child.stdin.end()
    await ended
  }
  for await (const line of createInterface({ input: child.stdout })) {
    const told: unknown = JSON.parse(line)
    const ready = readySchema.safeParse(told)
    if (!ready.success) continue
    const { url, publishableKey, secretKey, databaseUrl, signingKey } = ready.data
    const environment = [
      `TRESPASS_URL=${url}`,
      `TRESPASS_PUBLISHABLE_KEY=${publishableKey}`,
      `TRESPASS_SECRET_KEY=${secretKey}`,
      `TRESPASS_DATABASE_URL=${databaseUrl}`,
      `TRESPASS_JWT_PRIVATE_KEY='${JSON.stringify(signingKey)}'`,
    ]
    return { environment: environment.join('\n'), stop }
  }
  throw new Error('the sandbox did not start')
}

async function timed(root: string): Promise<{ readonly cells: number; readonly took: number }> {
  const run = await openRun({ root, alias: 'late', onProgress: () => undefined })
  const listener = new RunRecords()
  const started = performance.now()
  await execute({ run, listener })
  const took = performance.now() - started
  await run.close('whole')
  const { cells: records } = listener
  const held = records.filter(({ verdict }) => verdict === 'held').length
  if (held !== records.length) throw new Error(`${held} of ${records.length} cells of Realtime held`)
  return { cells: records.length, took }
}
