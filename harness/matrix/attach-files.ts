import type { Problem } from '../errors.ts'
import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import { describe } from '../message-text.ts'
import type { KeyPath } from '../model/matrix.ts'
import type { ProblemCode } from '../problem-codes.ts'
import { type MatrixDocument, markKey } from './document.ts'
import { type Report, reporter } from './report.ts'
import { readYaml } from './yaml-document.ts'

/** A file that a matrix refers to: a document's text, any other file's content, or why it cannot be had. */
export type Payload =
  | { readonly file: string; readonly text: string }
  | { readonly content: string }
  | { readonly code: ProblemCode; readonly found: string; readonly expected: string }

/** Reads a file that a matrix names, relative to that matrix. */
export type ReadPayload = (written: string, matrixFile: string) => Payload

/** By section: how deep the first values lie that may come from a file. */
const depths: Readonly<Record<string, number>> = { actors: 3, world: 3, fixtures: 2, operations: 3, expect: 4 }

/** @returns the document with every `{ $file: … }` replaced by the file's content, and its positions with it. */
export function attachFiles(document: MatrixDocument, readPayload: ReadPayload, problems: Problem[]): MatrixDocument {
  const marks = new Map(document.marks)
  const report = reporter(document, problems)
  const attach = (value: Json, path: KeyPath): Json => {
    if (isList(value)) return value.map((item, index) => attach(item, [...path, index]))
    if (!isObject(value)) return value
    if (Object.hasOwn(value, '$file') && path.length >= (depths[String(path[0])] ?? Number.POSITIVE_INFINITY)) {
      return contentOf(value, path) ?? value
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, attach(item, [...path, key])]))
  }
  const contentOf = (value: JsonObject, path: KeyPath): Json | undefined => {
    const name = fileName(value, path, report)
    if (name === undefined) return undefined
    const payload = readPayload(name, document.file)
    if ('code' in payload) {
      report({ ...payload, path: [...path, '$file'] })
      return undefined
    }
    if ('content' in payload) return payload.content
    const content = readYaml(payload.text, payload.file, problems)
    for (const [key, mark] of content?.marks ?? []) marks.set(joined(path, key), mark)
    return content?.data
  }
  return { ...document, data: attach(document.data, []), marks }
}

function fileName(value: JsonObject, path: KeyPath, report: Report): string | undefined {
  const written = value.$file
  const alone = Object.keys(value).length === 1
  if (typeof written === 'string' && written !== '' && alone) return written
  const found = alone ? describe(written) : '`$file` beside other keys'
  const expected = alone ? 'the path of a file' : '`$file` alone'
  report({ code: 'file-form', path: [...path, '$file'], found, expected })
  return undefined
}

function joined(path: KeyPath, key: string): string {
  const inside: unknown = JSON.parse(key)
  return markKey([...path, ...(Array.isArray(inside) ? inside.map(String) : [])])
}
