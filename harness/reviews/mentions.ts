import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import { operatorOf, scalarOf } from './formula.ts'

/** The names that a condition holds. Relations and functions are named with their schema, unquoted. */
export interface Mentions {
  /** Read by subqueries. */
  readonly relations: readonly string[]
  /** Functions outside of `pg_catalog`. */
  readonly functions: readonly string[]
  /** Calls that depend on the caller and not on the row, and are made again for each row: `auth.uid()`. */
  readonly perRow: readonly string[]
  /** Columns that are compared with a value of the caller or of another table, by relation. */
  readonly lookups: readonly Lookup[]
  /** True when the condition depends on the caller. */
  readonly ofCaller: boolean
  /** True when it names a column of the table that it is about. */
  readonly ofRow: boolean
  /** Names of claims that are read from the token: `aal`, `app_metadata.role`. */
  readonly claims: readonly string[]
}

interface Lookup {
  /** Null for the table that the condition is about. */
  readonly relation: string | null
  readonly columns: readonly string[]
}

interface Scope {
  /** Relations of the enclosing SELECTs by the name that a column has before it, inner ones last. */
  readonly sources: readonly ReadonlyMap<string, string>[]
  /** True inside of `(SELECT expression)`, which PostgreSQL computes once. */
  readonly once: boolean
}

interface Found {
  readonly relations: Set<string>
  readonly functions: Set<string>
  readonly perRow: Set<string>
  readonly lookups: Lookup[]
  readonly own: Set<string>
  readonly claims: Set<string>
  ofCaller: boolean
  ofRow: boolean
}

const claimCalls: readonly string[] = ['auth.uid', 'auth.jwt', 'auth.role', 'auth.email', 'current_setting']

/** @returns what the parse tree of a condition names. */
export function mentionsIn(tree: Json): Mentions {
  const found: Found = {
    ...{ relations: new Set<string>(), functions: new Set<string>(), perRow: new Set<string>() },
    ...{ lookups: [], own: new Set<string>(), claims: new Set<string>(), ofCaller: false, ofRow: false },
  }
  walk(tree, { sources: [], once: false }, found)
  return {
    relations: [...found.relations],
    functions: [...found.functions],
    perRow: [...found.perRow],
    lookups: [...(found.own.size === 0 ? [] : [{ relation: null, columns: [...found.own] }]), ...found.lookups],
    ofCaller: found.ofCaller,
    ofRow: found.ofRow,
    claims: [...found.claims],
  }
}

/** @returns the parts of a name: `auth.uid` for a call of that function. */
export function callName(call: JsonObject): string {
  const parts = textsOf(call.funcname)
  return (parts[0] === 'pg_catalog' ? parts.slice(1) : parts).join('.')
}

/** @returns the parts of a column's name: `m`, `user_id`. */
export function columnParts(tree: Json | undefined): readonly string[] {
  return isObject(tree) && isObject(tree.ColumnRef) ? textsOf(tree.ColumnRef.fields) : []
}

/** @returns the path of a claim that an expression reads from the token: `app_metadata.role`; null for anything else. */
export function claimOf(tree: Json | undefined): string | null {
  if (!isObject(tree) || !isObject(tree.A_Expr)) return null
  const { name, lexpr, rexpr } = tree.A_Expr
  const operator = operatorOf(name) ?? ''
  const key = textOf(rexpr)
  if (key === null || !['->', '->>', '#>', '#>>'].includes(operator)) return null
  const path = operator.startsWith('#') ? key.replace(/^\{|\}$/g, '').replaceAll(',', '.') : key
  const from = withoutCast(scalarOf(lexpr) ?? lexpr)
  if (isObject(from) && isObject(from.FuncCall)) {
    const isToken = callName(from.FuncCall) === 'auth.jwt' || isClaimsSetting(from.FuncCall)
    return isToken ? path : null
  }
  const before = claimOf(from)
  return before === null ? null : `${before}.${path}`
}

function isClaimsSetting(call: JsonObject): boolean {
  const [first] = isList(call.args) ? call.args : []
  return callName(call) === 'current_setting' && textOf(first) === 'request.jwt.claims'
}

/** @returns a string constant, with or without a cast. */
export function textOf(tree: Json | undefined): string | null {
  const inner = withoutCast(tree)
  if (!isObject(inner) || !isObject(inner.A_Const) || !isObject(inner.A_Const.sval)) return null
  // The parse tree leaves an empty text out.
  return typeof inner.A_Const.sval.sval === 'string' ? inner.A_Const.sval.sval : ''
}

export function withoutCast(tree: Json | undefined): Json {
  if (isObject(tree) && isObject(tree.TypeCast)) return withoutCast(tree.TypeCast.arg)
  return tree ?? null
}

function textsOf(list: Json | undefined): readonly string[] {
  if (!isList(list)) return []
  return list.flatMap((part) =>
    isObject(part) && isObject(part.String) && typeof part.String.sval === 'string' ? [part.String.sval] : [],
  )
}

