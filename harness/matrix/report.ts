import type { Problem } from '../errors.ts'
import { locateKey, locateValue, type MatrixDocument } from './document.ts'
import type { KeyPath } from './model.ts'

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

/** @returns a function that adds findings in one document to a list of problems. */
export function reporter(document: MatrixDocument, problems: Problem[]): Report {
  return ({ code, path, on, found, expected, hint }) => {
    const at = on === 'key' ? locateKey(document, path) : locateValue(document, path)
    const where = document.approximate && path.length > 0 ? ` (at ${path.join(' › ')})` : ''
    problems.push({ code, at, found: found + where, expected, ...(hint === undefined ? {} : { hint }) })
  }
}
