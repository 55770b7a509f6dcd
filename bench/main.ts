import { spawn } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Target } from '../harness/model/target.ts'
import { importModule } from '../harness/run/import-module.ts'
import { loadConfig } from '../harness/workspace/config.ts'
import { loadEnvironment } from '../harness/workspace/environment.ts'
import { openTarget } from '../harness/workspace/open-target.ts'
import { againstBare, type Comparison, inParts, total } from './against-bare.ts'
import { changesRun } from './changes.ts'
import { distanceTo } from './distance.ts'
import { evidenceRun } from './evidence.ts'
import { realtimeRun } from './realtime.ts'
import { scenarioRun } from './scenarios.ts'
import { storageRun } from './storage.ts'
import { largeWorkspace, type WorkspaceSize } from './workspace.ts'

/** Milliseconds of a round trip to a project on another continent. */
const roundTrip = 80

/** Prints the costs of a run, against the bare requests of the same run; only one part if it is named. */
async function bench(part: string | undefined): Promise<void> {
  if (part === undefined || part === 'demo') {
    const demo = await demoRun()
    row('demo: first verdict', `${seconds(demo.first)} s after \`trespass run\``)
    row('demo: end', `${seconds(demo.end)} s, aim 10 s`)
  }
  if (part === undefined || part === 'near') {
    await nearRun(2000, 1)
    await nearRun(2000, 20)
  }
  // Minutes each: named only.
  if (part === 'large') {
    await nearRun(10_000, 1, 3)
    await nearRun(10_000, 100, 3)
  }
  if (part === 'largest') await nearRun(50_000, 1, 1)
  if (part === undefined || part === 'far') {
    await farRun(1000, 1, 1.25)
    await farRun(1000, 10, 1.4)
  }
  if (part === undefined || part === 'changes') await inWorkspace({ cells: 1000, matrices: 1 }, changesOfRun)
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
    // Imported here, so that the browser's driver does not count in the memory of other runs.
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

async function inWorkspace(size: WorkspaceSize, measure: (root: string) => Promise<void>): Promise<void> {
  const root = await largeWorkspace(size)
  try {
    await measure(root)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

/** A target on this machine, where Trespass itself takes most of the time. */
async function nearRun(cells: number, matrices: number, passes = 5): Promise<void> {
  await inWorkspace({ cells, matrices }, async (root) => {
    const config = await loadConfig(root, importModule)
    const environment = loadEnvironment(root, 'sandbox', process.env)
    const opening = performance.now()
    const sandbox = await openTarget({ root, config, environment, sandbox: { holes: [] }, onProgress: () => undefined })
    try {
      row('sandbox: ready', `${seconds(performance.now() - opening)} s, aim 2 s`)
      const { target } = sandbox
      await writeFile(join(root, '.env.near'), variables(target, target.endpoint.url, target.databaseUrl ?? ''))
      const compared = await againstBare({ root, alias: 'near', onProgress: () => undefined }, cells, passes)
      show(`${count(cells)} cells in ${matrices === 1 ? 'one matrix' : `${matrices} matrices`}`, compared, cells, 1.25)
      row('peak memory', `${Math.round(compared.memory)} MB, aim 250 MB`)
    } finally {
      await sandbox.close()
    }
  })
}

/** @param aim the ratio to the bare requests. */
function show(name: string, { judged, bare }: Comparison, cells: number, aim: number): void {
  row(`${name}, half writes`, `${perSecond(cells, judged.wall)} cells/s, ${seconds(judged.wall)} s`)
  row('the same requests, bare', `${perSecond(cells, bare.wall)} requests/s, ${seconds(bare.wall)} s`)
  row('ratio', `${(judged.wall / bare.wall).toFixed(2)}, aim ${aim}`)
  row('ratio of processor time', `${(total(judged.processor) / total(bare.processor)).toFixed(2)}, aim ${aim}`)
  row('where it went', inParts(judged.processor))
  row('of the bare requests', inParts(bare.processor))
}

/** The environment file of a target that is the open sandbox. */
function variables({ endpoint, privileged }: Target, url: string, databaseUrl: string): string {
  const lines = [
    `TRESPASS_URL=${url}`,
    `TRESPASS_PUBLISHABLE_KEY=${endpoint.publishableKey}`,
    `TRESPASS_SECRET_KEY=${privileged?.secretKey}`,
    `TRESPASS_DATABASE_URL=${databaseUrl}`,
  ]
  return `${lines.join('\n')}\n`
}

async function changesOfRun(root: string): Promise<void> {
  const { whole, fixtures } = await changesRun(root, 1000)
  row('1,000 cells, changes from the log', `${seconds(whole)} s`)
  row('the same, fixtures compared', `${seconds(fixtures)} s`)
  row('ratio', `${(whole / fixtures).toFixed(2)}, aim 1.1`)
}

/** A distant target: every round trip takes time, that of a request as well as that of a statement of the witness. */
async function farRun(cells: number, matrices: number, aim: number): Promise<void> {
  await inWorkspace({ cells, matrices }, async (root) => {
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
      const { target } = sandbox
      const [url, databaseUrl] = [await far(target.endpoint.url), await far(target.databaseUrl ?? '')]
      await writeFile(join(root, '.env.far'), variables(target, url, databaseUrl))
      const compared = await againstBare({ root, alias: 'far', concurrency: 8, onProgress: () => undefined }, cells, 3)
      row(`${roundTrip} ms away: ready`, `${seconds(compared.opening)} s, with 25 sign-ins`)
      show(`${count(cells)} cells in ${matrices === 1 ? 'one matrix' : `${matrices} matrices`}`, compared, cells, aim)
    } finally {
      for (const close of closing) close()
      await sandbox.close()
    }
  })
}

/** The command as a user runs it, timed from its start. */
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
  console.log(`${name.padEnd(46)}${value}`)
}

function perSecond(count: number, milliseconds: number): number {
  return Math.round((count / milliseconds) * 1000)
}

function count(cells: number): string {
  return cells.toLocaleString('en')
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(2)
}

await bench(process.argv[2])
process.exit()
