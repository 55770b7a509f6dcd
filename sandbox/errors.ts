/** A position in a file of the workspace. Lines and columns count from 1. */
export interface FilePosition {
  file: string
  line?: number
  column?: number
}

/**
 * A failure of the sandbox that its user can repair.
 *
 * `message` contains what was found and what was expected, `hint` how to repair it. `code` is a stable kebab-case name for
 * programs. A defect of the sandbox itself is not wrapped in this class: it keeps its own stack.
 */
export class SandboxError extends Error {
  override readonly name = 'SandboxError'
  readonly code: string
  readonly hint: string
  readonly position: FilePosition | undefined

  constructor(code: string, message: string, hint: string, position?: FilePosition) {
    super(message)
    this.code = code
    this.hint = hint
    this.position = position
  }
}

/** The text of any thrown value; an embedded process may reject with `undefined`. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
