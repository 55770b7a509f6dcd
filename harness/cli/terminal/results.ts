import type { RunToRepeat } from '../../model/command-line.ts'
import type { CellRecord } from '../../model/record.ts'
import type { ScenarioResult } from '../../model/scenario.ts'
import { findings } from './findings.ts'
import { scenarioFindings, scenarioList } from './scenarios.ts'
import { matrixList, tables } from './table.ts'
import { paint, type TerminalStyle } from './terminal-style.ts'

/** The results of a run, which are printed before the last lines. */
export interface Results {
  /** In the order of their matrices. */
  readonly cells: readonly CellRecord[]
  readonly scenarios: readonly ScenarioResult[]
  readonly run: RunToRepeat
  readonly detail: 'quiet' | 'normal' | 'verbose'
  /** Cells with one common cause in the whole schema, and the cause; they are not listed as findings of their own. */
  readonly explained?: { readonly cells: readonly CellRecord[]; readonly cause: string }
}

/**
 * Lists matrices and scenarios in a line each, with a table of the cells that did not hold, and then the findings.
 *
 * @returns the text, with a line end and an empty line behind each part; empty if there is nothing to print.
 */
export function resultText(results: Results, style: TerminalStyle): string {
  const { cells, scenarios, run, detail, explained } = results
  const own = explained === undefined ? cells : cells.filter((cell) => !explained.cells.includes(cell))
  const parts = [
    ...(detail === 'quiet' ? [] : overview(results, style)),
    ...(explained === undefined || explained.cells.length === 0 ? [] : [sharedCause(explained)]),
    findings(own, run, style),
    scenarioFindings(scenarios, run, style),
  ]
  return parts.filter((part) => part !== '').join('')
}

function overview({ cells, scenarios, detail }: Results, style: TerminalStyle): string[] {
  const matrices = detail === 'verbose' ? '' : matrixList(cells, style)
  return [
    detail === 'verbose' ? spaced(tables(cells, style)) : headed('matrices', matrices, style),
    headed('scenarios', scenarioList(scenarios, style), style),
    detail === 'verbose' ? '' : spaced(tables(cells, style, 'not held')),
  ]
}

function sharedCause({ cells, cause }: NonNullable<Results['explained']>): string {
  return `${cells.length} ${cells.length === 1 ? 'finding has' : 'findings have'} one cause: ${cause}\n\n`
}

function headed(name: string, list: string, style: TerminalStyle): string {
  return list === '' ? '' : spaced(`${paint(style, 'bold', name)}\n${list}`)
}

function spaced(part: string): string {
  return part === '' ? '' : `${part}\n`
}
