import { createHash, randomInt } from 'node:crypto'
import type { Json } from '../json.ts'

/** The words of references whose value no other row of the run has. */
const uniqueReferences = ['unique', 'uuid', 'number', 'date', 'future'] as const
export type UniqueReference = (typeof uniqueReferences)[number]

/**
 * The words whose value distinguishes a row from the rows of other people. A number or a day may occur in any row, so it does not
 * name one.
 */
export const namingWords: readonly string[] = ['run', 'unique', 'uuid']

/** @returns true when a name is one of {@link uniqueReferences}. */
export function isUniqueReference(name: string): name is UniqueReference {
  return uniqueReferences.some((word) => word === name)
}

const day = 86_400_000

/** Days by which a date is off today at least, so that it is past or future in every time zone. */
const margin = 2

/** Processes of one run start at different numbers and days. */
const firstNumber = 1_000_000_000 + randomInt(1_000_000_000)
const firstDay = margin + randomInt(3650)

/** Rows that have a number or a day, in the order of their first use: consecutive places cannot collide. */
const places = new Map<string, number>()

/**
 * Returns the value of a word for the row of a text: the same on every call, and another one for every other text. A number fits
 * into an `integer`, and a date is the text of a day.
 */
export function uniqueValue(
  word: UniqueReference,
  { run, unique }: { readonly run: string; readonly unique: string },
): Json {
  switch (word) {
    case 'unique':
      return unique
    case 'uuid':
      return uuidOf(`${run}/${unique}`)
    case 'number':
      return firstNumber + placeOf(`${run}/${unique}`)
    case 'date':
      return dayText(-firstDay - placeOf(`${run}/${unique}`))
    case 'future':
      return dayText(firstDay + placeOf(`${run}/${unique}`))
  }
}

function placeOf(row: string): number {
  const place = places.get(row) ?? places.size
  places.set(row, place)
  return place
}

/** @returns the day so many days from today, in UTC. */
function dayText(days: number): string {
  return new Date(Date.now() + days * day).toISOString().slice(0, 10)
}

/** A UUID of version 4 in its form (RFC 9562, section 5.4), with bits of a digest in place of random ones. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
