import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, visit } from 'yaml'
import type { Position, Problem } from '../errors.ts'
import type { Json } from '../json.ts'
import { quote } from '../message-text.ts'
import type { KeyPath } from '../model/matrix.ts'
import type { ProblemCode } from '../problem-codes.ts'
import { BeyondLimit, deepestLevel, yamlDocuments } from '../yaml-text.ts'
import { type Mark, type MatrixDocument, markKey, startOf } from './document.ts'
import { missingColon } from './missing-colon.ts'

/** The most nodes that aliases repeat: those that multiply each other stop here. */
const mostRepeated = 20_000

/** Ends the reading of a document whose problem has been reported. */
class Unreadable extends Error {}

/** Errors that a text without its quotes leads to. */
const quotable: readonly string[] = ['UNEXPECTED_TOKEN', 'BLOCK_AS_IMPLICIT_KEY', 'MISSING_CHAR']

/** Reads one YAML document with the position of every key and value. @returns null when it does not parse. */
export function readYaml(text: string, file: string, problems: Problem[]): MatrixDocument | null {
  const counter = new LineCounter()
  const reader = new YamlReader(text, file, counter, problems)
  const documents = documentsIn(text, counter, reader)
  if (documents === null) return null
  const [document, second] = documents
  if (document === undefined || document.contents === null) {
    problems.push({ code: 'empty-file', at: startOf(file), found: 'an empty file', expected: 'a mapping of keys' })
    return null
  }
  const sound = reader.reportSyntax(document)
  if (second !== undefined) {
    reader.problem('several-documents', second.range[0], 'a second YAML document', 'one document in a file')
  }
  if (!sound) return null
  const data = reader.readDocument(document)
  return data === undefined || reader.broken ? null : { file, data, marks: reader.marks, approximate: false }
}

/** @returns null when the text is beyond a limit, which has been reported. */
function documentsIn(text: string, counter: LineCounter, reader: YamlReader): readonly Document.Parsed[] | null {
  try {
    return yamlDocuments(text, {}, counter)
  } catch (error) {
    if (!(error instanceof BeyondLimit)) throw error
    const { code, offset, message } = error
    reader.problem(code, offset, message, code === 'too-deep' ? 'a flatter file' : 'several smaller files')
    return null
  }
}

/** @returns the node behind each alias, in one pass over the document. */
function aliasTargets(document: Document.Parsed): ReadonlyMap<Alias, Node> {
  const anchored = new Map<string, Node>()
  const targets = new Map<Alias, Node>()
  visit(document, {
    Node: (_key, node) => {
      const target = isAlias(node) ? anchored.get(node.source) : undefined
      if (isAlias(node) && target !== undefined) targets.set(node, target)
      if ('anchor' in node && node.anchor !== undefined && node.anchor !== '') anchored.set(node.anchor, node)
    },
  })
  return targets
}

class YamlReader {
  readonly marks = new Map<string, Mark>()
  readonly #text: string
  readonly #file: string
  readonly #counter: LineCounter
  readonly #problems: Problem[]
  readonly #open = new Set<Node>()
  #targets: ReadonlyMap<Alias, Node> = new Map()
  #repeated = 0
  /** How many aliases are being read, one inside the other. */
  #aliases = 0
  /** True when a part could not be read, so that problems of the rest would mislead. */
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

  problem(code: ProblemCode, offset: number, found: string, expected: string, hint?: string): void {
    const at = this.#position(offset)
    this.#problems.push({ code, at, found, expected, ...(hint === undefined ? {} : { hint }) })
  }

  /** @returns the document's data; undefined when it holds something that is no JSON, which has been reported. */
  readDocument(document: Document.Parsed): Json | undefined {
    this.#targets = aliasTargets(document)
    try {
      return this.#read(document.contents, [], undefined)
    } catch (error) {
      if (error instanceof Unreadable) return undefined
      throw error
    }
  }

  /** @returns true when the data can be trusted: keys written twice are reported, and reading goes on. */
  reportSyntax(document: Document.Parsed): boolean {
    const lacking = missingColon(document, this.#text)
    if (lacking !== null) {
      // Everything else that is wrong with such a text follows from it.
      const { offset, key } = lacking
      this.problem('missing-colon', offset, `${quote(key)} without a colon`, `\`${key.split(' ')[0]}: …\``)
      return false
    }
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
  #read(node: Node | null, path: KeyPath, key: number | undefined): Json | undefined {
    const offset = node?.range?.[0] ?? key ?? 0
    const empty = node === null || (isScalar(node) && node.value === null && node.source === '')
    const value = this.#position(empty ? (key ?? offset) : offset)
    this.marks.set(markKey(path), { key: key === undefined ? value : this.#position(key), value })
    this.#count(path, offset)
    if (node === null) return null
    this.#open.add(node)
    const data = this.#data(node, path, offset)
    this.#open.delete(node)
    return data
  }

  /** @throws Unreadable when aliases make the document larger or deeper than one that is read. */
  #count(path: KeyPath, offset: number): void {
    if (this.#aliases > 0) this.#repeated += 1
    if (path.length > deepestLevel) {
      this.problem('too-deep', offset, `more than ${deepestLevel} levels of nesting`, 'a flatter file')
    } else if (this.#repeated > mostRepeated) {
      const found = `more than ${mostRepeated} values that aliases repeat`
      this.problem('too-large', offset, found, 'a smaller file, or one with fewer aliases')
    } else return
    throw new Unreadable()
  }

  #data(node: Node, path: KeyPath, offset: number): Json | undefined {
    if (isAlias(node)) return this.#alias(node, path, offset)
    if (isMap<Node, Node | null>(node)) return this.#mapping(node.items, path)
    if (isSeq<Node | null>(node)) {
      return node.items.map((item, index) => this.#read(item, [...path, index], undefined) ?? null)
    }
    return isScalar(node) ? this.#scalar(node.value, offset) : undefined
  }

  /** The value of an alias has the alias's own position; the values inside it have those of the anchor. */
  #alias(alias: Alias, path: KeyPath, offset: number): Json | undefined {
    const target = this.#targets.get(alias)
    if (target === undefined || this.#open.has(target)) {
      const found = target === undefined ? `the alias ${quote(`*${alias.source}`)}` : 'an alias that holds itself'
      this.broken = true
      this.problem('yaml-syntax', offset, found, 'an alias of an earlier anchor')
      return undefined
    }
    const mark = this.marks.get(markKey(path))
    this.#aliases += 1
    const data = this.#read(target, path, undefined)
    this.#aliases -= 1
    if (mark !== undefined) this.marks.set(markKey(path), mark)
    return data
  }

  #mapping(items: readonly { readonly key: Node; readonly value: Node | null }[], path: KeyPath): Json {
    const entries: [string, Json][] = []
    for (const { key, value } of items) {
      const offset = key?.range?.[0] ?? 0
      if (!isScalar(key) || key.value === null || String(key.value) === '__proto__') {
        this.broken = true
        this.problem('key-form', offset, 'a key that is no name', 'a plain text as key')
        continue
      }
      const name = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))
      const data = this.#read(value, [...path, name], offset)
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
