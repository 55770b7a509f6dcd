import type { Flag } from './arguments.ts'

/** One command. */
export interface Command {
  /** One line for the overview. */
  readonly summary: string
  /** The words after the command: `[start|reset]`. */
  readonly words?: string
  readonly flags: Readonly<Record<string, Flag>>
  /** The meaning of its exit codes, by code. */
  readonly exits: Readonly<Record<number, string>>
  /** Two example command lines for its help. */
  readonly examples: readonly [string, string]
  /** @returns the exit code. */
  run(args: readonly string[]): Promise<number>
}

/** The flag of every command about a workspace. */
export const workspaceFlag = {
  workspace: { type: 'string', value: 'DIR', help: 'the folder with matrices/ and supabase/ (default: this folder)' },
} as const satisfies Readonly<Record<string, Flag>>

/** The flag of every command about a target. */
export const targetFlag = {
  target: { type: 'string', value: 'ALIAS', help: 'sandbox, or an alias with its own .env.<alias>' },
} as const satisfies Readonly<Record<string, Flag>>
