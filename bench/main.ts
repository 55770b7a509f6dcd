import { spawn } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execute } from '../harness/engine/execute.ts'
import { RunRecords } from '../harness/engine/run-records.ts'
import { writeEvidence } from '../harness/evidence/write.ts'
import { openJournal } from '../harness/fixtures/journal.ts'
import { importModule } from '../harness/run/import-module.ts'
import { openRun } from '../harness/run/open-run.ts'
import { openWitness } from '../harness/run/open-witness.ts'
import type { Run } from '../harness/run/run.ts'
import { runRecord } from '../harness/run/run-record.ts'
import { loadConfig } from '../harness/workspace/config.ts'
import { loadEnvironment } from '../harness/workspace/environment.ts'
import { openTarget } from '../harness/workspace/open-target.ts'
import { bareRequests, restoreRows } from './bare.ts'
import { changesRun } from './changes.ts'
import { distanceTo } from './distance.ts'
import { evidenceRun } from './evidence.ts'
import { realtimeRun } from './realtime.ts'
import { scenarioRun } from './scenarios.ts'
import { storageRun } from './storage.ts'
import { largeWorkspace } from './workspace.ts'

/** Milliseconds of a round trip to a project on another continent. */
const roundTrip = 80

/** Prints what a run costs, against the bare requests of the same run; one part of it when that is named. */
async function bench(part: string | undefined): Promise<void> {
  if (part === undefined || part === 'demo') {
    const demo = await demoRun()
    row('demo: first verdict', `${seconds(demo.first)} s after \`trespass run\``)
    row('demo: end', `${seconds(demo.end)} s, aim 10 s`)
  }
  if (part === undefined || part === 'near') await inWorkspace(5000, nearRun)
  if (part === undefined || part === 'far') await inWorkspace(1000, farRun)
  if (part === undefined || part === 'changes') await inWorkspace(1000, changesOfRun)
  if (part === undefined || part === 'evidence') {
    const { cells, write, verify, cpu, memory, page, total } = await evidenceRun(10_000)
    row(`evidence of ${cells.toLocaleString('en')} cells: written`, `${seconds(write)} s`)
    row('verified', `${seconds(verify)} s, aim 2 s for both`)
    row('processor time of both', `${seconds(cpu)} s`)
    row('memory beyond the records', `${Math.round(memory)} MB, aim 100 MB`)
    row('on the disk', `${megabytes(total)} MB, of which report.html ${megabytes(page)} MB`)
  }
  if (part === undefined || part === 'storage') {
    const { cells, judged, bare } = await storageRun(400)
    row(`${cells} cells of Storage, half writes`, `${perSecond(cells, judged)} cells/s, ${seconds(judged)} s`)
    row('the same requests, bare', `${perSecond(cells, bare)} requests/s, ${seconds(bare)} s`)
    row('ratio', (judged / bare).toFixed(2))
  }
  if (part === undefined || part === 'scenarios') {
    const { rounds, contestants, took, contending, overlapped } = await scenarioRun(50, 16)
    row(`${rounds} rounds of ${contestants} contestants`, `${perSecond(rounds, took)} rounds/s, ${seconds(took)} s`)
    row('ratio to the contests alone', (took / contending).toFixed(2))
    row('rounds at overlap level 3 or more', `${overlapped} of ${rounds}, aim all`)
  }
  if (part === undefined || part === 'page') {
    // Loaded here, or the browser's driver would be part of the memory of a run.
    const { pageRun } = await import('./page.ts')
    const page = await pageRun(10_000)
    if (page === null) row('10,000 cells in a browser', 'no Chromium was found: name one in CHROMIUM_BIN')
    else {
      row('10,000 cells in a browser: open', `${seconds(page.opened)} s, ${page.megabytes.toFixed(1)} MB, aim 2 s`)
      row('a cell told, a filter applied', `${seconds(page.told)} s, ${seconds(page.filtered)} s`)
    }
  }
  if (part === undefined || part === 'realtime') {
    const { cells, took } = await realtimeRun()
    row(`${cells} cells of Realtime`, `${seconds(took)} s, refused joins answered 5 s late, aim 30 s for 200`)
  }
}

