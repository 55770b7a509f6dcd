import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { readEvidence } from '../../harness/evidence/read.ts'
import { faults, untilUp } from './faults.ts'
import { type Disturbance, planRuns } from './plan.ts'
import { type Ended, type Services, startServices, startTrespass } from './services.ts'
import { leftovers, type Traces, tracesOf } from './traces.ts'
import { cellCount, writeWorkspace } from './workspace.ts'

type Verdicts = ReadonlyMap<string, string>

/** The result of one run, printed as one line of JSON. */
interface Result extends Disturbance {
  readonly run: number
  /** False if the run ended before the moment came. */
  readonly disturbed: boolean
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly seconds: number
  /** The number of cells by verdict; null without a report. */
  readonly verdicts: Readonly<Record<string, number>> | null
  /** Whether the run left a journal, so that `trespass cleanup` had something to sweep. */
  readonly journal: boolean
  /** Leftovers, other verdicts, wrong exit codes. */
  readonly findings: readonly string[]
}

/** Verdicts that a disturbed run may give instead: they prove nothing. */
const withoutProof = ['inconclusive', 'error']

class Night {
  readonly #services: Services
  readonly #root: string
  readonly #temporary: string
  #whole: Verdicts = new Map()
  #before: Traces = {}
  /** Milliseconds of an undisturbed run. */
  #duration = 0

  constructor(services: Services, root: string, temporary: string) {
    this.#services = services
    this.#root = root
    this.#temporary = temporary
  }

  #traces(): Promise<Traces> {
    return tracesOf(this.#services, this.#root, this.#temporary)
  }

