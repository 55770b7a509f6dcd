import leven from 'leven'
import { isList, type Json } from './json.ts'

/** What looks like a key or a token is never repeated in a message. */
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

/** @returns "`a`, `b` or `c`". */
export function oneOf(names: readonly string[]): string {
  return join(names.map(quote), 'or')
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
  // Two swapped letters count as two mistakes: a name of three letters may have them.
  const most = Math.ceil(name.length * 0.4)
  let best: { readonly name: string; readonly distance: number } | undefined
  for (const candidate of known) {
    const distance = leven(name.toLowerCase(), candidate.toLowerCase())
    if (distance <= most && (best === undefined || distance < best.distance)) best = { name: candidate, distance }
  }
  return best === undefined ? undefined : `did you mean ${quote(best.name)}?`
}
