import { quote } from '../message-text.ts'
import type { KeyPath } from '../model/matrix.ts'
import type { Report } from './report.ts'
import { isName, nameRule } from './shapes.ts'

/** Words that references use for themselves. */
const reserved: readonly string[] = ['actor', 'run', 'unique']

/** Names that share one space, each with its kind: `alice` → `an actor`. */
export type Taken = Map<string, string>

/**
 * Checks the form of a name and, where names share a space, that it is free.
 *
 * @param what the kind of the name: `an actor`.
 */
export function checkName(name: string, what: string, path: KeyPath, report: Report, taken?: Taken): void {
  if (!isName(name)) {
    report({ code: 'name-form', path, on: 'key', found: `the name ${quote(name)} for ${what}`, expected: nameRule })
  }
  if (taken === undefined) return
  const other = reserved.includes(name) ? 'a word of its own in references' : taken.get(name)
  if (other === undefined) {
    taken.set(name, what)
    return
  }
  const found = `the name ${quote(name)} for ${what}`
  report({ code: 'name-taken', path, on: 'key', found, expected: `a name that is free: this one is ${other}` })
}