  #start(command: string, ...flags: string[]) {
    return startTrespass([command, '--workspace', this.#root, ...flags], this.#temporary)
  }

  /** Runs once undisturbed for verdicts and duration, after a first run that makes what only the first run makes. */
  async prepare(): Promise<void> {
    await this.#start('run', '--target', 'night').ended
    this.#removeReports()
    this.#before = await this.#traces()
    const started = performance.now()
    const ended = await this.#start('run', '--target', 'night').ended
    this.#duration = performance.now() - started
    const verdicts = await this.#verdicts()
    if (verdicts?.size !== cellCount)
      throw new Error(`the undisturbed run gave no ${cellCount} verdicts:\n${ended.text}`)
    this.#whole = verdicts
    this.#removeReports()
    const left = await leftovers(() => this.#traces(), this.#before)
    if (left.length > 0) throw new Error(`the undisturbed run left:\n${left.join('\n')}`)
  }

  async run(number: number, disturbance: Disturbance): Promise<Result> {
    const findings: string[] = []
    const started = performance.now()
    const running = this.#start('run', '--target', 'night')
    const done = new AbortController()
    const disturbing = this.#disturb(disturbance, running.child, done.signal)
    const ended = await running.ended
    done.abort()
    const disturbed = await disturbing
    const seconds = Math.round((performance.now() - started) / 100) / 10
    await untilUp(this.#services)
    const verdicts = await this.#verdicts()
    findings.push(...this.#otherVerdicts(verdicts), ...this.#wrongEnd(disturbance, ended, verdicts))
    const journal = this.#hasJournal()
    if (journal && ended.signal === null && !ended.text.includes('`trespass cleanup')) {
      findings.push(`a journal stays, and the run does not name trespass cleanup:\n${ended.text.slice(-2000)}`)
    }
    if (journal || ended.signal !== null) {
      const { code, text } = await this.#start('cleanup').ended
      if (code !== 0) findings.push(`cleanup ended with ${code}:\n${text}`)
    }
    this.#removeReports()
    findings.push(...(await leftovers(() => this.#traces(), this.#before)))
    const { code, signal } = ended
    return {
      run: number,
      ...disturbance,
      disturbed,
      code,
      signal,
      seconds,
      verdicts: countsOf(verdicts),
      journal,
      findings,
    }
  }

  async #disturb({ kind, moment, away }: Disturbance, child: { kill(signal: 'SIGKILL'): boolean }, done: AbortSignal) {
    if (kind === 'none') return false
    const isDue = await wait(moment * this.#duration, true, { signal: done }).catch(() => false)
    if (isDue && kind === 'kill') child.kill('SIGKILL')
    else if (isDue) await faults[kind]?.(this.#services, away)
    return isDue
  }

  #otherVerdicts(verdicts: Verdicts | null): string[] {
    return [...(verdicts ?? [])].flatMap(([cell, verdict]) => {
      const expected = this.#whole.get(cell)
      return verdict === expected || withoutProof.includes(verdict)
        ? []
        : [`${cell}: ${verdict}, undisturbed: ${expected}`]
    })
  }

  #wrongEnd({ kind }: Disturbance, { code, signal, text }: Ended, verdicts: Verdicts | null): string[] {
    if (signal !== null) return kind === 'kill' ? [] : [`the run ended by ${signal}`]
    if (/a bug in Trespass/.test(text)) return [`the run reports a bug:\n${text.slice(-2000)}`]
    if (kind === 'none' && (code !== 1 || countsOf(verdicts)?.inconclusive !== undefined)) {
      return [`an undisturbed run ended with ${code}: ${JSON.stringify(countsOf(verdicts))}`]
    }
    return code === 1 || code === 2 || code === 3 ? [] : [`the run ended with ${code}:\n${text.slice(-2000)}`]
  }

  /** @returns the verdicts of the report; null if there is none, or only one that a kill has cut off. */
  async #verdicts(): Promise<Verdicts | null> {
    const folder = join(this.#root, 'reports', 'night')
    const [name] = existsSync(folder) ? readdirSync(folder).filter((name) => /^\d/.test(name)) : []
    if (name === undefined) return null
    const { cells } = await readEvidence(join(folder, name))
    return new Map(cells.map(({ id, verdict }) => [id, verdict]))
  }

  /** Whole reports stay by design; an unfinished one is a leftover that cleanup has to remove. */
  #removeReports(): void {
    const folder = join(this.#root, 'reports', 'night')
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      if (/^\d/.test(name)) rmSync(join(folder, name), { recursive: true })
    }
  }

  #hasJournal(): boolean {
    const folder = join(this.#root, '.trespass', 'journal')
    return existsSync(folder) && readdirSync(folder).length > 0
  }
}

function countsOf(verdicts: Verdicts | null): Record<string, number> | null {
  if (verdicts === null) return null
  const counts: Record<string, number> = {}
  for (const verdict of verdicts.values()) counts[verdict] = (counts[verdict] ?? 0) + 1
  return counts
}

function numberOf(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0) throw new Error(`found --${name} ${text}, expected a whole number`)
  return value
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/** Runs until all runs are done, or the one during which Ctrl-C was pressed. @returns 1 if there was a finding, else 0. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '1000' },
      kills: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      // Only these faults in turn, instead of all.
      fault: { type: 'string', multiple: true, default: Object.keys(faults) },
    },
  })
  const [runs, kills, seed] = (['runs', 'kills', 'seed'] as const).map((name) => numberOf(name, values[name]))
  if (runs === undefined || kills === undefined || seed === undefined) throw new Error('a flag is missing')
  const unknown = values.fault.find((name) => !(name in faults))
  if (unknown !== undefined) {
    throw new Error(`found --fault ${unknown}, expected one of: ${Object.keys(faults).join(', ')}`)
  }
  if (kills > runs) throw new Error(`found --kills ${kills}, expected at most --runs ${runs}`)
  // PostgreSQL's account has to enter it, and the paths of sockets in it have to be short.
  const base = mkdtempSync(join(resolve(tmpdir()), 'night-'))
  const [root, temporary] = [join(base, 'workspace'), join(base, 'tmp')]
  for (const folder of [root, temporary]) mkdirSync(folder)
  for (const folder of [base, root, temporary]) chmodSync(folder, 0o755)
  let services: Services | null = null
  try {
    await writeWorkspace(root)
    services = await startServices(root, temporary)
    writeFileSync(join(root, '.env.night'), services.lines)
    const night = new Night(services, root, temporary)
    await night.prepare()
    const results: Result[] = []
    let isEnding = false
    process.on('SIGINT', () => {
      isEnding = true
    })
    for (const [index, disturbance] of planRuns(runs, kills, seed, values.fault).entries()) {
      if (isEnding) break
      const result = await night.run(index + 1, disturbance)
      results.push(result)
      print(result)
    }
    const found = results.filter(({ findings }) => findings.length > 0)
    print({
      seed,
      runs: results.length,
      disturbed: results.filter(({ disturbed }) => disturbed).length,
      killed: results.filter(({ signal }) => signal === 'SIGKILL').length,
      kinds: kindsOf(results),
      journals: results.filter(({ journal }) => journal).length,
      findings: found.map(({ run }) => run),
    })
    return found.length === 0 ? 0 : 1
  } finally {
    await services?.close()
    rmSync(base, { recursive: true, force: true })
  }
}

function kindsOf(results: readonly Result[]): Record<string, number> {
  const kinds: Record<string, number> = {}
  for (const { kind } of results) kinds[kind] = (kinds[kind] ?? 0) + 1
  return kinds
}

process.exitCode = await main()
