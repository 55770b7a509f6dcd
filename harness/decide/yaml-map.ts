import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml'
import type { TextEdit } from './text-edits.ts'
import { yamlScalar } from './yaml-scalars.ts'

/** A key with its value, and their positions. */
export interface Entry {
  readonly name: string
  readonly key: Node
  readonly value: Node | null
}

/** A longer line of a flow mapping is broken. */
const longestLine = 120

/** A mapping of a text, to which entries can be added in its own style. */
export class YamlMap {
  readonly entries: readonly Entry[]
  readonly isFlow: boolean
  readonly #text: string
  readonly #start: number
  readonly #end: number

  constructor(text: string, node: YAMLMap<Node, Node | null>) {
    this.#text = text
    this.isFlow = node.flow === true
    this.#start = node.range?.[0] ?? 0
    this.#end = node.range?.[1] ?? 0
    this.entries = node.items.map((pair) => ({ name: nameOf(pair), key: pair.key, value: pair.value }))
  }

  entry(name: string): Entry | undefined {
    return this.entries.find((entry) => entry.name === name)
  }

  /** The column at which its keys begin, as spaces. */
  get indent(): string {
    const [first] = this.entries
    return ' '.repeat(columnOf(this.#text, first?.key.range?.[0] ?? this.#start))
  }

  /**
   * @param after the entry behind which the new ones come; null for behind the last one.
   * @param lines the new entries: `read: deny(rls)`; a block entry may have further lines.
   */
  insertion(after: Entry | null, lines: readonly string[]): TextEdit {
    const before = after ?? this.entries.at(-1)
    if (before === undefined) {
      return { start: this.#start, end: this.#end, text: `{ ${lines.join(', ')} }` }
    }
    const end = endOf(before.value ?? before.key)
    if (!this.isFlow) return { ...lineEnd(this.#text, end), text: lines.map((line) => this.#newLine(line)).join('') }
    const inOne = lines.map((line) => `, ${line}`).join('')
    if (this.#lineLength(end) + inOne.length <= longestLine) return { start: end, end, text: inOne }
    const indent = ' '.repeat(this.#lineIndent() + 4)
    return { start: end, end, text: lines.map((line) => `,${newLineOf(this.#text)}${indent}${line}`).join('') }
  }

  #newLine(line: string): string {
    const newLine = `${newLineOf(this.#text)}${this.indent}`
    return newLine + line.replaceAll('\n', newLine)
  }

  #lineLength(offset: number): number {
    const end = this.#text.indexOf('\n', offset)
    return columnOf(this.#text, offset) + (end === -1 ? this.#text.length : end) - offset
  }

  #lineIndent(): number {
    const line = this.#text.slice(this.#start - columnOf(this.#text, this.#start))
    return /^ */.exec(line)?.[0].length ?? 0
  }
}

/** @returns the mapping that a node is; null for an alias and for anything else. */
export function yamlMap(text: string, node: Node | null | undefined): YamlMap | null {
  return isMap<Node, Node | null>(node) ? new YamlMap(text, node) : null
}

/** @returns the range of a node's own text. */
export function rangeOf(node: Node): { readonly start: number; readonly end: number } {
  return { start: node.range?.[0] ?? 0, end: node.range?.[1] ?? 0 }
}

/** @returns a key of one or several names. The commas between them need quotes in a flow mapping. */
export function keyText(names: readonly string[], isFlow: boolean): string {
  const words = names.map(yamlScalar)
  return isFlow || words.some((word) => word.startsWith('"')) ? yamlScalar(names.join(', ')) : words.join(', ')
}

function nameOf({ key }: Pair<Node, Node | null>): string {
  if (!isScalar(key)) return ''
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))
}

/** The end of a node's last line; a block collection's own end is after comments and empty lines. */
function endOf(node: Node): number {
  const end = node.range?.[1] ?? 0
  if (isAlias(node) || isScalar(node)) return end
  const last = isMap<Node, Node | null>(node) ? node.items.at(-1) : undefined
  if (isMap(node) && node.flow !== true && last !== undefined) return endOf(last.value ?? last.key)
  const item = isSeq<Node>(node) && node.flow !== true ? node.items.at(-1) : undefined
  return item === undefined ? end : endOf(item)
}

/** The end of the line, before its line break: a comment on the line stays there. */
function lineEnd(text: string, offset: number): { readonly start: number; readonly end: number } {
  // The text of a block scalar ends with its last line break.
  const found = text[offset - 1] === '\n' ? offset - 1 : text.indexOf('\n', offset)
  const end = found === -1 ? text.length : text[found - 1] === '\r' ? found - 1 : found
  return { start: end, end }
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1)
}

/** @returns the line break that a text uses. */
function newLineOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n'
}
