import { type RunToRepeat, scenarioCommand } from '../model/command-line.ts'
import type { ScenarioResult } from '../model/scenario.ts'
import { listed } from '../scenarios/history-text.ts'
import { place } from './cell-facts.ts'
import { overlapInWords } from './scenario-facts.ts'
import { roundsToShow, stepLines, stepsOf } from './scenario-steps.ts'

/** One step of the explanation, from the declaration of a scenario to its verdict. */
export interface ScenarioLink {
  readonly step: 'declared' | 'rounds' | 'happened' | 'judged' | 'verdict' | 'again'
  readonly text: string
}

/**
 * @param run for the command that runs it again.
 * @returns the explanation of a scenario's verdict, from its record alone: its declaration, its rounds, the events of the round
 *   that explains the verdict in order, the finding of each judge, and the command that runs it again.
 */
export function scenarioExplanation(scenario: ScenarioResult, run: RunToRepeat): ScenarioLink[] {
  const { record } = scenario
  const { id, recipe, sessions, paths, at, verdict, because, telling, declared } = record
  const who = listed(sessions.map(({ name, actorKind }) => `${name} (${actorKind})`))
  const through = paths.length === 0 ? '' : `, through ${listed(paths)}`
  return [
    { step: 'declared', text: `${recipe} by ${who || 'no session'}${through} (${place(at)}).` },
    { step: 'declared', text: JSON.stringify(declared) },
    { step: 'rounds', text: rounds(scenario) },
    ...happened(scenario),
    ...judged(scenario),
    { step: 'verdict', text: `${verdict}: ${because}` },
    { step: 'again', text: scenarioCommand(id, telling, run) },
  ]
}

function rounds({ record }: ScenarioResult): string {
  if (record.notRun !== undefined) return 'None was run.'
  const many = record.rounds === 1 ? 'One round' : `${record.rounds} rounds`
  const telling = record.telling === null ? '' : ` Round ${record.telling} decides the verdict.`
  return `${many}. Overlap: ${overlapInWords(record)}.${telling}`
}

function happened(scenario: ScenarioResult): ScenarioLink[] {
  const [round] = roundsToShow(scenario)
  if (round === undefined) return []
  const { shown, operations, events } = round
  const left = operations - shown
  return [
    ...stepLines(stepsOf(events)).map((text): ScenarioLink => ({ step: 'happened', text })),
    ...(left === 0 ? [] : [{ step: 'happened', text: `${left} operations between are left out here.` } as const]),
  ]
}

function judged({ record: { findings, telling } }: ScenarioResult): ScenarioLink[] {
  return findings
    .filter(({ round }) => round === telling || round === null)
    .map(({ judge, verdict, because }): ScenarioLink => ({ step: 'judged', text: `${judge}: ${verdict}. ${because}` }))
}
