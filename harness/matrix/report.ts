import type { Problem } from '../errors.ts'
import type { KeyPath, Locate } from '../model/matrix.ts'
import { locator, type MatrixDocument } from './document.ts'

/** A mistake, told by the place in the document; the position in the text follows from it. */
export interface Finding {
  /** Stable, kebab-case. */
  readonly code: string
  readonly path: KeyPath
  /** What the finding points at; the value unless said otherwise. */
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
