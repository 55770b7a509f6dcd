import { z } from 'zod'

const inMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000 }
const form = /^(\d+(?:\.\d+)?)(ms|s|min)$/

/** A time as a scenario states it: `500ms`, `2s`, `1.5min`. */
export const duration = z.string().regex(form, { error: 'a time such as `500ms`, `2s` or `1.5min`' })

/** @returns the milliseconds of a time that was stated. */
export function milliseconds(stated: string): number {
  const [, count, unit] = form.exec(stated) ?? []
  return Number(count ?? 0) * (inMs[unit ?? ''] ?? 0)
}
