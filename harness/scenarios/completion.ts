import type { Completion } from '../model/scenario.ts'
import type { Layer, Meaning } from '../model/verdict.ts'
import type { Answer } from '../paths/path.ts'

/** The completion that an answer stands for in a history. */
export interface CompletionOf {
  readonly fate: Completion
  readonly denial: Layer | null
  readonly why: string | null
}

/**
 * SQLSTATEs with which PostgreSQL has certainly undone the transaction: serialization failure, deadlock, lock not
 * available, and a statement that was cancelled (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
const undone = new Set(['40001', '40P01', '55P03', '57014'])

/** The codes of {@link undone} that report a conflict between two transactions. */
export const conflicts: ReadonlySet<string> = new Set(['40001', '40P01'])

/**
 * Only an operation that certainly had no effect is `failed`: a recognised denial, a request that cannot work for any caller,
 * or a transaction that PostgreSQL reports as rolled back. Everything else that is no success is unknown.
 */
export function completionOf(meaning: Meaning, { code }: Pick<Answer, 'code'>): CompletionOf {
  switch (meaning.kind) {
    case 'done':
      return { fate: 'ok', denial: null, why: null }
    case 'denied':
      return { fate: 'failed', denial: meaning.layer, why: null }
    case 'unusable':
    case 'broken':
      return { fate: 'failed', denial: null, why: meaning.why }
    case 'unknown':
      return { fate: code !== null && undone.has(code) ? 'failed' : 'unknown', denial: null, why: meaning.why }
  }
}
