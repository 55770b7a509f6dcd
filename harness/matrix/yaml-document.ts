import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
} from 'yaml'
import type { Position, Problem } from '../errors.ts'
import type { Json } from '../json.ts'
import { type Mark, type MatrixDocument, markKey, startOf } from './document.ts'
import type { KeyPath } from './model.ts'
import { quote } from './words.ts'

/** More nodes than any file that a person wrote: aliases that multiply each other stop here. */
const mostNodes = 200_000

/** Errors that a text without its quotes leads to. */
const quotable: readonly string[] = ['UNEXPECTED_TOKEN', 'BLOCK_AS_IMPLICIT_KEY', 'MISSING_CHAR']

/** Reads one YAML document with the position of every key and value. @returns null when it does not parse. */
export function readYaml(text: string, file: string, problems: Problem[]): MatrixDocument | null {
  const counter = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: counter, prettyErrors: false })
  const reader = new YamlReader(text, file, counter, problems)
  const [document, second] = Array.isArray(documents) ? documents : []
  if (document === undefined || document.contents === null) {
    problems.push({ code: 'empty-file', at: startOf(file), found: 'an empty file', expected: 'a mapping of keys' })
    return null
  }
  const sound = reader.reportSyntax(document)
  if (second !== undefined) {
    reader.problem('several-documents', second.range[0], 'a second YAML document', 'one document in a file')
  }
  if (!sound) return null
  const data = reader.read(document, document.contents, [], undefined)
  return data === undefined || reader.broken ? null : { file, data, marks: reader.marks, approximate: false }
}

class YamlReader {
  readonly marks = new Map<string, Mark>()
  readonly #text: string
  readonly #file: string
  readonly #counter: LineCounter
  readonly #problems: Problem[]
  readonly #open = new Set<Node>()
  #nodes = 0
  /** True when a part could not be read, so that what is said about the rest would mislead. */
  broken = false

  constructor(text: string, file: string, counter: LineCounter, problems: Problem[]) {
    this.#text = text
    this.#file = file
    this.#counter = counter
    this.#problems = problems
  }

  #position(offset: number): Position {
    const { line, col } = this.#counter.linePos(offset)
    return { file: this.#file, line: Math.max(1, line), column: Math.max(1, col) }
  }

  problem(code: string, offset: number, found: string, expected: string, hint?: string): void {
    const at = this.#position(offset)
    this.#problems.push({ code, at, found, expected, ...(hint === undefined ? {} : { hint }) })
  }

  /** @returns whether the data can be trusted: keys written twice are reported, and reading goes on. */
  reportSyntax(document: Document.Parsed): boolean {
    let sound = true
    const lines = new Set<number>()
    for (const error of document.errors) {
      if (error.code === 'DUPLICATE_KEY') {
        const [key = ''] = /^(?:"[^"]*"|'[^']*'|[^:]*)/.exec(this.#text.slice(error.pos[0])) ?? []
        this.problem('duplicate-key', error.pos[0], `the key ${quote(key.trim())} a second time`, 'every key once')
        continue
      }
      sound = false
      const { line } = this.#position(error.pos[0])
      if (lines.has(line)) continue
      lines.add(line)
      const hint = quotable.includes(error.code) ? 'a text that holds { } [ ] , # or ": " needs quotes' : undefined
      this.problem('yaml-syntax', error.pos[0], error.message.replace(/\s+/g, ' '), 'valid YAML', hint)
    }
    for (const warning of document.warnings) {
      this.problem('yaml-syntax', warning.pos[0], warning.message.replace(/\s+/g, ' '), 'plain YAML without tags')
    }
    return sound
  }

  /** @returns the node's data; undefined when it holds something that is no JSON, which has been reported. */
  read(document: Document.Parsed, node: Node | null, path: KeyPath, key: number | undefined): Json | undefined {
    const offset = node?.range?.[0] ?? key ?? 0
    const empty = node === null || (isScalar(node) && node.value === null && node.source === '')
    const value = this.#position(empty ? (key ?? offset) : offset)
    this.marks.set(markKey(path), { key: key === undefined ? value : this.#position(key), value })
    this.#nodes += 1
    if (this.#nodes > mostNodes) {
      this.broken = true
      if (this.#nodes === mostNodes + 1) {
        this.problem('too-large', offset, `more than ${mostNodes} values`, 'a smaller file')
      }
      return undefined
    }
    if (node === null) return null
    this.#open.add(node)
    const data = this.#data(document, node, path, offset)
    this.#open.delete(node)
    return data
  }

  #data(document: Document.Parsed, node: Node, path: KeyPath, offset: number): Json | undefined {
    if (isAlias(node)) return this.#alias(document, node, path, offset)
    if (isMap<Node, Node | null>(node)) return this.#mapping(document, node.items, path)
    if (isSeq<Node | null>(node)) {
      return node.items.map((item, index) => this.read(document, item, [...path, index], undefined) ?? null)
    }
    return isScalar(node) ? this.#scalar(node.value, offset) : undefined
  }

  /** What stands behind an alias keeps the alias's own position; what is inside it, that of the anchor. */
  #alias(document: Document.Parsed, alias: Alias, path: KeyPath, offset: number): Json | undefined {
    const target = alias.resolve(document)
    if (target === undefined || this.#open.has(target)) {
      const found = target === undefined ? `the alias ${quote(`*${alias.source}`)}` : 'an alias that holds itself'
      this.broken = true
      this.problem('yaml-syntax', offset, found, 'an alias of an earlier anchor')
      return undefined
    }
    const mark = this.marks.get(markKey(path))
    const data = this.read(document, target, path, undefined)
    if (mark !== undefined) this.marks.set(markKey(path), mark)
    return data
  }

  #mapping(
    document: Document.Parsed,
    items: readonly { readonly key: Node; readonly value: Node | null }[],
    path: KeyPath,
  ): Json {
    const entries: [string, Json][] = []
    for (const { key, value } of items) {
      const offset = key?.range?.[0] ?? 0
      if (!isScalar(key) || key.value === null || String(key.value) === '__proto__') {
        this.broken = true
        this.problem('key-form', offset, 'a key that is no name', 'a plain text as key')
        continue
      }
      const name = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))
      const data = this.read(document, value, [...path, name], offset)
      if (data !== undefined) entries.push([name, data])
    }
    return Object.fromEntries(entries)
  }

  #scalar(value: unknown, offset: number): Json | undefined {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
    const exact =
      typeof value === 'number' && (Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value))
    if (exact) return value
    this.problem(
      'number-form',
      offset,
      'a number that JSON cannot carry exactly',
      'a smaller number, or a text in quotes',
    )
    return undefined
  }
}
