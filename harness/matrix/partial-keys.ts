import type { Json } from '../json.ts'
import { keysOf } from '../model/keys.ts'
import type { RowDeclaration } from '../model/matrix.ts'
import { isFresh, referencesIn } from '../model/references.ts'
import { own } from '../values.ts'
import type { Column, PartialKey, Relation } from '../witness/catalog.ts'

/** A key that certainly holds for a row. */
interface CertainKey {
  readonly columns: readonly string[]
  /** Columns that decide whether the key holds; none for the key of all rows. */
  readonly decidedBy: readonly string[]
}

/** @returns the keys that certainly hold for each of some rows. A condition that is not understood leaves its key out. */
export function certainKeys(
  relation: Relation,
  rows: readonly Pick<RowDeclaration, 'values' | 'found'>[],
): readonly CertainKey[] {
  const partial = (relation.partialKeys ?? []).flatMap((key): CertainKey[] => {
    const conditions = conditionsOf(key)
    const holds = conditions?.every((condition) => rows.every((row) => isMet(condition, relation, row))) === true
    return holds && key.columns.length > 0
      ? [{ columns: key.columns, decidedBy: conditions.map(({ column }) => column) }]
      : []
  })
  return [...keysOf(relation).map((columns) => ({ columns, decidedBy: [] })), ...partial]
}

/** What a column has to hold; `not-null` stands for any value. */
interface Condition {
  readonly column: string
  readonly holds: Json | { readonly not: null }
}

/** @returns the conditions of a partial index, all of which have to be met; null where one is not understood. */
function conditionsOf({ where }: PartialKey): readonly Condition[] | null {
  const conditions = conjuncts(where).map(conditionOf)
  return conditions.every((one) => one !== null) ? conditions : null
}

const column = String.raw`\(*("(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)\)?(?:::[a-z ]+)?\)?`
const literal = String.raw`('(?:[^']|'')*'|-?\d+(?:\.\d+)?|true|false)(?:::[\w ."]+)?`

/** The forms in which PostgreSQL prints a condition on one column. */
const forms: readonly (readonly [form: RegExp, holds: (literal: string) => Condition['holds']])[] = [
  [new RegExp(`^${column} IS NULL$`), () => null],
  [new RegExp(`^${column} IS NOT NULL$`), () => ({ not: null })],
  [new RegExp(`^${column} = ${literal}$`), literalOf],
  [new RegExp(`^NOT ${column}$`), () => false],
  [new RegExp(`^${column} IS (?:NOT FALSE|TRUE)$`), () => true],
  [new RegExp(`^${column} IS (?:NOT TRUE|FALSE)$`), () => false],
  [new RegExp(`^${column}$`), () => true],
]

function conditionOf(text: string): Condition | null {
  for (const [form, holds] of forms) {
    const [, name, given = ''] = form.exec(text) ?? []
    if (name === undefined) continue
    const plain = name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name
    return { column: plain, holds: holds(given) }
  }
  return null
}

function literalOf(text: string): Json {
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'")
  return text === 'true' ? true : text === 'false' ? false : Number(text)
}

/** @returns the parts that a condition joins by `AND`, without the parentheses around each. */
function conjuncts(text: string): readonly string[] {
  const bare = withoutParentheses(text)
  const parts: string[] = []
  let start = 0
  for (const [at, depth] of depths(bare)) {
    if (depth > 0 || !bare.startsWith(' AND ', at)) continue
    parts.push(bare.slice(start, at))
    start = at + ' AND '.length
  }
  return parts.length === 0 ? [bare] : [...parts, bare.slice(start)].flatMap(conjuncts)
}

function withoutParentheses(text: string): string {
  if (!text.startsWith('(')) return text
  const closing = [...depths(text)].find(([, depth]) => depth === 0)
  return closing?.[0] === text.length - 1 ? withoutParentheses(text.slice(1, -1)) : text
}

/** Each place of a text outside quotes, with how many parentheses are open after it. */
function* depths(text: string): Generator<readonly [at: number, depth: number]> {
  let depth = 0
  let quote: string | null = null
  for (const [at, character] of [...text].entries()) {
    if (quote !== null) {
      if (character === quote) quote = null
      continue
    }
    if (character === "'" || character === '"') quote = character
    else {
      if (character === '(') depth++
      if (character === ')') depth--
      yield [at, depth]
    }
  }
}

function isMet(
  { column: name, holds }: Condition,
  relation: Relation,
  { values, found }: Pick<RowDeclaration, 'values' | 'found'>,
): boolean {
  const declared = own(relation.columns, name)
  if (declared === undefined) return false
  const given = own(values, name)
  const value = given === undefined && found !== true ? defaultOf(declared) : given
  if (value === undefined) return false
  if (typeof holds === 'object' && holds !== null) {
    // Another column of another row may be null.
    return value !== null && referencesIn(value).every((one) => isFresh(one) || one.column === 'id')
  }
  return referencesIn(value).length === 0 && (value === null ? holds === null : String(value) === String(holds))
}

/** @returns what a column holds that is not given; undefined where the database computes it. */
function defaultOf({ hasDefault, generated, identity, default: written }: Column): Json | undefined {
  if (generated || identity !== 'no') return undefined
  if (!hasDefault) return null
  const [, value] = new RegExp(`^${literal}$`).exec(written ?? '') ?? []
  return value === undefined ? undefined : literalOf(value)
}
