import { deparseSync } from 'pgsql-deparser'
import { z } from 'zod'
import { isList, isObject, type Json, type JsonObject } from '../json.ts'

/**
 * A condition as PostgreSQL decides a row by it: the row passes where the whole is true. NULL lets no row pass, so that
 * it counts as false, and an atom and its negation may both be false.
 */
export type Formula =
  | { readonly kind: 'constant'; readonly value: boolean }
  | Atom
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Formula[] }

/** A part of a condition that holds no further AND or OR, or one behind a NOT. */
export interface Atom {
  readonly kind: 'atom'
  /** Equal for atoms that are true for the same rows by their text. */
  readonly key: string
  /** As PostgreSQL's parser reads it. */
  readonly tree: Json
  /** Of `column = constant` and `column = ANY (array of constants)`. */
  readonly oneOf?: { readonly subject: string; readonly values: readonly string[] }
}

export const always: Formula = { kind: 'constant', value: true }
export const never: Formula = { kind: 'constant', value: false }

/** More terms of a disjunctive form than these are not compared. */
const mostTerms = 200

/** @returns a parse tree as a formula. */
export function formulaOf(tree: Json): Formula {
  return read(tree, true)
}

export function either(parts: readonly Formula[]): Formula {
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : { kind: 'or', parts }
}

export function both(parts: readonly Formula[]): Formula {
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : { kind: 'and', parts }
}

/**
 * Removes what changes nothing: constants, repetitions, parts that another part covers. The result passes the same rows.
 */
export function simplified(formula: Formula): Formula {
  if (formula.kind === 'constant' || formula.kind === 'atom') return formula
  const isAnd = formula.kind === 'and'
  const flat = formula.parts.map(simplified).flatMap((part) => (part.kind === formula.kind ? part.parts : [part]))
  // The constant that decides the whole, and the one that decides nothing.
  if (flat.some((part) => part.kind === 'constant' && part.value !== isAnd)) return isAnd ? never : always
  const parts = flat.filter((part) => part.kind !== 'constant')
  if (isAnd && parts.some((part) => parts.some((other) => contradict(part, other)))) return never
  const kept = parts.reduce<readonly Formula[]>((some, part) => {
    if (some.some((other) => (isAnd ? implies(other, part) : implies(part, other)))) return some
    return [...some.filter((other) => !(isAnd ? implies(part, other) : implies(other, part))), part]
  }, [])
  if (kept.length === 0) return isAnd ? always : never
  return isAnd ? both(kept) : either(kept)
}

/**
 * @returns true where every row that passes the first passes the second, as far as the texts show it. False says nothing.
 */
export function implies(first: Formula, second: Formula): boolean {
  const [ones, others] = [termsOf(first), termsOf(second)]
  if (ones === null || others === null) return false
  return ones.every((one) => others.some((other) => other.every((wanted) => one.some((atom) => covers(wanted, atom)))))
}

/** @returns the formula as SQL. */
export function sqlOf(formula: Formula): string {
  return sqlOfTree(treeFrom(formula))
}

/** @returns an expression as SQL on one line. */
export function sqlOfTree(tree: Json): string {
  return deparseSync(nodeSchema.parse(tree), { pretty: false }).replace(/\s+/g, ' ')
}

/** @returns the atoms of a formula, in their order. */
export function atomsOf(formula: Formula): readonly Atom[] {
  if (formula.kind === 'constant') return []
  return formula.kind === 'atom' ? [formula] : formula.parts.flatMap(atomsOf)
}

const nodeSchema = z.custom<Parameters<typeof deparseSync>[0]>((value) => isObject(z.json().parse(value)))

/** A disjunction of conjunctions; null for one that is too large. */
function termsOf(formula: Formula): readonly (readonly Atom[])[] | null {
  if (formula.kind === 'constant') return formula.value ? [[]] : []
  if (formula.kind === 'atom') return [[formula]]
  let terms: readonly (readonly Atom[])[] = formula.kind === 'and' ? [[]] : []
  for (const part of formula.parts) {
    const own = termsOf(part)
    if (own === null) return null
    terms = formula.kind === 'or' ? [...terms, ...own] : terms.flatMap((term) => own.map((one) => [...term, ...one]))
    if (terms.length > mostTerms) return null
  }
  return terms
}

/** True where an atom that is true makes the wanted one true. */
function covers(wanted: Atom, atom: Atom): boolean {
  if (wanted.key === atom.key) return true
  const [wider, narrower] = [wanted.oneOf, atom.oneOf]
  if (wider === undefined || narrower === undefined || wider.subject !== narrower.subject) return false
  return narrower.values.every((value) => wider.values.includes(value))
}

function contradict(one: Formula, other: Formula): boolean {
  return one.kind === 'atom' && other.kind === 'atom' && one.key === `not ${other.key}`
}

function treeFrom(formula: Formula): Json {
  if (formula.kind === 'constant') return { A_Const: { boolval: formula.value ? { boolval: true } : {} } }
  if (formula.kind === 'atom') return formula.tree
  const boolop = formula.kind === 'and' ? 'AND_EXPR' : 'OR_EXPR'
  return { BoolExpr: { boolop, args: formula.parts.map(treeFrom) } }
}

/** @param positive false behind an odd number of NOTs. */
function read(tree: Json, positive: boolean): Formula {
  const node = isObject(tree) ? tree : {}
  const { BoolExpr: boolean } = node
  if (isObject(boolean) && isList(boolean.args)) {
    if (boolean.boolop === 'NOT_EXPR') return read(boolean.args[0] ?? null, !positive)
    const parts = boolean.args.map((part) => read(part, positive))
    return (boolean.boolop === 'AND_EXPR') === positive ? both(parts) : either(parts)
  }
  const value = constantOf(node)
  if (value !== undefined) return value === null || value !== positive ? never : always
  const inner = positive ? sameWhereTrue(node) : null
  if (inner !== null) return read(inner, true)
  const atom: Atom = { kind: 'atom', key: JSON.stringify(canonical(tree)), tree, ...oneOf(node) }
  if (positive) return atom
  return { kind: 'atom', key: `not ${atom.key}`, tree: { BoolExpr: { boolop: 'NOT_EXPR', args: [tree] } } }
}

