import { randomBytes } from 'node:crypto'
import { isObject, type Json, type JsonObject } from '../../json.ts'

/** Realtime's table of messages that the database sends, and the table that its policies are on. */
export const messagesTable = 'realtime.messages'

/** The name of an event for which the matrix has none. */
export const usualEvent = 'trespass'

/** The key under which a payload carries its mark. */
const markKey = 'trespass'

/** A unique mark of one message or one presence. */
export type Mark = string

/** @returns a new unique mark. */
export function newMark(): Mark {
  return randomBytes(9).toString('hex')
}

/** @returns the payload with the mark in it. Policies see neither. */
export function marked(payload: JsonObject, mark: Mark, more: JsonObject = {}): JsonObject {
  return { ...payload, [markKey]: mark, ...more }
}

/** @returns true when a payload carries the mark. */
export function carries(payload: Json | undefined, mark: Mark): boolean {
  return isObject(payload) && payload[markKey] === mark
}

/** @returns the payload without the mark. */
export function unmarked(payload: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(payload).filter(([key]) => key !== markKey && key !== 'id'))
}
