import type { Position, Problem } from '../errors.ts'
import type { Json } from '../json.ts'
import type { KeyPath } from '../model/matrix.ts'
import { type Mark, type MatrixDocument, markKey, startOf } from './document.ts'

/** Deeper than any matrix: data that holds itself stops here. */
const deepest = 100

/**
 * Reads the export of a TypeScript module as a document. Positions are found by searching for each key in the source, in order:
 * right for a literal, and only likely for data that code has put together.
 */
export function readModule(
  exported: unknown,
  source: string,
  file: string,
  problems: Problem[],
): MatrixDocument | null {
  const reader = new ModuleReader(source, file, problems)
  const data = reader.read(exported, [], startOf(file))
  return data === undefined ? null : { file, data, marks: reader.marks, approximate: true }
}

class ModuleReader {
  readonly marks = new Map<string, Mark>()
  readonly #source: string
  readonly #file: string
  readonly #problems: Problem[]
  #cursor = 0

  constructor(source: string, file: string, problems: Problem[]) {
    this.#source = source
    this.#file = file
    this.#problems = problems
  }

  read(value: unknown, path: KeyPath, at: Position): Json | undefined {
    this.marks.set(markKey(path), { key: at, value: at })
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
    if (typeof value === 'number' && Number.isFinite(value)) return value
    if (typeof value === 'object' && path.length < deepest) {
      if (Array.isArray(value))
        return value.map((item: unknown, index) => this.read(item, [...path, index], at) ?? null)
      const prototype: unknown = Object.getPrototypeOf(value)
      if (prototype === Object.prototype || prototype === null) return this.#mapping(value, path, at)
    }
    const place = path.length === 0 ? 'the export' : path.join(' › ')
    const found = `${place} as a value that JSON cannot carry`
    this.#problems.push({
      code: 'no-json',
      at,
      found,
      expected: 'texts, numbers, booleans, null, lists and plain objects',
    })
    return undefined
  }

  #mapping(value: object, path: KeyPath, parent: Position): Json {
    const entries: [string, Json][] = []
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue
      const data = this.read(item, [...path, key], this.#find(key) ?? parent)
      if (data !== undefined) entries.push([key, data])
    }
    return Object.fromEntries(entries)
  }

  #find(key: string): Position | undefined {
    const escaped = key.replace(/[$()*+.?[\\\]^{|}-]/g, '\\$&')
    const pattern = new RegExp(`(?<![\\w$])(?:${escaped}|'${escaped}'|"${escaped}")(?=\\s*:)`, 'g')
    pattern.lastIndex = this.#cursor
    const match = pattern.exec(this.#source)
    if (match === null) return undefined
    this.#cursor = pattern.lastIndex
    const before = this.#source.slice(0, match.index).split('\n')
    return { file: this.#file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
  }
}
