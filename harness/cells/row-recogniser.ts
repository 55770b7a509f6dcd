import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import { parseJson } from '../json-text.ts'
import type { Sighting } from '../model/verdict.ts'
import type { Answer } from '../paths/path.ts'
import { identifyingValues } from './identifying-values.ts'
import type { HiddenRows, RunRow } from './run-rows.ts'
import { ValueIndex } from './value-index.ts'

interface Owner {
  readonly row: RunRow
  readonly column: string
  readonly weak: boolean
}

/** Everything by which the rows of a matrix can be recognised in an answer. Built once for all of its cells. */
export class RowRecogniser {
  readonly #anywhere = new ValueIndex<Owner>()
  readonly #whole = new Map<string, Owner[]>()
  /** Which rows hold a value in any column. */
  readonly #holders = new Map<string, Set<RunRow>>()

  /** @param marks texts that only this run uses. */
  constructor(rows: readonly RunRow[], marks: readonly string[]) {
    for (const row of rows) {
      for (const value of leavesIn(row.row)) {
        const holders = this.#holders.get(value) ?? new Set()
        this.#holders.set(value, holders.add(row))
      }
      for (const { column, text, match: recogniser, digits, weak } of identifyingValues(row.row, row.values, marks)) {
        const owner = { row, column, weak: weak === true }
        if (recogniser === 'anywhere') this.#anywhere.add(text, owner, digits === true)
        else this.#whole.set(text.toLowerCase(), [...(this.#whole.get(text.toLowerCase()) ?? []), owner])
      }
    }
  }

  /**
   * Searches everything that came back.
   *
   * @param hidden the rows that the actor may not see here, each with its name in the record.
   * @param sent the request: a service that repeats it reveals nothing.
   */
  sightingsIn(answer: Answer, hidden: HiddenRows, sent: string): readonly Sighting[] {
    const known = sent.toLowerCase()
    const found = new Map<string, Sighting>()
    const note = (owners: readonly Owner[], text: string, at: string, weak: boolean) => {
      if (!owners.every(({ row }) => hidden.has(row)) || known.includes(text.toLowerCase())) return
      if ([...(this.#holders.get(text.toLowerCase()) ?? [])].some((row) => !hidden.has(row))) return
      const [owner] = owners
      const fixture = owner === undefined ? undefined : hidden.get(owner.row)
      if (owner === undefined || fixture === undefined) return
      const key = `${fixture} ${owner.column} ${at}`
      if (!found.has(key))
        found.set(key, { fixture, column: owner.column, at, ...(weak ? { weak: true as const } : {}) })
    }
    for (const part of partsOf(answer)) {
      for (const { owner, from, to } of this.#anywhere.find(part.text))
        note(
          owner,
          valueBehind(owner, part.text.slice(from, to)),
          part.at,
          owner.every(({ weak }) => weak),
        )
      if (!part.content) continue
      for (const cell of part.text.split(/[,;\t\n]/)) {
        const owners = this.#whole.get(cell.trim().toLowerCase())
        if (owners !== undefined) note(owners, cell.trim(), part.at, true)
      }
    }
    return [...found.values()]
  }

  /** @returns true when a text holds a value of a row of the run that is not hidden. */
  isShown(text: string, hidden: HiddenRows): boolean {
    return this.#anywhere.find(text).some(({ owner }) => owner.some(({ row }) => !hidden.has(row)))
  }

  /** @returns where a text holds values of rows of the run. */
  spansIn(text: string): readonly { readonly from: number; readonly to: number }[] {
    return this.#anywhere.find(text)
  }
}

/** The value itself, where an encoding of it was found. */
function valueBehind(owners: readonly Owner[], found: string): string {
  const [owner] = owners
  const value = owner === undefined ? undefined : owner.row.row[owner.column]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : found
}

interface Part {
  readonly at: string
  readonly text: string
  /** True for a part of the body, where a value may be the whole content. */
  readonly content: boolean
}

/** Every part of an answer that may hold a value, each with its place. */
function partsOf(answer: Answer): readonly Part[] {
  const words = (['message', 'details', 'hint'] as const).flatMap((at): Part[] => {
    const text = answer[at]
    return text === null ? [] : [{ at, text, content: false }]
  })
  const headers = Object.entries(answer.headers).map(([name, text]) => ({ at: `header ${name}`, text, content: false }))
  const besides = (answer.besides ?? []).flatMap(({ at, text }) => {
    const parsed = jsonIn(text)
    return parsed === undefined ? [{ at, text, content: true }] : textsIn(parsed, at)
  })
  return [...words, ...headers, ...contentOf(answer), ...besides]
}

function contentOf(answer: Answer): readonly Part[] {
  const { rows, value, body } = answer
  if (rows !== null) return textsIn(rows, 'rows')
  if (value !== null) return textsIn(value, 'value')
  if (body === undefined) return []
  const parsed = jsonIn(body)
  if (parsed === undefined) return [{ at: 'body', text: body, content: true }]
  return textsIn(isObject(parsed) ? withoutWords(parsed, answer) : parsed, 'body')
}

function jsonIn(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** The parts of an error are in the answer already. */
function withoutWords(body: JsonObject, answer: Answer): JsonObject {
  const words = new Map<string, Json>(
    (['code', 'message', 'details', 'hint'] as const).map((name) => [name, answer[name]]),
  )
  return Object.fromEntries(Object.entries(body).filter(([key, value]) => value === null || words.get(key) !== value))
}

function textsIn(value: Json, at: string): readonly Part[] {
  if (isList(value)) return value.flatMap((item, n) => textsIn(item, `${at}[${n}]`))
  if (isObject(value)) {
    return Object.entries(value).flatMap(([key, item], n) => {
      const place = /^\w+$/.test(key) && key.length <= longestKey ? `${at}.${key}` : `${at}.{key ${n + 1}}`
      return [{ at: place, text: key, content: false }, ...textsIn(item, place)]
    })
  }
  return typeof value === 'string' || typeof value === 'number' ? [{ at, text: String(value), content: true }] : []
}

/** Longer keys are values in the place of a key. */
const longestKey = 40

function leavesIn(value: Json): readonly string[] {
  if (isList(value)) return value.flatMap(leavesIn)
  if (isObject(value)) return Object.values(value).flatMap(leavesIn)
  return typeof value === 'string' || typeof value === 'number' ? [String(value).toLowerCase()] : []
}
