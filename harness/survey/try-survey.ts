import { setMaxListeners } from 'node:events'
import { MatrixRunner } from '../cells/runner.ts'
import { messageOf, TrespassError } from '../errors.ts'
import type { Inventory } from '../inventory/model.ts'
import type { CellPlan } from '../matrix/plan/plan.ts'
import type { LoadedMatrix } from '../model/matrix.ts'
import type { CellRecord } from '../model/record.ts'
import { paths } from '../paths/registry.ts'
import type { Run } from '../run/run.ts'
import { type OpenTools, openTools } from '../run/tools.ts'
import { chooseActors } from './actor-choice.ts'
import { ColumnValues } from './column-values.ts'
import { ExpectedFlows } from './expected-flows.ts'
import { flowsOf } from './flows.ts'
import type { Flow, SurveyMatrix, Unsurveyed } from './model.ts'
import { planSurvey } from './plan.ts'
import { topicsForChanges } from './plan-channels.ts'
import type { Planned } from './plan-relation.ts'
import { readHints } from './read-hints.ts'
import { type ReadMatrix, readSurveyMatrix } from './read-matrix.ts'
import { surveyedActors, Tenancy } from './tenancy.ts'

export interface SurveyOptions {
  readonly run: Pick<Run, 'context'>
  readonly inventory: Inventory
  /** The workspace's matrices, with which flows are compared. */
  readonly matrices: readonly LoadedMatrix[]
  /** Aborted when the user interrupts the survey. */
  readonly signal: AbortSignal
  /** Only objects whose name it matches. */
  readonly only?: RegExp
  /** Called with how many attempts are planned, before the first. */
  readonly onPlanned: (attempts: number) => void
  readonly onAttempt: (record: CellRecord) => void
}

/** The result of a survey. */
export interface Surveyed {
  readonly matrices: readonly SurveyMatrix[]
  readonly flows: readonly Flow[]
  readonly unsurveyed: readonly Unsurveyed[]
  /** Sentences about attempts that the actors and the world do not allow. */
  readonly limits: readonly string[]
  readonly attempts: number
  /** Attempts whose outcome is not known. */
  readonly unknown: number
}

/**
 * Plans the survey of an open run and makes its attempts. The rows that they add are journaled and swept as in any run.
 *
 * @throws TrespassError `no-two-sides` when the actors file has no two tenants or users to compare.
 */
export async function trySurvey(options: SurveyOptions): Promise<Surveyed> {
  const { run, signal } = options
  // Every request of every attempt listens.
  setMaxListeners(0, signal)
  return await withTools(run, async (tools) => {
    const { matrices, unsurveyed } = await plan(options, tools)
    const trials = new Trials(options, unsurveyed)
    const read = matrices.flatMap((matrix) => trials.read(matrix))
    options.onPlanned(read.reduce((sum, one) => sum + one.cells.length, 0))
    const isWaiting = ({ loaded }: ReadMatrix) => loaded.matrix.resource.kind === 'channel'
    const waiting = read.filter(isWaiting)
    await Promise.all([
      trials.tryAll(
        read.filter((one) => !isWaiting(one)),
        tools,
      ),
      // Channels mostly wait, so they are surveyed concurrently with the rest.
      ...(waiting.length === 0 ? [] : [withTools(run, (own) => trials.tryAll(waiting, own))]),
    ])
    return { matrices, ...trials.result(), limits: limitsFor(run) }
  })
}

async function plan({ run, inventory, only }: SurveyOptions, { witness }: OpenTools): Promise<Planned> {
  const { roster, catalog, sessions, target } = run.context
  const tenancy = new Tenancy(roster)
  const sides = tenancy.sides()
  if (sides.length < 2) {
    const message = 'found no two tenants or users in the actors file, expected two with rows of their own'
    throw new TrespassError('no-two-sides', message, {
      hint: 'Add two actors of kind `authenticated`, and to the world the rows that make each a member of another tenant.',
    })
  }
  const hints = await readHints(target, witness, catalog, sessions[sides[0]?.holder ?? '']?.user?.id ?? null)
  let number = 1_000_003 + Math.floor(Math.random() * 7_000_000)
  const planned = planSurvey({
    ...{ catalog, hints, tenancy, inventory, roster, sides },
    values: new ColumnValues(hints, () => (number += 101)),
    topics: topicsForChanges(inventory, hints, sides),
    cast: chooseActors(roster, tenancy, sides),
    actors: surveyedActors(roster),
  })
  const isChosen = ({ object }: { readonly object: string }) => only?.test(object) ?? true
  return { matrices: planned.matrices.filter(isChosen), unsurveyed: planned.unsurveyed.filter(isChosen) }
}

