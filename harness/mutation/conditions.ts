import { type Node, parse } from 'libpg-query'
import { deparse } from 'pgsql-deparser'
import { z } from 'zod'
import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import type { Direction } from './model.ts'

/** A condition without one of its parts. */
export interface WithoutPart {
  /** The condition that is left. */
  readonly condition: string
  /** The part that was removed. */
  readonly removed: string
  /** Whether the condition then holds for more rows, or for fewer. */
  readonly direction: Direction
}

const parsed = z.object({
  stmts: z.tuple([
    z.object({ stmt: z.object({ SelectStmt: z.looseObject({ targetList: z.tuple([z.looseObject({})]) }) }) }),
  ]),
})
const targetSchema = z.object({ ResTarget: z.looseObject({ val: z.json() }) })
const nodeSchema = z.custom<Node>((value) => typeof value === 'object' && value !== null)

/**
 * Removes each conjunct, each disjunct and each WHERE of a subquery from a condition, one at a time, by PostgreSQL's own parser.
 * A condition that the parser does not read, or that does not parse again to the same tree, has none.
 */
export async function withoutParts(condition: string): Promise<readonly WithoutPart[]> {
  const tree = await treeOf(condition)
  if (tree === null) return []
  const found = await Promise.all(
    removals(tree, [], 'wider').map(async ({ path, index, direction }): Promise<WithoutPart[]> => {
      const { left, removed } = without(tree, path, index)
      const [text, part] = await Promise.all([textOf(left), textOf(removed)])
      return text === null || part === null ? [] : [{ condition: text, removed: part, direction }]
    }),
  )
  return found.flat()
}

/** @returns true when two conditions have the same parse tree. */
export async function isSameCondition(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([treeOf(one), treeOf(other)])
  return first !== null && second !== null && JSON.stringify(first) === JSON.stringify(second)
}

/** One of the parts of a condition that all have to hold. */
export interface Conjunct {
  /** Its parse tree, the same for two texts that say the same in other spaces or parentheses. */
  readonly tree: string
  readonly text: string
  /** True when it compares something with the user's id, so that it never holds for a role without a user. */
  readonly needsUser: boolean
  /** True when it holds for no other operations of Storage than those that read. */
  readonly onlyReads: boolean
  /** The two sides of a comparison with `=`, as texts; null for another condition. */
  readonly sides: readonly [string, string] | null
}

/** A text as PostgreSQL and the deparser write it. */
const constant = /^(?:CAST\()?'((?:[^']|'')*)'(?: AS text\)|::text)$/

const anyOperation = /^storage\.allow_(?:any|only)_operation\(.*\)$/
const readingOperation = /^(?:storage\.)?object\.(?:get|head|list|info)\w*$/

/** A user's id as PostgreSQL and the deparser write it. */
const userId = /^\(?(?:CAST\()?\(?(?:SELECT )?auth\.uid\(\)(?: AS uid)?\)?(?: AS text\)|::text)?\)?$/

/** @returns the conjuncts of a condition; null for one that the parser does not read. */
export async function conjunctsOf(condition: string): Promise<readonly Conjunct[] | null> {
  const tree = await treeOf(condition)
  if (tree === null) return null
  return await Promise.all(
    argumentsOfAnd(tree).map(async (part): Promise<Conjunct> => {
      const sides = sidesOfEquality(part)
      const texts = await Promise.all(sides.map(textOf))
      const text = (await textOf(part)) ?? ''
      const [left = null, right = null] = texts
      return {
        tree: JSON.stringify(part),
        text,
        needsUser: texts.some((side) => side !== null && userId.test(side)),
        onlyReads: anyOperation.test(text) && namesIn(text).every((name) => readingOperation.test(name)),
        sides: left === null || right === null ? null : [left, right],
      }
    }),
  )
}

/** The constants of a call, of which there is one at least. */
function namesIn(text: string): readonly string[] {
  const names = [...text.matchAll(/'((?:[^']|'')*)'/g)].map(([, name = '']) => name)
  return names.length === 0 ? [''] : names
}

/** @returns true when conjuncts hold for no row together: they compare one thing with two texts, or a text with an id of a user. */
export function areContradictory(conjuncts: readonly Conjunct[]): boolean {
  const known = new Map<string, string>()
  for (const { sides } of conjuncts) {
    if (sides === null) continue
    const [left, right] = sides
    const value = constant.exec(right)?.[1] ?? (userId.test(right) ? right : null)
    if (value === null) continue
    const other = known.get(left)
    if (other !== undefined && other !== value && !mayBeEqual(other, value)) return true
    known.set(left, value)
  }
  return false
}

/** An id of a user equals no text that is not written like one; which id it is, is not known. */
function mayBeEqual(...values: readonly [string, string]): boolean {
  const [text] = values.filter((value) => !userId.test(value))
  const isOfUser = values.some((value) => userId.test(value))
  return isOfUser && (text === undefined || /^[0-9a-f-]{36}$/i.test(text))
}

function argumentsOfAnd(tree: Json): readonly Json[] {
  const { BoolExpr: boolean } = isObject(tree) ? tree : {}
  if (!isObject(boolean) || boolean.boolop !== 'AND_EXPR' || !isList(boolean.args)) return [tree]
  return boolean.args.flatMap(argumentsOfAnd)
}

