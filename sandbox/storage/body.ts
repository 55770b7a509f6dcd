import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { malformed, StorageError } from './errors.ts'

/** Storage refuses JSON bodies above 1 MiB. */
const MAX_BYTES = 1 << 20

/** An integer that may be written as text, as Storage's own validation allows. */
export function integer(minimum: number) {
  return z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value),
    z.int().min(minimum),
  )
}

/**
 * Parses and checks a JSON body. Unknown keys are ignored.
 *
 * @throws StorageError 400 `InvalidRequest`, 413 `EntityTooLarge`
 */
export async function readJson<Schema extends z.ZodType>(
  incoming: IncomingMessage,
  schema: Schema,
): Promise<z.output<Schema>> {
  const isJson = /^application\/json\b/i.test(incoming.headers['content-type'] ?? '')
  const value = isJson ? decode(await readText(incoming)) : undefined
  return check(value, schema, 'body')
}

/**
 * Checks input with the wording of the validator that Storage uses (Ajv).
 *
 * @param part the checked part, as messages name it
 * @throws StorageError 400 `InvalidRequest`
 */
export function check<Schema extends z.ZodType>(value: unknown, schema: Schema, part: string): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw malformed(issue === undefined ? `${part} is invalid` : `${part}${explain(issue, value)}`)
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming) {
    size += chunk.length
    if (size <= MAX_BYTES) chunks.push(chunk)
  }
  if (size <= MAX_BYTES) return Buffer.concat(chunks).toString('utf8')
  throw new StorageError(413, 'EntityTooLarge', 'Request body is too large', { error: 'Error', httpStatus: 413 })
}

function decode(text: string): unknown {
  if (text === '') throw unreadable("Body cannot be empty when content-type is set to 'application/json'")
  try {
    return JSON.parse(text)
  } catch {
    throw unreadable("Body is not valid JSON but content-type is set to 'application/json'")
  }
}

function unreadable(message: string): StorageError {
  return new StorageError(400, 'InvalidRequest', message, { error: 'FastifyError' })
}

function explain(issue: z.core.$ZodIssue, value: unknown): string {
  const at = issue.path.map((key) => `/${String(key)}`).join('')
  const last = issue.path.at(-1)
  if (last !== undefined && !isPresent(value, issue.path)) {
    return `${at.slice(0, -String(last).length - 1)} must have required property '${String(last)}'`
  }
  switch (issue.code) {
    case 'invalid_type':
      return `${at} must be ${TYPES[issue.expected] ?? issue.expected}`
    case 'too_small':
      return issue.origin === 'array'
        ? `${at} must NOT have fewer than ${issue.minimum} items`
        : `${at} must be >= ${issue.minimum}`
    case 'too_big':
      return issue.origin === 'array'
        ? `${at} must NOT have more than ${issue.maximum} items`
        : `${at} must be <= ${issue.maximum}`
    case 'invalid_value':
      return `${at} must be equal to one of the allowed values`
    default:
      return `${at} ${issue.message}`
  }
}

const TYPES: Record<string, string> = { int: 'integer', number: 'integer' }

function isPresent(value: unknown, path: readonly PropertyKey[]): boolean {
  let at = value
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return false
    at = Object.entries(at).find(([name]) => name === String(key))?.[1]
  }
  return at !== undefined
}
