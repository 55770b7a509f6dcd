import { z } from 'zod'
import { messageOf } from '../errors.ts'
import { AuthError } from './errors.ts'

/** GoTrue refuses bodies above 1 MiB. */
const maxBytes = 1 << 20

/** A text that may be missing or null; both mean the empty text, as in GoTrue's Go structs. */
export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')

/** A text that may be missing, with another meaning than the empty text. */
export const optionalText = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined)

/** A switch that is off when it is missing or null. */
export const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false)

/** A JSON object with free keys; missing and null leave the stored one unchanged. */
export const metadata = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((value) => value ?? undefined)

/**
 * Reads a request's body.
 *
 * @throws AuthError 413 `request_entity_too_large`
 */
export async function readBody(request: Request): Promise<string> {
  const body = await request.text()
  if (Buffer.byteLength(body) <= maxBytes) return body
  const message = `Request body too large (max ${maxBytes} bytes)`
  throw new AuthError(413, 'request_entity_too_large', message)
}

/**
 * Parses a JSON body. Unknown keys are ignored; a value of the wrong type counts as JSON that cannot be read, because
 * GoTrue decodes straight into typed structs.
 *
 * @throws AuthError 400 `bad_json`
 */
export function parseBody<Schema extends z.ZodType>(body: string, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(decode(body))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw badJson(`json: field ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong type'}`)
}

function decode(body: string): unknown {
  if (body.trim() === '') throw badJson('unexpected end of JSON input')
  try {
    const value: unknown = JSON.parse(body)
    return value ?? {}
  } catch (error) {
    throw badJson(messageOf(error))
  }
}

function badJson(reason: string): AuthError {
  return new AuthError(400, 'bad_json', `Could not parse request body as JSON: ${reason}`)
}
