/**
 * Characters that a reader does not see and that change how a line is read: controls (C0, C1), controls of the direction of
 * writing, line and paragraph separators, format characters such as zero-width spaces and tags, and lone surrogates. Two
 * joiners are no part of them: Persian, Indic scripts and emoji are written with them.
 */
const characters = '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}](?<![\\u200c\\u200d])'

const each = new RegExp(characters, 'gu')
const runs = new RegExp(`(?:${characters})+`, 'gu')
const one = new RegExp(characters, 'u')

/** True for a text with a character that a reader does not see. */
export function hasInvisible(text: string): boolean {
  return one.test(text)
}

/**
 * Writes characters that a reader does not see as JavaScript and JSON do: `\u001b`. Inside JSON the text keeps its value.
 *
 * @param kept characters that stay as they are.
 */
export function withEscapes(text: string, kept = ''): string {
  return text.replace(each, (character) => (kept.includes(character) ? character : escapeOf(character)))
}

/** Replaces each run of characters that a reader does not see. */
export function withoutInvisible(text: string, replacement: string): string {
  return text.replace(runs, replacement)
}

function escapeOf(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