async function inWorkspace(cells: number, measure: (root: string) => Promise<void>): Promise<void> {
  const root = await largeWorkspace(cells)
  try {
    await measure(root)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

/** On this machine, where Trespass itself is what takes time. */
async function nearRun(root: string): Promise<void> {
  const opening = performance.now()
  let ready = opening
  const onProgress = (text: string): void => {
    if (text === 'reading the catalog') ready = performance.now()
  }
  const run = await openRun({ root, onProgress })
  row('sandbox: ready', `${seconds(ready - opening)} s, aim 3 s`)
  const { judged, bare, memory, cpu } = await againstBare(root, run, 5000)
  row('5,000 cells, half of them writes', `${perSecond(5000, judged)} cells/s, ${seconds(judged)} s`)
  row('the same requests, bare', `${perSecond(5000, bare)} requests/s, ${seconds(bare)} s`)
  row('ratio', `${(judged / bare).toFixed(2)}, aim 1.5`)
  row('processor time of the run', `${seconds(cpu)} s`)
  row('peak memory of the run', `${Math.round(memory)} MB, aim 300 MB`)
}

async function changesOfRun(root: string): Promise<void> {
  const { whole, fixtures } = await changesRun(root, 1000)
  row('1,000 cells, changes from the log', `${seconds(whole)} s`)
  row('the same, fixtures compared', `${seconds(fixtures)} s`)
  row('ratio', `${(whole / fixtures).toFixed(2)}, aim 1.1`)
}

/** As on a project far away, where every round trip takes time: of a request, and of a statement of the witness. */
async function farRun(root: string): Promise<void> {
  const config = await loadConfig(root, importModule)
  const environment = loadEnvironment(root, 'sandbox', process.env)
  const sandbox = await openTarget({ root, config, environment, sandbox: { holes: [] }, onProgress: () => undefined })
  const closing: (() => void)[] = []
  const far = async (address: string): Promise<string> => {
    const url = new URL(address)
    const distance = await distanceTo(Number(url.port), roundTrip / 2)
    closing.push(distance.close)
    url.port = String(distance.port)
    return url.href
  }
  try {
    const { endpoint, privileged, databaseUrl } = sandbox.target
    const lines = [
      `TRESPASS_URL=${await far(endpoint.url)}`,
      `TRESPASS_PUBLISHABLE_KEY=${endpoint.publishableKey}`,
      `TRESPASS_SECRET_KEY=${privileged?.secretKey}`,
      `TRESPASS_DATABASE_URL=${await far(databaseUrl ?? '')}`,
    ]
    await writeFile(join(root, '.env.far'), `${lines.join('\n')}\n`)
    const opening = performance.now()
    const run = await openRun({ root, alias: 'far', concurrency: 8, onProgress: () => undefined })
    row(`${roundTrip} ms away: ready`, `${seconds(performance.now() - opening)} s, with 25 sign-ins`)
    const { judged, bare } = await againstBare(root, run, 1000)
    row('1,000 cells, half of them writes', `${perSecond(1000, judged)} cells/s, ${seconds(judged)} s`)
    row('the same requests, bare', `${perSecond(1000, bare)} requests/s, ${seconds(bare)} s`)
    row('ratio', `${(judged / bare).toFixed(2)}, aim 1.5`)
  } finally {
    for (const close of closing) close()
    await sandbox.close()
  }
}

/** What a run and its own bare requests took, in milliseconds, with its processor time and its memory in megabytes. */
interface Costs {
  readonly judged: number
  readonly bare: number
  readonly cpu: number
  readonly memory: number
}

async function againstBare(root: string, run: Run, cells: number): Promise<Costs> {
  const listener = new RunRecords()
  const started = performance.now()
  const before = process.cpuUsage()
  await execute({ run, listener })
  const { cells: records } = listener
  const record = runRecord({
    opened: run,
    startedAt: new Date(),
    complete: true,
    git: null,
    version: 'bench',
    shard: null,
    chosen: [],
    holes: [],
    cells: records,
    scenarios: [],
    cleanup: { made: 0, swept: 0, left: [] },
  })
  await writeEvidence(root, { run: record, cells: records, schema: run.schema?.facts ?? null, scenarios: [] })
  const judged = performance.now() - started
  const { user, system } = process.cpuUsage(before)
  const memory = process.resourceUsage().maxRSS / 1024
  const held = records.filter(({ verdict }) => verdict === 'held').length
  if (held !== cells) throw new Error(`${held} of ${cells} cells held: the bench measures something else than it says`)
  const witness = await openWitness(run.context.target)
  const journal = openJournal({ workspace: root, run: run.context.runId, alias: run.context.target.alias })
  await restoreRows(run.context, witness, journal, records)
  const bare = await bareRequests(run.context, records)
  await witness.close()
  journal.close()
  await run.close('whole')
  return { judged, bare, cpu: (user + system) / 1000, memory }
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

function perSecond(count: number, milliseconds: number): number {
  return Math.round((count / milliseconds) * 1000)
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(2)
}

await bench(process.argv[2])
process.exit()