function sidesOfEquality(tree: Json): readonly Json[] {
  const { A_Expr: expression } = isObject(tree) ? tree : {}
  if (!isObject(expression) || expression.kind !== 'AEXPR_OP') return []
  const { lexpr, rexpr, name } = expression
  if (lexpr === undefined || rexpr === undefined || JSON.stringify(name) !== equals) return []
  return [lexpr, rexpr]
}

const equals = JSON.stringify([{ String: { sval: '=' } }])

/** @returns true when a condition is the constant `true`. */
export function isTrue(condition: string | null): boolean {
  return condition !== null && /^\(*\s*true\s*\)*$/i.test(condition)
}

/** @returns true when PostgreSQL's parser reads a text as an expression. */
export async function isCondition(text: string): Promise<boolean> {
  return (await treeOf(text)) !== null
}

/**
 * @returns the parse tree of an expression without the places of its parts; null for a text that is more than one expression,
 *   or that PostgreSQL's parser does not read.
 */
export async function treeOf(condition: string): Promise<Json | null> {
  const read = parsed.safeParse(await parse(`select (${condition}\n)`).catch(() => null))
  if (!read.success) return null
  const { SelectStmt } = read.data.stmts[0].stmt
  // More than the expression, such as a second clause that a stray parenthesis let in.
  const extra = ['fromClause', 'whereClause', 'groupClause', 'havingClause', 'sortClause', 'limitCount', 'larg']
  if (extra.some((key) => key in SelectStmt)) return null
  const target = targetSchema.safeParse(SelectStmt.targetList[0])
  return target.success ? placeless(target.data.ResTarget.val) : null
}

/** @returns the text of an expression; null when it does not read back as the same expression. */
async function textOf(tree: Json): Promise<string | null> {
  const text = await deparse(nodeSchema.parse(tree), { pretty: false }).catch(() => null)
  if (text === null) return null
  const again = await treeOf(text)
  return JSON.stringify(again) === JSON.stringify(tree) ? text : null
}

/** Positions in the text are removed: they do not change the meaning of an expression. */
function placeless(value: Json): Json {
  if (isList(value)) return value.map(placeless)
  if (!isObject(value)) return value
  const kept = Object.entries(value).filter(([key]) => !/^(?:location|list_start|list_end|stmt_len)$/.test(key))
  return Object.fromEntries(kept.map(([key, inner]) => [key, placeless(inner)]))
}

interface Removal {
  readonly path: readonly (string | number)[]
  /** Of the argument of an AND or an OR; null for a whole WHERE. */
  readonly index: number | null
  readonly direction: Direction
}

/** @param widening the direction of the whole condition when this part of it becomes wider. */
function removals(value: Json, path: readonly (string | number)[], widening: Direction): readonly Removal[] {
  if (isList(value)) return value.flatMap((item, index) => removals(item, [...path, index], widening))
  if (!isObject(value)) return []
  const { BoolExpr: boolean, whereClause: where } = value
  const own: Removal[] = []
  let inner = widening
  if (isObject(boolean) && isList(boolean.args)) {
    const { boolop, args } = boolean
    if (boolop === 'NOT_EXPR') inner = opposite(widening)
    else {
      const direction = boolop === 'AND_EXPR' ? widening : opposite(widening)
      own.push(...args.map((_, index) => ({ path: [...path, 'BoolExpr'], index, direction })))
    }
  }
  if (where !== undefined && !isConjunction(where)) own.push({ path, index: null, direction: widening })
  return [...own, ...Object.entries(value).flatMap(([key, item]) => removals(item, [...path, key], inner))]
}

function isConjunction(value: Json): boolean {
  return isObject(value) && isObject(value.BoolExpr) && value.BoolExpr.boolop === 'AND_EXPR'
}

function opposite(direction: Direction): Direction {
  if (direction === 'either') return 'either'
  return direction === 'wider' ? 'narrower' : 'wider'
}

function without(
  tree: Json,
  path: readonly (string | number)[],
  index: number | null,
): { readonly left: Json; readonly removed: Json } {
  let removed: Json = null
  const left = changedAt(tree, index === null ? path : path.slice(0, -1), (node) => {
    if (index === null) {
      const { whereClause = null, ...others } = node
      removed = whereClause
      return others
    }
    const { BoolExpr: boolean = null } = node
    if (!isObject(boolean) || !isList(boolean.args)) return node
    removed = boolean.args[index] ?? null
    const args = boolean.args.filter((_, place) => place !== index)
    const [only = null] = args
    return args.length === 1 ? only : { ...node, BoolExpr: { ...boolean, args } }
  })
  return { left, removed }
}

function changedAt(tree: Json, path: readonly (string | number)[], change: (node: JsonObject) => Json): Json {
  const [key, ...rest] = path
  if (key === undefined) return isObject(tree) ? change(tree) : tree
  if (isList(tree)) return tree.map((item, index) => (index === key ? changedAt(item, rest, change) : item))
  if (!isObject(tree)) return tree
  return Object.fromEntries(
    Object.entries(tree).map(([name, item]) => [name, name === key ? changedAt(item, rest, change) : item]),
  )
}
