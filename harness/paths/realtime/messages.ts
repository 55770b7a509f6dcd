import { randomBytes } from 'node:crypto'
import { isObject, type Json, type JsonObject } from '../../json.ts'

/** Where Realtime keeps what the database sends, and what its policies are about. */
export const messagesTable = 'realtime.messages'

/** The name of an event for which the matrix has none. */
export const usualEvent = 'trespass'

/** The key under which a payload carries its mark. */
const markKey = 'trespass'

/** Tells one message or one presence from all others. */
export type Mark = string

/** @returns a mark that nobody else has. */
export function newMark(): Mark {
  return randomBytes(9).toString('hex')
}

/** @returns the payload with the mark in it. Policies see neither. */
export function marked(payload: JsonObject, mark: Mark, more: JsonObject = {}): JsonObject {
  return { ...payload, [markKey]: mark, ...more }
}

/** @returns whether a payload carries the mark. */
export function carries(payload: Json | undefined, mark: Mark): boolean {
  return isObject(payload) && payload[markKey] === mark
}

/** @returns the payload as the sender meant it. */
export function unmarked(payload: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(payload).filter(([key]) => key !== markKey && key !== 'id'))
}