/** Tries plans and collects their results. */
class Trials {
  readonly #options: SurveyOptions
  readonly #flows: Flow[] = []
  readonly #expected: ExpectedFlows
  readonly #unsurveyed: Unsurveyed[]
  #attempts = 0
  #unknown = 0

  constructor(options: SurveyOptions, unsurveyed: readonly Unsurveyed[]) {
    this.#options = options
    const { roster, catalog } = options.run.context
    this.#expected = new ExpectedFlows({ roster, catalog, paths }, options.matrices)
    this.#unsurveyed = [...unsurveyed]
  }

  result(): Pick<Surveyed, 'flows' | 'unsurveyed' | 'attempts' | 'unknown'> {
    return {
      flows: this.#flows,
      unsurveyed: this.#unsurveyed,
      attempts: this.#attempts,
      unknown: this.#unknown,
    }
  }

  read(survey: SurveyMatrix): readonly ReadMatrix[] {
    const read = readSurveyMatrix(survey, this.#options.run)
    if (!('problem' in read)) return [read]
    this.#unsurveyed.push({ object: survey.object, why: read.problem })
    return []
  }

  async tryAll(matrices: readonly ReadMatrix[], tools: OpenTools): Promise<void> {
    for (const one of matrices) {
      const writes = ({ attempts }: CellPlan) => attempts.some(({ operation }) => operation.writes)
      // Reads come before writes: a row that a concurrent write adds could come back from a read.
      await this.#try(
        one,
        one.cells.filter((cell) => !writes(cell)),
        tools,
      )
      const writing = one.cells.filter(writes)
      const groups = one.survey.oneByOne === true ? writing.map((cell) => [cell]) : [writing]
      for (const cells of groups) await this.#try(one, cells, tools)
    }
  }

  async #try({ survey, loaded, plan }: ReadMatrix, cells: readonly CellPlan[], tools: OpenTools): Promise<void> {
    const { run, inventory, signal, onAttempt } = this.#options
    signal.throwIfAborted()
    if (cells.length === 0) return
    const { context } = run
    const records: CellRecord[] = []
    try {
      const runner = new MatrixRunner(plan, context, tools)
      try {
        await runner.prepare(cells)
        const ended = await Promise.allSettled(
          cells.map(async (cell) => {
            const record = await runner.run(cell, signal)
            records.push(record)
            onAttempt(record)
          }),
        )
        for (const result of ended) if (result.status === 'rejected') throw result.reason
      } finally {
        await runner.finish()
      }
    } catch (error) {
      signal.throwIfAborted()
      this.#fail(survey.object, messageOf(error))
    }
    const sources = { roster: context.roster, inventory, catalog: context.catalog }
    this.#flows.push(...this.#expected.mark(flowsOf(sources, survey, loaded, records), loaded.matrix))
    this.#attempts += records.length
    this.#unknown += records.filter(isUnknown).length
    for (const { notRun } of records) if (notRun !== undefined) this.#fail(survey.object, notRun)
    const failed = records.filter(({ verdict }) => verdict === 'error')
    const [first] = failed
    if (first === undefined) return
    const share = failed.length === records.length ? '' : `${failed.length} of ${records.length} attempts: `
    this.#fail(survey.object, `${share}${first.because}`)
  }

  #fail(object: string, why: string): void {
    const isKnown = this.#unsurveyed.some((one) => one.object === object && one.why === why)
    if (!isKnown) this.#unsurveyed.push({ object, why })
  }
}

function limitsFor({ context: { roster, absent } }: Pick<Run, 'context'>): readonly string[] {
  const able = surveyedActors(roster)
  const others = roster.actors.filter((actor) => !able.includes(actor)).map(({ name }) => name)
  const missing = able.filter(({ name }) => name in absent).map(({ name }) => name)
  const kinds = 'workers and actors whose credential is broken on purpose do not take part'
  return [
    ...(others.length === 0 ? [] : [`${kinds}: ${others.join(', ')}`]),
    ...(missing.length === 0 ? [] : [`these actors cannot ask on this target: ${missing.join(', ')}`]),
  ]
}

async function withTools<T>({ context }: Pick<Run, 'context'>, work: (tools: OpenTools) => Promise<T>): Promise<T> {
  const tools = await openTools(context)
  try {
    return await work(tools)
  } finally {
    await tools.close()
  }
}

function isUnknown({ outcome, verdict, comparison, notRun }: CellRecord): boolean {
  if (verdict === 'error' || notRun !== undefined) return true
  if (comparison !== null) return comparison.meanings.some(({ kind }) => kind === 'unknown')
  return outcome === null || outcome.meaning.kind === 'unknown'
}
