import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import { type Formula, formulaOf, operatorOf, scalarOf, sqlOfTree } from './formula.ts'
import { callName, claimOf, columnParts, textOf, withoutCast } from './mentions.ts'

const operators: Readonly<Record<string, string>> = {
  '=': 'is',
  '<>': 'is not',
  '<': 'is less than',
  '>': 'is greater than',
  '<=': 'is at most',
  '>=': 'is at least',
  '~~': 'is like',
  '@>': 'contains',
  '<@': 'is contained in',
  '&&': 'overlaps',
}

/** @returns a condition in words. A part that has no words of its own is quoted as SQL. */
export function describeTree(formula: Formula): string {
  if (formula.kind === 'constant') return formula.value ? 'always' : 'never'
  if (formula.kind === 'atom') return atomInWords(formula.tree)
  const parts = formula.parts.map((part) =>
    part.kind === 'and' || part.kind === 'or' ? `(${describeTree(part)})` : describeTree(part),
  )
  return parts.join(` ${formula.kind} `)
}

function atomInWords(tree: Json): string {
  const scalar = scalarOf(tree)
  if (scalar !== null) return atomInWords(scalar)
  const node = isObject(tree) ? tree : {}
  const {
    A_Expr: expression,
    SubLink: link,
    NullTest: test,
    FuncCall: call,
    BoolExpr: boolean,
    ColumnRef: column,
  } = node
  if (isObject(expression)) return comparison(expression) ?? quotedSql(tree)
  if (isObject(link)) return subquery(link) ?? quotedSql(tree)
  if (isObject(test)) return `${operand(test.arg)} ${test.nulltesttype === 'IS_NULL' ? 'is null' : 'is not null'}`
  if (isObject(call)) return `${operand(tree)} is true`
  if (isObject(column)) return `${operand(tree)} is true`
  if (isObject(boolean) && isList(boolean.args)) return `not (${describeTree(formulaOf(boolean.args[0] ?? null))})`
  return quotedSql(tree)
}

function comparison({ kind, name, lexpr = null, rexpr = null }: JsonObject): string | null {
  const operator = operatorOf(name) ?? ''
  if (kind === 'AEXPR_OP_ANY' && operator === '=') {
    const array = withoutCast(rexpr)
    const elements = isObject(array) && isObject(array.A_ArrayExpr) ? array.A_ArrayExpr.elements : undefined
    if (isList(elements)) return `${operand(lexpr)} is one of ${elements.map(operand).join(', ')}`
    return `${operand(lexpr)} is one of ${operand(rexpr)}`
  }
  const verb = operators[operator]
  if (kind !== 'AEXPR_OP' || verb === undefined) return null
  // The column comes first: `owner_id is the caller's id`.
  const isTurned = ['=', '<>'].includes(operator) && columnParts(lexpr).length === 0 && columnParts(rexpr).length > 0
  const [first, second] = isTurned ? [rexpr, lexpr] : [lexpr, rexpr]
  return `${operand(first)} ${verb} ${operand(second)}`
}

function subquery({ subLinkType, testexpr, subselect = null }: JsonObject): string | null {
  const select = isObject(subselect) ? subselect.SelectStmt : undefined
  if (!isObject(select)) return null
  const one = subLinkType === 'ANY_SUBLINK' ? scalarOf({ SubLink: { subLinkType: 'EXPR_SUBLINK', subselect } }) : null
  if (one !== null) return `${operand(testexpr)} is one of ${operand(one)}`
  const rows = rowsOf(select)
  if (rows === null) return null
  if (subLinkType === 'EXISTS_SUBLINK') return `a row of ${rows} exists`
  const [target] = isList(select.targetList) ? select.targetList : []
  const value = isObject(target) && isObject(target.ResTarget) ? target.ResTarget.val : undefined
  return subLinkType === 'ANY_SUBLINK' ? `${operand(testexpr)} is among ${operand(value)} of the rows of ${rows}` : null
}

/** `public.members m where (m.user_id is the caller's id)`; null where it has other clauses. */
function rowsOf(select: JsonObject): string | null {
  const known = ['targetList', 'fromClause', 'whereClause', 'limitOption', 'op']
  if (Object.keys(select).some((key) => !known.includes(key))) return null
  const from = isList(select.fromClause) ? select.fromClause.map(source) : []
  if (from.length === 0 || from.some((one) => one === null)) return null
  const where = select.whereClause === undefined ? '' : ` where (${describeTree(formulaOf(select.whereClause))})`
  return `${from.join(', ')}${where}`
}

function source(tree: Json): string | null {
  if (!isObject(tree)) return null
  const { RangeVar: range, JoinExpr: join } = tree
  if (isObject(range)) {
    const name = [range.schemaname, range.relname].filter((part) => typeof part === 'string').join('.')
    const alias = isObject(range.alias) ? range.alias.aliasname : undefined
    return typeof alias === 'string' ? `${name} ${alias}` : name
  }
  if (!isObject(join) || join.jointype !== 'JOIN_INNER' || join.quals === undefined) return null
  const [left, right] = [source(join.larg ?? null), source(join.rarg ?? null)]
  return left === null || right === null
    ? null
    : `${left} joined with ${right} on (${describeTree(formulaOf(join.quals))})`
}

const calls: Readonly<Record<string, string>> = {
  'auth.uid': "the caller's id",
  'auth.role': "the caller's role",
  'auth.email': "the caller's address",
  'auth.jwt': "the caller's token",
  now: 'the present time',
}

function operand(tree: Json | undefined): string {
  const inner = withoutCast(scalarOf(tree) ?? tree)
  const again = scalarOf(inner)
  if (again !== null) return operand(again)
  const claim = claimOf(inner)
  if (claim !== null) return `the claim ${claim}`
  const text = textOf(inner)
  if (text !== null) return `'${text}'`
  const column = columnParts(inner)
  if (column.length > 0) return column.join('.')
  const elements = isObject(inner) && isObject(inner.A_ArrayExpr) ? inner.A_ArrayExpr.elements : undefined
  if (isList(elements)) return `[${elements.map(operand).join(', ')}]`
  if (isObject(inner) && isObject(inner.FuncCall)) return called(inner.FuncCall) ?? quotedSql(inner)
  return inner === null ? 'nothing' : quotedSql(inner)
}

function called(call: JsonObject): string | null {
  const name = callName(call)
  const known = Object.hasOwn(calls, name) ? calls[name] : undefined
  if (known !== undefined) return known
  const others = ['agg_star', 'agg_order', 'agg_filter', 'over', 'agg_distinct']
  if (others.some((key) => key in call)) return null
  const given = isList(call.args) ? call.args.map(operand) : []
  return `${name}(${given.join(', ')})`
}

function quotedSql(tree: Json): string {
  const sql = sqlOfTree(tree)
  return /^(?:-?[\d.]+|true|false)$/.test(sql) ? sql : `\`${sql}\``
}
