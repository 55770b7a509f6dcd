import { z } from 'zod'
import { TrespassError } from '../errors.ts'
import { type Redact, redactor, type Secret } from '../redaction/redact.ts'
import { type Migration, results, type Statement } from './model.ts'

const line = z
  .string()
  .transform((text) => text.replace(/\s+/g, ' ').trim())
  .pipe(z.string().min(1).max(500))

const expectations = {
  'applied-by': { schema: line, expected: 'a name' },
  'applied-at': {
    schema: z.union([z.iso.datetime(), z.iso.datetime({ precision: -1 })]),
    expected: 'a time in UTC, such as 2026-11-21T10:15:00Z',
  },
  method: { schema: line, expected: 'how it was applied, such as "supabase db push"' },
  result: { schema: z.enum(results), expected: results.join(', ') },
  deviations: { schema: line, expected: 'what was observed, or none' },
} as const

/** The questions of a statement, by the flag that answers each. */
export type StatementFlag = keyof typeof expectations
export const statementFlags: readonly StatementFlag[] = ['applied-by', 'applied-at', 'method', 'result', 'deviations']

/** @returns a short description of a valid answer. */
export function expectedOf(flag: StatementFlag): string {
  return expectations[flag].expected
}

/** Returns the text of a flag unchanged, or refuses it. */
export type TextCheck = (flag: string, text: string) => string

/**
 * Refuses text that must not be in a record, which names a target by its alias: keys, tokens, addresses, the project's ref.
 * Names of customers cannot be recognised; the author has to leave them out.
 *
 * @param secrets the known secrets of the target.
 */
export function textChecker(secrets: readonly Secret[]): TextCheck {
  const redact = redactor(secrets)
  return (flag, text) => {
    if (!isSecretText(text, redact)) return text
    throw new TrespassError('secret-in-record', `found in --${flag} what looks like a secret, an address or a ref`, {
      hint: 'A deployment record names a target by its alias and people by their names. Nothing was written.',
    })
  }
}

/** A ref is twenty letters; `://` marks an address. */
function isSecretText(text: string, redact: Redact): boolean {
  return redact(text) !== text || /\b[a-z]{20}\b/.test(text) || /\b[a-z][a-z0-9+.-]*:\/\//i.test(text)
}

/**
 * Parses one answer.
 *
 * @param now to refuse times in the future.
 * @throws TrespassError `usage`
 */
export function answerOf(flag: StatementFlag, text: string, now: Date): string {
  const { schema, expected } = expectations[flag]
  const parsed = schema.safeParse(text.trim())
  if (!parsed.success) {
    throw new TrespassError('usage', `found --${flag} ${JSON.stringify(text)}, expected ${expected}`)
  }
  if (flag !== 'applied-at') return parsed.data
  const time = new Date(parsed.data)
  if (time > now) throw new TrespassError('usage', `found --applied-at ${text}, expected a time that is over`)
  return time.toISOString()
}

/**
 * Combines the answers into a statement.
 *
 * @param answers as {@link answerOf} returns them; `deviations` may be left out beside a follow-up.
 * @throws TrespassError `usage` if they contradict each other.
 */
export function statementOf(answers: ReadonlyMap<StatementFlag, string>, followUp: Migration | null): Statement {
  const answer = (flag: StatementFlag): string => answers.get(flag) ?? ''
  const result = z.enum(results).parse(answer('result'))
  const deviations = answers.get('deviations') ?? null
  if (result !== 'applied' && followUp === null && /^none\b/i.test(deviations ?? 'none')) {
    throw new TrespassError('usage', `found --result ${result} and no deviation, expected what went otherwise`, {
      hint: 'Say it with --deviations, or name the migration that follows with --follow-up.',
    })
  }
  return {
    appliedBy: answer('applied-by'),
    appliedAt: answer('applied-at'),
    method: answer('method'),
    result,
    deviations,
    followUp,
  }
}
