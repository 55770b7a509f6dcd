import type { Problem } from '../errors.ts'
import { isList, isObject, type Json } from '../json.ts'
import { type MatrixDocument, markKey } from './document.ts'
import type { KeyPath } from './model.ts'
import { type Report, reporter } from './report.ts'
import { describe } from './words.ts'
import { readYaml } from './yaml-document.ts'

/** A file that a matrix refers to: its text, or why it cannot be had. */
export type Payload =
  | { readonly file: string; readonly text: string }
  | { readonly code: string; readonly found: string; readonly expected: string }

/** Reads a file that stands in a matrix, relative to that matrix. */
export type ReadPayload = (written: string, matrixFile: string) => Payload

/** By section: how deep the first values lie that may come from a file. */
const depths: Readonly<Record<string, number>> = { actors: 3, world: 3, fixtures: 2, operations: 3, expect: 4 }

/** @returns the document with every `{ $file: … }` replaced by what the file holds, and its positions with it. */
export function attachFiles(document: MatrixDocument, readPayload: ReadPayload, problems: Problem[]): MatrixDocument {
  const marks = new Map(document.marks)
  const report = reporter(document, problems)
  const attach = (value: Json, path: KeyPath): Json => {
    if (isList(value)) return value.map((item, index) => attach(item, [...path, index]))
    if (!isObject(value)) return value
    if (Object.hasOwn(value, '$file') && path.length >= (depths[String(path[0])] ?? Number.POSITIVE_INFINITY)) {
      return contentOf(value.$file, Object.keys(value).length, path)
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, attach(item, [...path, key])]))
  }
  const contentOf = (written: Json | undefined, keys: number, path: KeyPath): Json => {
    const name = fileName(written, keys, path, report)
    if (name === undefined) return {}
    const payload = readPayload(name, document.file)
    if ('code' in payload) {
      report({ ...payload, path: [...path, '$file'] })
      return {}
    }
    const content = readYaml(payload.text, payload.file, problems)
    if (content === null) return {}
    for (const [key, mark] of content.marks) marks.set(joined(path, key), mark)
    return content.data
  }
  return { ...document, data: attach(document.data, []), marks }
}

function fileName(written: Json | undefined, keys: number, path: KeyPath, report: Report): string | undefined {
  if (typeof written === 'string' && written !== '' && keys === 1) return written
  const found = keys === 1 ? describe(written) : '`$file` beside other keys'
  const expected = keys === 1 ? 'the path of a JSON or YAML file' : '`$file` alone'
  report({ code: 'file-form', path: [...path, '$file'], found, expected })
  return undefined
}

function joined(path: KeyPath, key: string): string {
  const inside: unknown = JSON.parse(key)
  return markKey([...path, ...(Array.isArray(inside) ? inside.map(String) : [])])
}
