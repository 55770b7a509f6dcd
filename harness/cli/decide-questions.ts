import { allowanceFor, consequenceOf, denialFor } from '../decide/choices.ts'
import type { Decided, Decision } from '../decide/model.ts'
import { flowText, writtenAs } from '../decide/yaml-scalars.ts'
import { TrespassError } from '../errors.ts'
import { causesOf } from '../evidence/causes.ts'
import { undecidedOperation } from '../evidence/undecided.ts'
import type { CellRecord } from '../model/record.ts'
import { describeObserved } from '../verdict/observed.ts'
import type { Ask } from './ask.ts'
import { undecidedLines } from './terminal/findings.ts'
import type { TerminalStyle } from './terminal/terminal-style.ts'
import { plain } from './terminal/text.ts'

const actorsNamed = 12

/**
 * Asks about every cell, operation by operation. Allowing needs an answer of its own for every cell.
 *
 * @param cells undecided cells with their observations, those of one operation together.
 * @param tell prints lines beside the questions.
 * @returns the decisions; a cell that is skipped has none.
 */
export async function askDecisions(
  cells: readonly CellRecord[],
  { ask, tell, style }: { readonly ask: Ask; readonly tell: (text: string) => void; readonly style: TerminalStyle },
): Promise<readonly Decision[]> {
  const decisions: Decision[] = []
  for (const cause of causesOf(cells)) {
    const about = undecidedOperation(cause, actorsNamed)
    if (about !== null) tell(`\n${undecidedLines(about, style).join('\n')}`)
    for (const cell of [cause.first, ...cause.others]) {
      const answer = await ask(questionFor(cell), answerOf)
      if (answer === 'stop') return decisions
      if (answer === 'skip') continue
      const expected = answer === 'allow' ? allowanceFor(cell) : denialFor(cell)
      decisions.push({ actor: cell.actor, operation: cell.operation, expected })
      tell(plain(`  ${writtenText(expected)}${consequence(cell, expected)}`))
    }
  }
  return decisions
}

/** @returns the decisions that need no confirmation: a denial for every refused cell, by the layer that refused it. */
export function denialsAsObserved(cells: readonly CellRecord[]): readonly Decision[] {
  return cells
    .filter(({ observed }) => observed?.kind === 'refused')
    .map((cell) => ({ actor: cell.actor, operation: cell.operation, expected: denialFor(cell) }))
}

function questionFor(cell: CellRecord): string {
  const { actor, operation, observed } = cell
  const showed = observed === undefined ? '' : `: ${describeObserved(observed)}`
  const choices = `allow as ${writtenText(allowanceFor(cell))}, deny as ${writtenText(denialFor(cell))}, skip or stop`
  return `${plain(`${actor} › ${operation}${showed}`)}\n  ${plain(choices)}`
}

function writtenText(expected: Decided): string {
  return flowText(writtenAs(expected))
}

/** Warns of a decision that contradicts the observation: the next run will have a finding. */
function consequence(cell: CellRecord, expected: Decided): string {
  const text = consequenceOf(cell, expected)
  return text.startsWith('held:') ? '' : `; a run that shows the same again says ${text}`
}

type Answer = 'allow' | 'deny' | 'skip' | 'stop'

function answerOf(text: string): Answer {
  const word = text.trim().toLowerCase()
  const answers: Readonly<Record<string, Answer>> = {
    a: 'allow',
    allow: 'allow',
    d: 'deny',
    deny: 'deny',
    '': 'skip',
    s: 'skip',
    skip: 'skip',
    q: 'stop',
    stop: 'stop',
  }
  const answer = Object.hasOwn(answers, word) ? answers[word] : undefined
  if (answer !== undefined) return answer
  throw new TrespassError(
    'bad-answer',
    `found ${JSON.stringify(text)}, expected allow, deny, skip or stop (a, d, s, q)`,
  )
}
