import type { Problem } from '../errors.ts'
import { type CellPlan, type MatrixPlan, planMatrix } from '../matrix/plan/plan.ts'
import { readMatrix } from '../matrix/read-matrix.ts'
import type { LoadedMatrix } from '../model/matrix.ts'
import { paths } from '../paths/registry.ts'
import type { Run } from '../run/run.ts'
import type { SurveyMatrix } from './model.ts'
import { surveyedActors } from './tenancy.ts'

/** A matrix of a survey, ready to be tried. */
export interface ReadMatrix {
  readonly survey: SurveyMatrix
  readonly loaded: LoadedMatrix
  readonly plan: MatrixPlan
  readonly cells: readonly CellPlan[]
}

/** Reads a matrix of a survey as a file is read. @returns the first problem where it cannot be read. */
export function readSurveyMatrix(
  survey: SurveyMatrix,
  { context }: Pick<Run, 'context'>,
): ReadMatrix | { readonly problem: string } {
  const { roster, groups, catalog } = context
  const problems: Problem[] = []
  // Named one by one: a half of a comparison gets no cell from a wildcard.
  const expect = Object.fromEntries(Object.keys(survey.operations).map((name) => [name, 'allow']))
  const data = { ...survey.document, expect: { '*': expect } }
  const document = { file: `survey of ${survey.object}`, data, marks: new Map(), approximate: true }
  const loaded = readMatrix(document, { roster, groups, paths, complete: true }, problems)
  if (loaded === undefined) {
    const [first] = problems
    return { problem: `found ${first?.found ?? 'a mistake'}, expected ${first?.expected ?? 'a matrix'}` }
  }
  const absent = new Set(Object.keys(context.absent))
  const whole = planMatrix(loaded.matrix, roster, catalog, paths, absent)
  const able = new Set(surveyedActors(roster).map(({ name }) => name))
  // A denial has everything that comes back searched; nothing has to be proven by a control.
  const expected = { decision: 'deny', layers: [] } as const
  const cells = whole.cells
    .filter(({ actor, operation }) => {
      const about = survey.operations[operation.name]
      const isChosen = about !== undefined && (about.actors === null || about.actors.includes(actor.name))
      return able.has(actor.name) && !absent.has(actor.name) && isChosen
    })
    .map((cell): CellPlan => ({ ...cell, expected, controls: [] }))
  return { survey, loaded, plan: { ...whole, cells }, cells }
}
