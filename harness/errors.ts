import type { ErrorCode } from './error-codes.ts'
import type { ProblemCode } from './problem-codes.ts'

/** The optional parts of a {@link TrespassError}. */
export interface ErrorDetail {
  /** How to correct it: one sentence that a person can act on. */
  readonly hint?: string
  readonly cause?: unknown
}

/**
 * An error that Trespass expects and explains: bad input, a refused target, something missing on the machine.
 * Printed without a stack; anything else that is thrown is a bug in Trespass.
 *
 * @param code stable: `docs/errors.md` explains it, and programs may compare it.
 * @param message what was found and what was expected.
 */
export class TrespassError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.name = 'TrespassError'
    this.code = code
    this.hint = detail.hint
  }
}

/** @returns the text of anything that was thrown: a value that is no `Error` has no message. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** A place in a file that a person wrote, lines and columns counted from 1. */
export interface Position {
  /** Relative to the workspace, with forward slashes. */
  readonly file: string
  readonly line: number
  readonly column: number
}

/** One mistake in a matrix, an actors file or a configuration. */
export interface Problem {
  readonly code: ProblemCode
  readonly at: Position
  readonly found: string
  readonly expected: string
  readonly hint?: string
}

/** Every mistake that was found in the workspace's files; nothing has been sent to the target yet. */
export class WorkspaceProblems extends TrespassError {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super('workspace-problems', problems.map(sentence).join('\n'))
    this.name = 'WorkspaceProblems'
    this.problems = problems
  }
}

/** @returns `file:line:column: found …, expected …` and the hint, on one line each. */
export function sentence(problem: Problem): string {
  const { file, line, column } = problem.at
  const head = `${file}:${line}:${column}: found ${problem.found}, expected ${problem.expected}`
  return problem.hint === undefined ? head : `${head}\n    ${problem.hint}`
}
