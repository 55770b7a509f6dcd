import type { z } from 'zod'
import type { Position, Problem } from '../errors.ts'

/**
 * Turns zod's issues with a configuration into problems that name the place.
 *
 * @param error its messages describe the expected values
 * @param value the module's default export
 * @param text the text of the file
 */
export function configProblems(error: z.ZodError, value: unknown, file: string, text: string): Problem[] {
  return error.issues.map((issue) => {
    const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path
    const found = foundBy(issue, value)
    return { code: 'config-bad-value', at: locate(file, text, path), found, expected: issue.message }
  })
}

function foundBy(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'unrecognized_keys') return `the key ${issue.keys.map((key) => `\`${key}\``).join(', ')}`
  if (issue.code === 'invalid_key') return `the alias ${JSON.stringify(issue.path.at(-1))}`
  if (value === undefined) return 'no default export'
  let at = value
  for (const key of issue.path) at = typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined
  if (at === undefined) return 'nothing'
  // Project refs are never printed, not even wrong ones.
  const printable = issue.path[0] !== 'protected_refs' && typeof at !== 'object' && typeof at !== 'function'
  if (printable) return typeof at === 'string' ? JSON.stringify(at) : String(at)
  return Array.isArray(at) ? 'a list' : `a value of type ${typeof at}`
}

/** The configuration is a program, so the position of a key in its text is a guess; line 1 without one. */
function locate(file: string, text: string, path: readonly PropertyKey[]): Position {
  let offset = 0
  for (const key of path.filter((part) => typeof part === 'string')) {
    const found = text.slice(offset).search(new RegExp(`(?<![\\w-])${escaped(key)}(?![\\w-])`))
    if (found < 0) break
    offset += found
  }
  const before = text.slice(0, offset).split('\n')
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
