import type { Problem } from '../errors.ts'
import type { KeyPath, Locate } from '../model/matrix.ts'
import type { ProblemCode } from '../problem-codes.ts'
import { locator, type MatrixDocument } from './document.ts'

/** A mistake with its key path in the document, from which the position in the text follows. */
export interface Finding {
  /** Stable, kebab-case. */
  readonly code: ProblemCode
  readonly path: KeyPath
  /** The part that the finding points at; the value when left out. */
  readonly on?: 'key' | 'value'
  readonly found: string
  readonly expected: string
  readonly hint?: string | undefined
}

export type Report = (finding: Finding) => void

/** @returns a function that adds findings to a list of problems, with the positions that their places have. */
export function locatedReport(locate: Locate, problems: Problem[]): Report {
  return ({ code, path, on, found, expected, hint }) => {
    problems.push({ code, at: locate(path, on), found, expected, ...(hint === undefined ? {} : { hint }) })
  }
}

/** @returns the same for one document; where positions are only likely, messages name the place too. */
export function reporter(document: MatrixDocument, problems: Problem[]): Report {
  const report = locatedReport(locator(document), problems)
  if (!document.approximate) return report
  return (finding) => report({ ...finding, found: `${finding.found}${place(finding.path)}` })
}

function place(path: KeyPath): string {
  return path.length === 0 ? '' : ` (at ${path.join(' › ')})`
}
