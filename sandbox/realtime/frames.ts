import { z } from 'zod'

/**
 * The two wire formats of Realtime: version 1.0.0 is a JSON object per message, version 2.0.0 a JSON array, and a binary frame
 * for broadcasts of users (Realtime `socket/v2_serializer.ex`, realtime-js `lib/serializer.ts`).
 */

/** A broadcast of a user, as received: the server reads the event's name and never the payload. */
export interface UserBroadcast {
  event: string
  encoding: 'json' | 'binary'
  body: Buffer
  /** The id of a message from the database, and whether it is replayed. */
  meta?: { id: string; replayed?: true }
}

/** A message from a client. */
export interface Incoming {
  joinRef: string | null
  ref: string | null
  topic: string
  event: string
  payload: unknown
  /** The content of a binary frame, in place of a payload. */
  userBroadcast?: UserBroadcast
}

/** A message to a client. */
export interface Outgoing {
  joinRef?: string | null
  ref?: string | null
  topic: string
  event: string
  payload: unknown
}

/** The wire format of one connection's messages. */
export interface Frames {
  /**
   * Decodes a frame.
   *
   * @returns undefined if it is not a message; such frames are ignored
   */
  decode(data: Buffer, isBinary: boolean): Incoming | undefined
  encode(message: Outgoing): string
  /** Encodes a user's broadcast; undefined if this version cannot carry it. */
  encodeBroadcast(topic: string, broadcast: UserBroadcast): string | Buffer | undefined
}

const ref = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .transform((value) => value ?? null)
const objectMessage = z.object({ topic: z.string(), event: z.string(), payload: z.unknown(), ref, join_ref: ref })
const arrayMessage = z.tuple([ref, ref, z.string(), z.string(), z.unknown()]).rest(z.unknown())

const PUSH = 0
const USER_BROADCAST_PUSH = 3
const USER_BROADCAST = 4
const JSON_ENCODING = 1

/** The format for the `vsn` parameter of a connection, 1.0.0 when it is missing; undefined for an unknown version. */
export function framesOf(version: string | undefined): Frames | undefined {
  if (version === undefined || /^1\.0\.\d+$/.test(version)) return versionOne
  return /^2\.0\.\d+$/.test(version) ? versionTwo : undefined
}

const versionOne: Frames = {
  decode(data, isBinary) {
    const parsed = isBinary ? undefined : objectMessage.safeParse(parseJson(data))
    if (parsed?.success !== true) return undefined
    const { join_ref: joinRef, ...message } = parsed.data
    return { ...message, joinRef }
  },
  encode: ({ topic, event, payload, ref = null }) => JSON.stringify({ topic, event, payload, ref }),
  encodeBroadcast(topic, { event, encoding, body, meta }) {
    if (encoding === 'binary') return undefined
    const rest = { event, type: 'broadcast', ...(meta === undefined ? {} : { meta }) }
    const payload = `{"payload":${body.toString('utf8')},${JSON.stringify(rest).slice(1)}`
    return `{"topic":${JSON.stringify(topic)},"event":"broadcast","payload":${payload},"ref":null}`
  },
}

const versionTwo: Frames = {
  decode(data, isBinary) {
    if (isBinary) return decodeBinary(data)
    const parsed = arrayMessage.safeParse(parseJson(data))
    if (!parsed.success) return undefined
    const [joinRef, messageRef, topic, event, payload] = parsed.data
    return { joinRef, ref: messageRef, topic, event, payload }
  },
  encode: ({ joinRef = null, ref = null, topic, event, payload }) =>
    JSON.stringify([joinRef, ref, topic, event, payload]),
  encodeBroadcast(topic, { event, encoding, body, meta }) {
    const parts = [topic, event, meta === undefined ? '' : JSON.stringify(meta)].map((part) => Buffer.from(part))
    if (parts.some(({ length }) => length > 255)) return undefined
    const header = [USER_BROADCAST, ...parts.map(({ length }) => length), encoding === 'json' ? JSON_ENCODING : 0]
    return Buffer.concat([Buffer.from(header), ...parts, body])
  },
}

/**
 * The frame consists of one byte for the kind, one for the length of each text, one for the encoding of a broadcast, the texts,
 * and the payload.
 */
function decodeBinary(data: Buffer): Incoming | undefined {
  const kind = data[0]
  if (kind !== PUSH && kind !== USER_BROADCAST_PUSH) return undefined
  const count = kind === PUSH ? 4 : 5
  const texts: string[] = []
  let offset = kind === PUSH ? 1 + count : 2 + count
  for (const length of data.subarray(1, 1 + count)) {
    texts.push(data.toString('utf8', offset, offset + length))
    offset += length
  }
  const [joinRef = '', messageRef = '', topic = '', event = ''] = texts
  if (offset > data.length) return undefined
  const common = { joinRef, ref: messageRef === '' ? null : messageRef, topic }
  if (kind === PUSH) return { ...common, event, payload: undefined }
  const encoding = data[1 + count] === JSON_ENCODING ? 'json' : 'binary'
  const userBroadcast: UserBroadcast = { event, encoding, body: data.subarray(offset) }
  return { ...common, event: 'broadcast', payload: undefined, userBroadcast }
}

function parseJson(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString('utf8'))
  } catch {
    return undefined
  }
}
