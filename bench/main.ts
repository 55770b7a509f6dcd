import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { writeEvidence } from '../harness/evidence/write.ts'
import { openJournal } from '../harness/fixtures/journal.ts'
import { openRun } from '../harness/run/open-run.ts'
import { openWitness } from '../harness/run/open-witness.ts'
import { runRecord } from '../harness/run/run-record.ts'
import { Collector } from '../harness/vitest/reporter.ts'
import { tryCells } from '../harness/vitest/try-cells.ts'
import { bareRequests, restoreRows } from './bare.ts'
import { largeWorkspace } from './workspace.ts'

/** Prints what a run costs, against the bare requests of the same run. */
async function bench(): Promise<void> {
  const demo = await demoRun()
  row('demo: first verdict', `${seconds(demo.first)} s after \`trespass run\``)
  row('demo: end', `${seconds(demo.end)} s, aim 10 s`)
  const root = await largeWorkspace()
  try {
    await largeRun(root)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function largeRun(root: string): Promise<void> {
  const opening = performance.now()
  let ready = opening
  const onProgress = (text: string): void => {
    if (text === 'reading the catalog') ready = performance.now()
  }
  const run = await openRun({ root, onProgress })
  row('sandbox: ready', `${seconds(ready - opening)} s, aim 3 s`)
  const collector = new Collector({ onCollected: () => undefined, onCell: () => undefined })
  const started = performance.now()
  await tryCells({ root, run, collector })
  const records = collector.records
  const cleanup = { made: 0, swept: 0, left: [] }
  const record = runRecord({
    opened: run,
    startedAt: new Date(),
    complete: true,
    git: null,
    version: 'bench',
    shard: null,
    holes: [],
    cells: records,
    cleanup,
  })
  await writeEvidence(root, { run: record, cells: records, schema: run.schema?.facts ?? null })
  const judged = performance.now() - started
  const memory = process.resourceUsage().maxRSS / 1024
  const held = records.filter(({ verdict }) => verdict === 'held').length
  if (held !== 5_000) throw new Error(`${held} of 5,000 cells held: the bench measures something else than it says`)
  const witness = await openWitness(run.context.target)
  const journal = openJournal({ workspace: root, run: run.context.runId, alias: run.context.target.alias })
  await restoreRows(run.context, witness, journal, records)
  const bare = await bareRequests(run.context, records)
  await witness.close()
  journal.close()
  await run.close('whole')
  row(
    '5,000 cells, half of them writes',
    `${Math.round((records.length / judged) * 1000)} cells/s, ${seconds(judged)} s`,
  )
  row('the same requests, bare', `${Math.round((records.length / bare) * 1000)} requests/s, ${seconds(bare)} s`)
  row('ratio', `${(judged / bare).toFixed(2)}, aim 1.5`)
  row('peak memory of the run', `${Math.round(memory)} MB, aim 300 MB`)
}

/** The command as a person gives it, from its start. */
function demoRun(): Promise<{ readonly first: number; readonly end: number }> {
  const start = performance.now()
  const command = fileURLToPath(new URL('../bin/trespass.js', import.meta.url))
  const child = spawn(process.execPath, [command, 'run'], { stdio: ['ignore', 'ignore', 'pipe'] })
  let first = 0
  child.stderr.on('data', (chunk: Buffer) => {
    if (first === 0 && chunk.toString().includes(' held')) first = performance.now() - start
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve({ first, end: performance.now() - start })
      else reject(new Error(`the demo ended with ${code}`))
    })
  })
}

function row(name: string, value: string): void {
  console.log(`${name.padEnd(36)}${value}`)
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(2)
}

await bench()
process.exit()
