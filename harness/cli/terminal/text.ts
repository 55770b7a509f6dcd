import { stripVTControlCharacters } from 'node:util'
import { withEscapes } from '../../invisible.ts'

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
const asciiOnly = /^[\x20-\x7e]*$/
/** Characters that take two columns: East Asian scripts and emoji. */
const wide = new RegExp(
  '[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\ua4cf\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe30-\\ufe6f]|' +
    '[\\uff00-\\uff60\\uffe0-\\uffe6]|\\p{Emoji_Presentation}',
  'u',
)

/**
 * Escapes a text of unknown origin for a terminal: a service's message must not move the cursor, clear the screen or change the
 * direction of writing.
 *
 * @returns the text on one line, with control characters escaped.
 */
export function plain(text: string): string {
  return withEscapes(text.replaceAll('\n', '\\n').replaceAll('\t', ' '))
}

/** @returns the width of the text in columns of a terminal. Styles do not count. */
export function widthOf(text: string): number {
  if (asciiOnly.test(text)) return text.length
  let width = 0
  for (const { segment } of graphemes.segment(stripVTControlCharacters(text))) width += wide.test(segment) ? 2 : 1
  return width
}

/** @returns the text, padded on the right to that width. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

/** @returns the text, cut to that width, with a mark at the cut. */
export function cut(text: string, width: number, unicode: boolean): string {
  if (widthOf(text) <= width) return text
  const mark = unicode ? '…' : '~'
  let kept = ''
  let used = 1
  for (const { segment } of graphemes.segment(text)) {
    used += widthOf(segment)
    if (used > width) break
    kept += segment
  }
  return kept + mark
}

/** Breaks a text at its spaces; a word that is longer than a line is broken where the line ends. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`
    if (widthOf(joined) <= width) {
      line = joined
      continue
    }
    if (line !== '') lines.push(line)
    line = word
    while (widthOf(line) > width) {
      const head = headOf(line, width)
      lines.push(head)
      line = line.slice(head.length)
    }
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line]
}

/** @returns the number with commas between thousands, the same in every locale. */
export function count(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',')
}

function headOf(text: string, width: number): string {
  let head = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    used += widthOf(segment)
    if (used > width) break
    head += segment
  }
  return head === '' ? text.slice(0, 1) : head
}
