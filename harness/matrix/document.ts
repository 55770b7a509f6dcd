import type { Position } from '../errors.ts'
import { isList, isObject, type Json } from '../json.ts'
import type { KeyPath, Locate } from '../model/matrix.ts'
import { own } from '../values.ts'

/** The positions of a key and its value in the text. */
export interface Mark {
  readonly key: Position
  readonly value: Position
}

/** A file as plain data, with the position in the text of every key path. */
export interface MatrixDocument {
  /** Relative to the workspace, with forward slashes. */
  readonly file: string
  readonly data: Json
  readonly marks: ReadonlyMap<string, Mark>
  /** True when positions are only likely, as for a module: messages then name the key path too. */
  readonly approximate: boolean
}

/** @returns the key under which a path's mark is kept. */
export function markKey(path: KeyPath): string {
  return JSON.stringify(path.map(String))
}

function nearestMark(document: MatrixDocument, path: KeyPath): { readonly mark: Mark; readonly exact: boolean } {
  for (let length = path.length; length >= 0; length -= 1) {
    const mark = document.marks.get(markKey(path.slice(0, length)))
    if (mark !== undefined) return { mark, exact: length === path.length }
  }
  const start = startOf(document.file)
  return { mark: { key: start, value: start }, exact: path.length === 0 }
}

/** @returns the position of the value at a key path, or of the nearest parent's key. */
export function locateValue(document: MatrixDocument, path: KeyPath): Position {
  const { mark, exact } = nearestMark(document, path)
  return exact ? mark.value : mark.key
}

/** @returns the position of the key at a key path, or of the nearest parent's key. */
export function locateKey(document: MatrixDocument, path: KeyPath): Position {
  return nearestMark(document, path).mark.key
}

/** @returns a function that finds positions in a document. */
export function locator(document: MatrixDocument): Locate {
  return (path, on = 'value') => (on === 'key' ? locateKey(document, path) : locateValue(document, path))
}

/** @returns the first character of a file. */
export function startOf(file: string): Position {
  return { file, line: 1, column: 1 }
}

/** @returns the value at a key path, or undefined when there is none. */
export function valueIn(data: Json, path: KeyPath): Json | undefined {
  let value: Json | undefined = data
  for (const step of path) {
    if (isList(value)) value = value[Number(step)]
    else if (isObject(value)) value = own(value, String(step))
    else return undefined
  }
  return value
}
