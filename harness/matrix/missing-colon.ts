import { type Document, isMap, isPair, isScalar, visit } from 'yaml'

/** A key that lacks the colon behind it. */
export interface MissingColon {
  readonly offset: number
  /** The line, or the part of it, that was meant to be a key and its value. */
  readonly key: string
}

/** The parser's messages about a line without a colon that has deeper lines below it or stands beside keys. */
const keyMessages = /^(?:Implicit keys need to be on a single line|Implicit map keys need to be followed by map values)/
const flowMessage = /^Missing , or : between flow map items/

/**
 * Finds the first key without a colon. The parser continues after one, and misreads the text that follows.
 *
 * @returns null when every key has its colon, as far as can be seen.
 */
export function missingColon(document: Document.Parsed, text: string): MissingColon | null {
  const quoted = document.errors.length > 0 ? quotedKeys(text) : []
  const found = [...inErrors(document, text), ...inKeys(document, text), ...quoted]
  return found.sort((one, other) => one.offset - other.offset)[0] ?? null
}

function inErrors(document: Document.Parsed, text: string): readonly MissingColon[] {
  return document.errors.flatMap(({ message, pos: [offset] }) => {
    if (keyMessages.test(message)) return [{ offset, key: lineFrom(text, offset) }]
    if (!flowMessage.test(message)) return []
    return [{ offset: startOfEntry(text, offset), key: entryFrom(text, startOfEntry(text, offset)) }]
  })
}

/** `{ table notes }` and `read own { select: own }` are valid YAML: keys with a space and no value, or with a brace. */
function inKeys(document: Document.Parsed, text: string): readonly MissingColon[] {
  const found: MissingColon[] = []
  visit(document, {
    Pair: (_, { key, value }, parents) => {
      if (!isScalar<string>(key) || typeof key.value !== 'string' || key.type !== 'PLAIN') return
      const offset = key.range?.[0] ?? 0
      const map = parents.findLast((parent) => isMap(parent) || isPair(parent))
      const isFlow = isMap(map) && map.flow === true
      if (isFlow && value === null && /\s/.test(key.value)) found.push({ offset, key: key.value })
      // A brace that opens in a key and closes in its value belongs to a flow mapping that was meant to be the value.
      if (/\s[{[]/.test(key.value) && !/[}\]]/.test(key.value)) found.push({ offset, key: lineFrom(text, offset) })
    },
  })
  return found
}

/** A line that begins with a quoted key and goes on with its value, or with deeper lines. */
function quotedKeys(text: string): readonly MissingColon[] {
  const lines = /^([ ]*)(?:"[^"\n]*"|'[^'\n]*')(?:[ ]+[^\s:#,][^\n]*|[ ]*\n\1[ ]+\S[^\n]*:[^\n]*)$/gm
  return [...text.matchAll(lines)].map(({ index, 1: indent = '' }) => {
    const offset = index + indent.length
    return { offset, key: lineFrom(text, offset) }
  })
}

function lineFrom(text: string, offset: number): string {
  return text.slice(offset).split('\n')[0]?.trim() ?? ''
}

function startOfEntry(text: string, offset: number): number {
  const before = text.slice(0, offset)
  const start = Math.max(before.lastIndexOf('{'), before.lastIndexOf(','), before.lastIndexOf('\n')) + 1
  return start + (/^\s*/.exec(text.slice(start))?.[0].length ?? 0)
}

function entryFrom(text: string, offset: number): string {
  return (
    text
      .slice(offset)
      .split(/[,}\n]/)[0]
      ?.trim() ?? ''
  )
}
