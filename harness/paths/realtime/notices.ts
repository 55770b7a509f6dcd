import { z } from 'zod'
import type { Json, JsonObject } from '../../json.ts'
import type { FurtherText } from '../path.ts'
import { carries, type Mark } from './messages.ts'

/** A change of a row, as Realtime sends it. */
export interface Change {
  readonly type: 'INSERT' | 'UPDATE' | 'DELETE'
  /** When it was committed, as Realtime writes it; null in place of a row that is withheld. */
  readonly committed: string | null
  readonly record: JsonObject
  readonly old: JsonObject
  /** Why there is no record, or not all of it; null when nothing is wrong. */
  readonly errors: readonly string[] | null
}

/** Something that came in on a channel. */
export type Notice =
  | { readonly kind: 'broadcast'; readonly event: string; readonly payload: Json; readonly id: string | null }
  /** Somebody is tracked. */
  | { readonly kind: 'present'; readonly payload: JsonObject }
  /** `subscription` counts what was subscribed to, from 0. */
  | { readonly kind: 'change'; readonly subscription: number; readonly change: Change }
  | { readonly kind: 'system'; readonly extension: string; readonly ok: boolean; readonly message: string }

/** The subscription of the attempt. The changes of the others end the wait, and the actor did not ask for them. */
export const ownSubscription = 0

/** @returns the contents of notices, each with its place: `broadcasts[0]`, `changes[2]`. */
export function contentsOf(notices: readonly Notice[]): readonly FurtherText[] {
  const { broadcasts, presences, changes, messages } = {
    broadcasts: notices.flatMap((one) =>
      one.kind === 'broadcast' ? [{ event: one.event, payload: one.payload }] : [],
    ),
    presences: notices.flatMap((one) => (one.kind === 'present' ? [one.payload] : [])),
    changes: notices.flatMap((one) => {
      if (one.kind !== 'change' || one.subscription !== ownSubscription) return []
      const { record, old, errors } = one.change
      return [{ record, old, errors: errors ?? [] }]
    }),
    messages: notices.flatMap((one) => (one.kind === 'system' ? [one.message] : [])),
  }
  return Object.entries({ broadcasts, presences, changes, messages }).flatMap(([kind, contents]) =>
    contents.map((content, n) => ({ at: `${kind}[${n}]`, text: JSON.stringify(content) })),
  )
}

/** Finds one thing among the notices of a channel. */
export type NoticeMatcher<Found extends object = Notice> = (notice: Notice) => Found | undefined

/** @returns finds the broadcast that carries a mark. */
export function broadcastWith(mark: Mark): NoticeMatcher {
  return (notice) => (notice.kind === 'broadcast' && carries(notice.payload, mark) ? notice : undefined)
}

/** @returns finds the presence that carries a mark. */
export function presentWith(mark: Mark): NoticeMatcher {
  return (notice) => (notice.kind === 'present' && carries(notice.payload, mark) ? notice : undefined)
}

const json = z.json()
const row = z.record(z.string(), json)

const broadcastSchema = z.object({
  event: z.string(),
  payload: json.optional(),
  meta: z.object({ id: z.string().optional() }).optional(),
})

const presenceSchema = z.object({ newPresences: z.array(row) })

const systemSchema = z.object({ extension: z.string().catch(''), status: z.string(), message: z.string() })

const changeSchema = z.object({
  eventType: z.enum(['INSERT', 'UPDATE', 'DELETE']),
  commit_timestamp: z.string().nullish(),
  new: row.nullish(),
  old: row.nullish(),
  errors: z.array(z.string()).nullish(),
})

/** @returns a broadcast; null when it is not like one. */
export function broadcastIn(message: unknown): Notice | null {
  const parsed = broadcastSchema.safeParse(message)
  if (!parsed.success) return null
  const { event, payload = null, meta } = parsed.data
  return { kind: 'broadcast', event, payload, id: meta?.id ?? null }
}

/** @returns the members that have joined. */
export function presencesIn(message: unknown): readonly Notice[] {
  const parsed = presenceSchema.safeParse(message)
  return parsed.success ? parsed.data.newPresences.map((payload) => ({ kind: 'present', payload })) : []
}

/** @returns a system message; null when it is not like one. */
export function systemIn(message: unknown): Notice | null {
  const parsed = systemSchema.safeParse(message)
  if (!parsed.success) return null
  const { extension, status, message: text } = parsed.data
  return { kind: 'system', extension, ok: status === 'ok', message: text }
}

/** @returns a change; null when it is not like one. */
export function changeIn(message: unknown, subscription: number): Notice | null {
  const parsed = changeSchema.safeParse(message)
  if (!parsed.success) return null
  const { eventType: type, commit_timestamp: committed, new: record, old, errors } = parsed.data
  const change = { type, committed: committed ?? null, record: record ?? {}, old: old ?? {}, errors: errors ?? null }
  return { kind: 'change', subscription, change }
}
