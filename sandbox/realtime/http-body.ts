import { z } from 'zod'
import type { UserBroadcast } from './frames.ts'
import type { PlainBroadcast } from './hub.ts'
import { PAYLOAD_BYTES } from './limits.ts'

/** The problems of a body, by field, in Realtime's wording. */
export interface BodyErrors {
  errors: Record<string, unknown>
}

/** One message of a batch. */
export interface BatchMessage extends PlainBroadcast {
  topic: string
  private: boolean
}

const BLANK = "can't be blank"
const INVALID = 'is invalid'
const TOO_LARGE = 'Payload size exceeds tenant limit'

const body = z.object({ messages: z.array(z.record(z.string(), z.unknown())) })

const required = z
  .string({ error: ({ input }) => (input === undefined || input === null ? BLANK : INVALID) })
  .refine((text) => text.trim() !== '', BLANK)

const message = z.object({
  topic: required,
  event: required,
  payload: z
    .record(z.string(), z.unknown(), {
      error: ({ input }) => (input === undefined || input === null ? BLANK : INVALID),
    })
    .refine((payload) => !isTooLarge(JSON.stringify(payload)), TOO_LARGE),
  private: z
    .boolean({ error: INVALID })
    .nullish()
    .transform((value) => value ?? false),
  id: z.uuid({ error: INVALID }).nullish(),
})

/** Parses the body of a batch: one invalid message makes all of it invalid. */
export function readBatch(text: string): { messages: BatchMessage[] } | BodyErrors {
  const parsed = body.safeParse(parseJson(text))
  if (!parsed.success) return { errors: { messages: [isMissing(parseJson(text)) ? BLANK : INVALID] } }
  if (parsed.data.messages.length === 0) return { errors: { messages: [BLANK] } }
  const read = parsed.data.messages.map((item) => message.safeParse(item))
  if (read.some(({ success }) => !success)) {
    return {
      errors: { messages: read.map(({ error }) => (error === undefined ? {} : z.flattenError(error).fieldErrors)) },
    }
  }
  return {
    messages: read.flatMap(({ data }) => {
      if (data === undefined) return []
      const { topic, event, payload, private: isPrivate, id } = data
      const meta = typeof id === 'string' ? { meta: { id } } : {}
      return [{ topic, private: isPrivate, payload: { payload, event, type: 'broadcast', ...meta } }]
    }),
  }
}

/**
 * Parses the body of a single message.
 *
 * @returns undefined if its type is JSON and it is not valid JSON
 */
export function readSingle(
  event: string,
  bytes: Buffer,
  encoding: 'json' | 'binary',
): UserBroadcast | BodyErrors | undefined {
  if (bytes.length > PAYLOAD_BYTES) return { errors: { payload: [TOO_LARGE] } }
  if (encoding === 'binary') return { event, encoding, body: bytes }
  const payload = bytes.length === 0 ? {} : parseJson(bytes.toString('utf8'))
  if (payload === undefined) return undefined
  // Phoenix wraps a payload that is not an object in `_json`.
  const isObject = typeof payload === 'object' && payload !== null && !Array.isArray(payload)
  return { event, encoding, body: Buffer.from(JSON.stringify(isObject ? payload : { _json: payload })) }
}

function isMissing(value: unknown): boolean {
  return typeof value !== 'object' || value === null || !('messages' in value) || value.messages === null
}

function isTooLarge(text: string): boolean {
  return Buffer.byteLength(text) > PAYLOAD_BYTES
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
