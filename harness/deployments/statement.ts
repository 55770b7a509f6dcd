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

/** What a person is asked, by the flag that says it too. */
export type Asked = keyof typeof expectations
export const asked: readonly Asked[] = ['applied-by', 'applied-at', 'method', 'result', 'deviations']

/** @returns what is expected of an answer, in a few words. */
export function expectedOf(flag: Asked): string {
  return expectations[flag].expected
}

/** Returns the text that a flag gives as it is, or refuses it. */
export type Careful = (flag: string, text: string) => string

/**
 * Looks for what must not stand in a record, which names a target by its alias: keys, tokens, addresses, the project's
 * ref. What a customer is called nobody can know but the person who writes.
 *
 * @param secrets what is known of the target.
 */
export function carefulReader(secrets: readonly Secret[]): Careful {
  const redact = redactor(secrets)
  return (flag, text) => {
    if (!betrays(text, redact)) return text
    throw new TrespassError('secret-in-record', `found in --${flag} what looks like a secret, an address or a ref`, {
      hint: 'A deployment record names a target by its alias and people by their names. Nothing was written.',
    })
  }
}

/** A ref is twenty letters; anything with `://` leads somewhere. */
function betrays(text: string, redact: Redact): boolean {
  return redact(text) !== text || /\b[a-z]{20}\b/.test(text) || /\b[a-z][a-z0-9+.-]*:\/\//i.test(text)
}

/**
 * Reads one answer of a person.
 *
 * @param now for times that have not come yet.
 * @throws TrespassError `usage`
 */
export function answerOf(flag: Asked, text: string, now: Date): string {
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
 * Puts the answers together.
 *
 * @param answers as {@link answerOf} returns them; `deviations` may be left out beside a follow-up.
 * @throws TrespassError `usage` when they do not go together.
 */
export function statementOf(answers: ReadonlyMap<Asked, string>, followUp: Migration | null): Statement {
  const answer = (flag: Asked): string => answers.get(flag) ?? ''
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
