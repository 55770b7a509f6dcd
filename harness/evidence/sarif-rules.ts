import { verdicts } from '../model/verdict.ts'
import type { ReportedVerdict } from './not-held.ts'

/** The severity of a result in SARIF. */
export type Level = 'error' | 'warning' | 'note'

interface RuleText {
  readonly level: Level
  readonly short: string
  readonly full: string
}

const ruleTexts: Readonly<Record<ReportedVerdict, RuleText>> = {
  breach: {
    level: 'error',
    short: 'An actor got more than the matrix allows',
    full: 'A denial was expected, and the request was carried out, or more came back than is allowed.',
  },
  lockout: {
    level: 'error',
    short: 'An actor who is allowed was refused',
    full: 'Access was expected, and the request was refused, or less came back than is promised.',
  },
  'wrong-layer': {
    level: 'error',
    short: 'Refused by another layer than expected',
    full: 'The request was refused, but not by a layer that the expectation accepts.',
  },
  undecided: {
    level: 'error',
    short: 'The matrix does not say what is right',
    full: 'The matrix does not decide whether this actor may do this. No request was made.',
  },
  error: {
    level: 'error',
    short: 'Trespass itself failed',
    full: 'The attempt could not be made or not be recorded, so that nothing is said about the target.',
  },
  inconclusive: {
    level: 'warning',
    short: 'Nothing wrong found, and nothing proven',
    full: 'The attempt was made and proves nothing, or it could not be made on this target.',
  },
}

/** A rule for every verdict but `held`, worst first. */
export const rules = verdicts.flatMap((verdict) => (verdict === 'held' ? [] : [ruleOf(verdict)]))

/** @returns the severity of a verdict. A cell that was not run is a note: that was known before the run. */
export function levelOf(verdict: ReportedVerdict, notRun: boolean): Level {
  return notRun ? 'note' : ruleTexts[verdict].level
}

function ruleOf(id: ReportedVerdict) {
  const { level, short, full } = ruleTexts[id]
  const page = `docs/verdicts/${id}.md`
  return {
    id,
    name: nameOf(id),
    shortDescription: { text: short },
    fullDescription: { text: full },
    defaultConfiguration: { level },
    help: {
      text: `${full} When a verdict is given and what to do about it stands in ${page} of Trespass. How one cell came to it: trespass explain "CELL".`,
      markdown: `${full}\n\nWhen a verdict is given and what to do about it stands in \`${page}\` of Trespass. How one cell came to it: \`trespass explain "CELL"\`.`,
    },
    properties: { tags: ['security', 'authorization'] },
  }
}

/** @returns `WrongLayer`. */
function nameOf(id: string): string {
  return id.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())
}