function walk(tree: Json, scope: Scope, found: Found): void {
  if (isList(tree)) {
    for (const part of tree) walk(part, scope, found)
    return
  }
  if (!isObject(tree)) return
  const scalar = scalarOf(tree)
  if (scalar !== null) {
    walk(scalar, { ...scope, once: true }, found)
    return
  }
  const { FuncCall: call, ColumnRef: column, SQLValueFunction: value, SelectStmt: select, A_Expr: expression } = tree
  if (isObject(call)) callIn(call, scope, found)
  if (isObject(column)) found.ofRow ||= relationOf(tree, scope) === null
  if (isObject(value) && /USER|ROLE/.test(String(value.op ?? ''))) found.ofCaller = true
  if (isObject(expression)) comparisonIn(expression, scope, found)
  if (isObject(tree.SubLink)) {
    const side = tree.SubLink.subLinkType === 'ANY_SUBLINK' ? lookupOf(tree.SubLink.testexpr, scope) : null
    if (side?.relation === null) found.own.add(side.column)
  }
  const claim = claimOf(tree)
  if (claim !== null) found.claims.add(claim)
  const inner = isObject(select) ? selectScope(select, scope, found) : scope
  for (const part of Object.values(tree)) walk(part, inner, found)
}

function callIn(call: JsonObject, scope: Scope, found: Found): void {
  const name = callName(call)
  if (claimCalls.includes(name)) {
    found.ofCaller = true
    if (!scope.once) found.perRow.add(`${name}()`)
  }
  if (name.includes('.')) found.functions.add(name)
}

/** The relations of a SELECT, and the lookups that its conditions make in them. */
function selectScope(select: JsonObject, scope: Scope, found: Found): Scope {
  const sources = new Map<string, string>()
  rangesIn(select.fromClause ?? null, (name, alias) => {
    found.relations.add(name)
    sources.set(alias, name)
  })
  const inner = { sources: [...scope.sources, sources], once: false }
  const byRelation = new Map<string, Set<string>>()
  for (const [one, other] of equalitiesIn([select.whereClause ?? null, select.fromClause ?? null])) {
    for (const [side, against] of [
      [one, other],
      [other, one],
    ] as const) {
      const lookup = lookupOf(side, inner)
      // A constant selects too much for an index to matter.
      if (lookup === null || lookup.relation === null || isConstant(against)) continue
      byRelation.set(lookup.relation, (byRelation.get(lookup.relation) ?? new Set()).add(lookup.column))
    }
  }
  for (const [relation, columns] of byRelation) found.lookups.push({ relation, columns: [...columns] })
  return inner
}

function rangesIn(tree: Json, add: (name: string, alias: string) => void): void {
  if (isList(tree)) for (const part of tree) rangesIn(part, add)
  if (!isObject(tree)) return
  const { RangeVar: range, JoinExpr: join } = tree
  if (isObject(range) && typeof range.relname === 'string') {
    const schema = typeof range.schemaname === 'string' ? range.schemaname : 'pg_catalog'
    const alias = isObject(range.alias) && typeof range.alias.aliasname === 'string' ? range.alias.aliasname : null
    add(`${schema}.${range.relname}`, alias ?? range.relname)
  }
  if (isObject(join)) rangesIn([join.larg ?? null, join.rarg ?? null], add)
}

/** Equalities of one SELECT, those of its subqueries left out. */
function equalitiesIn(tree: Json): readonly (readonly [Json, Json])[] {
  if (isList(tree)) return tree.flatMap(equalitiesIn)
  if (!isObject(tree) || 'SubLink' in tree) return []
  const { A_Expr: expression } = tree
  if (isObject(expression) && isEquality(expression)) return [[expression.lexpr ?? null, expression.rexpr ?? null]]
  return Object.values(tree).flatMap(equalitiesIn)
}

function isEquality({ kind, name }: JsonObject): boolean {
  return (kind === 'AEXPR_OP' || kind === 'AEXPR_OP_ANY') && operatorOf(name) === '='
}

/** Comparisons of the table's own columns, outside of every subquery that has relations. */
function comparisonIn(expression: JsonObject, scope: Scope, found: Found): void {
  if (!isEquality(expression) || scope.sources.length > 0) return
  const [one = null, other = null] = [expression.lexpr, expression.rexpr]
  for (const [side, against] of [
    [one, other],
    [other, one],
  ] as const) {
    const lookup = lookupOf(side, scope)
    if (lookup !== null && !isConstant(against) && lookupOf(against, scope) === null) found.own.add(lookup.column)
  }
}

function isConstant(tree: Json): boolean {
  const inner = withoutCast(tree)
  if (!isObject(inner)) return false
  if (isObject(inner.A_ArrayExpr))
    return isList(inner.A_ArrayExpr.elements) && inner.A_ArrayExpr.elements.every(isConstant)
  return 'A_Const' in inner
}

function lookupOf(
  tree: Json | undefined,
  scope: Scope,
): { readonly relation: string | null; readonly column: string } | null {
  const parts = columnParts(tree)
  const column = parts.at(-1)
  return column === undefined ? null : { relation: relationOf(tree, scope), column }
}

/** @returns the relation of a column; null for the table that the condition is about. */
function relationOf(tree: Json | undefined, { sources }: Scope): string | null {
  const parts = columnParts(tree)
  const [source] = parts.slice(-2)
  const innermost = sources.at(-1)
  if (parts.length === 1) return innermost?.size === 1 ? ([...innermost.values()][0] ?? null) : null
  return (
    sources
      .toReversed()
      .find((one) => one.has(source ?? ''))
      ?.get(source ?? '') ?? null
  )
}
