import type { Position } from '../errors.ts'
import type { CellRecord } from '../model/record.ts'
import type { ScenarioRecord } from '../model/scenario.ts'
import type { Verdict } from '../model/verdict.ts'
import { causeKey } from './causes.ts'
import { expectationInWords } from './cell-facts.ts'
import type { Evidence } from './evidence.ts'

/** The verdicts that other tools receive: everything except `held`. */
export type ReportedVerdict = Exclude<Verdict, 'held'>

/** A cell or a scenario that did not hold, in the form for tools that know neither. */
export interface NotHeld {
  readonly kind: 'cell' | 'scenario'
  /** The id of the cell or the scenario, the same in every run. */
  readonly id: string
  readonly verdict: ReportedVerdict
  readonly because: string
  /** Why it was not tried; left out if it was. */
  readonly notRun?: string
  /** The position in the matrix or scenario file. */
  readonly at: Position
  /** Equal for cells and scenarios that went wrong in the same way. */
  readonly cause: string
  /** Further facts, by name. */
  readonly properties: Readonly<Record<string, string>>
}

/** @returns the cells that did not hold, in their order, and then the scenarios; those that were not run included. */
export function notHeldIn({ cells, scenarios }: Pick<Evidence, 'cells' | 'scenarios'>): NotHeld[] {
  return [...cellsNotHeld(cells), ...scenariosNotHeld(scenarios.map(({ record }) => record))]
}

function cellsNotHeld(cells: Iterable<CellRecord>): NotHeld[] {
  const found: NotHeld[] = []
  for (const cell of cells) {
    const { id, verdict, because, notRun, at, matrix, actor, operation, path, resource, expected } = cell
    if (verdict === 'held') continue
    found.push({
      kind: 'cell',
      id,
      verdict,
      because,
      ...(notRun === undefined ? {} : { notRun }),
      at,
      cause: causeKey(cell),
      properties: { matrix, actor, operation, path, resource, expected: expectationInWords(expected) },
    })
  }
  return found
}

function scenariosNotHeld(scenarios: Iterable<ScenarioRecord>): NotHeld[] {
  const found: NotHeld[] = []
  for (const scenario of scenarios) {
    const { id, recipe, verdict, because, notRun, at, overlap, findings, again } = scenario
    if (verdict === 'held') continue
    const judges = findings.filter((finding) => finding.verdict !== 'held').map(({ judge }) => judge)
    found.push({
      kind: 'scenario',
      id,
      verdict,
      because,
      ...(notRun === undefined ? {} : { notRun }),
      at,
      cause: JSON.stringify([id, verdict, overlap.asked, overlap.reached, judges]),
      properties: { recipe, overlap: `level ${overlap.reached}, asked for ${overlap.asked}`, again },
    })
  }
  return found
}