/** @returns the value of a constant condition; null for NULL; undefined for anything else. */
function constantOf({ A_Const: constant, TypeCast: cast, A_Expr: expression }: JsonObject): boolean | null | undefined {
  if (isObject(cast)) return isObject(cast.arg) ? constantOf(cast.arg) : undefined
  if (isObject(expression)) return comparedConstants(expression)
  if (!isObject(constant)) return undefined
  if (constant.isnull === true) return null
  return isObject(constant.boolval) ? constant.boolval.boolval === true : undefined
}

/** `1 = 1` and `1 = 0`. */
function comparedConstants({ kind, name, lexpr, rexpr }: JsonObject): boolean | undefined {
  if (kind !== 'AEXPR_OP' || operatorOf(name) !== '=') return undefined
  const [left, right] = [numberOf(lexpr), numberOf(rexpr)]
  return left === null || right === null ? undefined : left === right
}

function numberOf(tree: Json | undefined): string | null {
  if (!isObject(tree) || !isObject(tree.A_Const) || !isObject(tree.A_Const.ival)) return null
  // Zero is left out of the parse tree.
  return String(tree.A_Const.ival.ival ?? 0)
}

/** `COALESCE(x, false)` and `x IS TRUE` are true where `x` is. */
function sameWhereTrue({ CoalesceExpr: coalesce, BooleanTest: test }: JsonObject): Json {
  if (isObject(test) && test.booltesttype === 'IS_TRUE') return test.arg ?? null
  if (!isObject(coalesce) || !isList(coalesce.args) || coalesce.args.length !== 2) return null
  const [first = null, second] = coalesce.args
  return isObject(second) && constantOf(second) === false ? first : null
}

function oneOf({ A_Expr: expression }: JsonObject): Pick<Atom, 'oneOf'> {
  if (!isObject(expression) || operatorOf(expression.name) !== '=') return {}
  const { kind, lexpr = null, rexpr = null } = expression
  if (kind === 'AEXPR_OP') {
    if (isLiteral(rexpr)) return { oneOf: { subject: keyOf(lexpr), values: [keyOf(rexpr)] } }
    return isLiteral(lexpr) ? { oneOf: { subject: keyOf(rexpr), values: [keyOf(lexpr)] } } : {}
  }
  const array = isObject(rexpr) && isObject(rexpr.A_ArrayExpr) ? rexpr.A_ArrayExpr.elements : undefined
  if (kind !== 'AEXPR_OP_ANY' || !isList(array) || !array.every(isLiteral)) return {}
  return { oneOf: { subject: keyOf(lexpr), values: array.map(keyOf) } }
}

function isLiteral(tree: Json): boolean {
  if (!isObject(tree)) return false
  if (isObject(tree.TypeCast)) return isLiteral(tree.TypeCast.arg ?? null)
  return isObject(tree.A_Const) && tree.A_Const.isnull !== true
}

function keyOf(tree: Json): string {
  return JSON.stringify(canonical(tree))
}

/** @returns an operator by its name, without a schema. */
export function operatorOf(name: Json | undefined): string | null {
  const last = isList(name) ? name.at(-1) : undefined
  return isObject(last) && isObject(last.String) && typeof last.String.sval === 'string' ? last.String.sval : null
}

/** @returns the one expression that `(SELECT expression)` computes; null for any other subquery. */
export function scalarOf(tree: Json | undefined): Json {
  if (!isObject(tree) || !isObject(tree.SubLink) || tree.SubLink.subLinkType !== 'EXPR_SUBLINK') return null
  const { subselect } = tree.SubLink
  const select = isObject(subselect) ? subselect.SelectStmt : undefined
  if (!isObject(select) || !isList(select.targetList) || select.targetList.length !== 1) return null
  const others = ['fromClause', 'whereClause', 'groupClause', 'havingClause', 'limitCount', 'valuesLists', 'larg']
  if (others.some((key) => key in select)) return null
  const [target] = select.targetList
  return isObject(target) && isObject(target.ResTarget) ? (target.ResTarget.val ?? null) : null
}

/** One form for expressions that have the same value. */
function canonical(tree: Json): Json {
  if (isList(tree)) return tree.map(canonical)
  if (!isObject(tree)) return tree
  const scalar = scalarOf(tree)
  if (scalar !== null) return canonical(scalar)
  const { A_Expr: expression, SubLink: link } = tree
  if (
    isObject(expression) &&
    expression.kind === 'AEXPR_OP' &&
    ['=', '<>'].includes(operatorOf(expression.name) ?? '')
  ) {
    const sides = [expression.lexpr ?? null, expression.rexpr ?? null].map(canonical)
    const [lexpr = null, rexpr = null] = sides.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    return { A_Expr: { ...expression, lexpr, rexpr } }
  }
  if (isObject(link) && link.subLinkType === 'EXISTS_SUBLINK' && isObject(link.subselect)) {
    const { SelectStmt: select } = link.subselect
    // EXISTS reads no column of its SELECT.
    if (isObject(select))
      return { SubLink: { ...link, subselect: { SelectStmt: canonical({ ...select, targetList: null }) } } }
  }
  return Object.fromEntries(Object.entries(tree).map(([name, inner]) => [name, canonical(inner)]))
}
