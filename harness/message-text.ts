import leven from 'leven'
import { isList, type Json } from './json.ts'

/** Keys and tokens are recognised by their format and never repeated in a message. */
const secrets = /sb_(?:secret|publishable)_\S*|eyJ[\w-]*\.[\w-]*\.?[\w-]*|\bsbp_\w+/g

const longest = 60

/** @returns a value as a message names it, without any key or token that it holds. */
export function describe(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'no value'
  if (isList(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty mapping' : 'a mapping'
  return quote(String(value))
}

/** @returns a text in backticks, shortened, without any key or token that it holds. */
export function quote(text: string): string {
  const shown = text.replace(secrets, '(a key)').replace(/\s+/g, ' ')
  return shown.length > longest ? `\`${shown.slice(0, longest)}…\`` : `\`${shown}\``
}

/** @returns a message as the begin of a sentence. */
export function capitalized(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}

/** @returns "`a`, `b` or `c`". */
export function oneOf(names: readonly string[]): string {
  return join(names.map(quote), 'or')
}

/** @returns "`a`" for the only name there is, "one of 65" for many. */
export function oneOfMany(names: readonly string[]): string {
  const [only] = names
  return names.length === 1 && only !== undefined ? quote(only) : `one of ${names.length}`
}

/** @returns "`a`, `b` and `c`". */
export function allOf(names: readonly string[]): string {
  return join(names.map(quote), 'and')
}

function join(parts: readonly string[], word: string): string {
  if (parts.length < 2) return parts.join('')
  return `${parts.slice(0, -1).join(', ')} ${word} ${parts.at(-1)}`
}

/** @returns "did you mean `x`?" for the known name that is nearest to a misspelt one; undefined when none is near. */
export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  const [best] = nearest(name, known, 1)
  return best === undefined ? undefined : `did you mean ${quote(best)}?`
}

/** @returns "did you mean `x`, `y` or `z`?" with the three nearest names at most; undefined when none is near. */
export function didYouMeanOneOf(name: string, known: Iterable<string>): string | undefined {
  const names = nearest(name, known, 3).map((one) => `\`${one}\``)
  return names.length === 0 ? undefined : `did you mean ${join(names, 'or')}?`
}

/** @returns names as near as the nearest one, or nearly so, the nearest first; of two as near the first. */
function nearest(name: string, known: Iterable<string>, many: number): readonly string[] {
  const wanted = name.toLowerCase()
  // Two swapped letters count as two mistakes: a name of three letters may have them.
  const most = Math.ceil(name.length * 0.4)
  const near = [...new Set(known)]
    .map((candidate) => ({ candidate, distance: distanceTo(wanted, candidate.toLowerCase(), most, many) }))
    .filter(({ distance }) => distance <= most)
    .sort((one, other) => one.distance - other.distance)
  const best = near[0]?.distance ?? 0
  return near
    .filter(({ distance }) => distance <= best + 1)
    .slice(0, many)
    .map(({ candidate }) => candidate)
}

/** Among several names, one that holds the misspelt one whole is near too. */
function distanceTo(wanted: string, candidate: string, most: number, many: number): number {
  if (Math.abs(wanted.length - candidate.length) <= most) return leven(wanted, candidate)
  return many > 1 && wanted.length >= 3 && candidate.includes(wanted) ? most : Number.POSITIVE_INFINITY
}
