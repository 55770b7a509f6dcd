import { parse } from 'libpg-query'
import { z } from 'zod'
import type { Scalar } from './model.ts'

/** The part of an SQL expression that checks are understood by. */
export type Expression =
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'value'; readonly value: Scalar | null }
  | { readonly kind: 'now' }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'operator'; readonly name: string; readonly left: Expression; readonly right: Expression }
  /** `= any (…)` and `<> all (…)`. */
  | { readonly kind: 'in'; readonly left: Expression; readonly list: Expression; readonly negated: boolean }
  | { readonly kind: 'call'; readonly name: string; readonly parameters: readonly Expression[] }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'null test'; readonly of: Expression; readonly isNull: boolean }
  | { readonly kind: 'unknown' }

const unknown: Expression = { kind: 'unknown' }

const text = z.object({ String: z.object({ sval: z.string() }) }).transform((node) => node.String.sval)
const names = z.array(text).min(1)

/** A node of PostgreSQL's parse tree, by the names of its `parsenodes.h`; any other node becomes `unknown`. */
const node: z.ZodType<Expression> = z.lazy(() =>
  z
    .union([constant, column, cast, boolean, operator, call, coalesced, nullTest, booleanTest, array, list, moment])
    .catch(unknown),
)

const constant = z
  .object({
    A_Const: z.looseObject({
      isnull: z.boolean().optional(),
      ival: z.object({ ival: z.number().default(0) }).optional(),
      fval: z.object({ fval: z.string() }).optional(),
      sval: z.object({ sval: z.string().default('') }).optional(),
      boolval: z.object({ boolval: z.boolean().default(false) }).optional(),
    }),
  })
  .transform(({ A_Const: { ival, fval, sval, boolval } }): Expression => {
    const number = fval === undefined ? ival?.ival : Number(fval.fval)
    return { kind: 'value', value: number ?? sval?.sval ?? boolval?.boolval ?? null }
  })

const column = z
  .object({ ColumnRef: z.looseObject({ fields: names }) })
  .transform(({ ColumnRef: { fields } }): Expression => ({ kind: 'column', name: fields.at(-1) ?? '' }))

const cast = z
  .object({
    TypeCast: z.looseObject({ arg: node, typeName: z.looseObject({ arrayBounds: z.array(z.unknown()).optional() }) }),
  })
  .transform(({ TypeCast: { arg, typeName } }): Expression => {
    const isArray = typeName.arrayBounds !== undefined
    return isArray && arg.kind === 'value' && typeof arg.value === 'string' ? arrayText(arg.value) : arg
  })

/** `{a,b}`, the form of an array without quotes. */
function arrayText(written: string): Expression {
  const inner = /^\{([^"{}]*)\}$/.exec(written)?.[1]
  if (inner === undefined) return unknown
  const items = inner === '' ? [] : inner.split(',')
  return { kind: 'list', items: items.map((value) => ({ kind: 'value', value })) }
}

const boolean = z
  .object({ BoolExpr: z.looseObject({ boolop: z.enum(['AND_EXPR', 'OR_EXPR', 'NOT_EXPR']), args: z.array(node) }) })
  .transform(({ BoolExpr: { boolop, args } }): Expression => {
    if (boolop === 'NOT_EXPR') return { kind: 'not', of: args[0] ?? unknown }
    return { kind: boolop === 'AND_EXPR' ? 'and' : 'or', parts: args }
  })

const operator = z
  .object({ A_Expr: z.looseObject({ kind: z.string(), name: names, lexpr: node.optional(), rexpr: node }) })
  .transform(({ A_Expr: { kind, name, lexpr = unknown, rexpr } }): Expression => {
    const sign = name.at(-1) ?? ''
    const items = rexpr.kind === 'list' ? rexpr.items : []
    switch (kind) {
      case 'AEXPR_OP_ANY':
        return sign === '=' ? { kind: 'in', left: lexpr, list: rexpr, negated: false } : unknown
      case 'AEXPR_OP_ALL':
        return sign === '<>' ? { kind: 'in', left: lexpr, list: rexpr, negated: true } : unknown
      case 'AEXPR_IN':
        return { kind: 'in', left: lexpr, list: rexpr, negated: sign === '<>' }
      case 'AEXPR_BETWEEN': {
        const [low = unknown, high = unknown] = items
        return {
          kind: 'and',
          parts: [
            { kind: 'operator', name: '>=', left: lexpr, right: low },
            { kind: 'operator', name: '<=', left: lexpr, right: high },
          ],
        }
      }
      case 'AEXPR_DISTINCT':
        return { kind: 'operator', name: '<>', left: lexpr, right: rexpr }
      case 'AEXPR_OP':
      case 'AEXPR_LIKE':
      case 'AEXPR_ILIKE':
      case 'AEXPR_NOT_DISTINCT':
        return { kind: 'operator', name: sign, left: lexpr, right: rexpr }
      default:
        return unknown
    }
  })

const call = z
  .object({ FuncCall: z.looseObject({ funcname: names, args: z.array(node).default([]) }) })
  .transform(({ FuncCall: { funcname, args } }): Expression => {
    const name = funcname.at(-1) ?? ''
    if (['now', 'clock_timestamp', 'statement_timestamp', 'transaction_timestamp'].includes(name))
      return { kind: 'now' }
    return { kind: 'call', name, parameters: args }
  })

const coalesced = z
  .object({ CoalesceExpr: z.looseObject({ args: z.array(node) }) })
  .transform(({ CoalesceExpr }): Expression => ({ kind: 'call', name: 'coalesce', parameters: CoalesceExpr.args }))

const nullTest = z
  .object({ NullTest: z.looseObject({ arg: node, nulltesttype: z.string().default('IS_NULL') }) })
  .transform(
    ({ NullTest: { arg, nulltesttype } }): Expression => ({
      kind: 'null test',
      of: arg,
      isNull: nulltesttype === 'IS_NULL',
    }),
  )

const booleanTest = z
  .object({ BooleanTest: z.looseObject({ arg: node, booltesttype: z.string().default('IS_TRUE') }) })
  .transform(({ BooleanTest: { arg, booltesttype } }): Expression => {
    if (booltesttype === 'IS_TRUE' || booltesttype === 'IS_NOT_FALSE') return arg
    return booltesttype === 'IS_FALSE' || booltesttype === 'IS_NOT_TRUE' ? { kind: 'not', of: arg } : unknown
  })

const array = z
  .object({ A_ArrayExpr: z.looseObject({ elements: z.array(node).default([]) }) })
  .transform(({ A_ArrayExpr }): Expression => ({ kind: 'list', items: A_ArrayExpr.elements }))

const list = z
  .object({ List: z.looseObject({ items: z.array(node).default([]) }) })
  .transform(({ List }): Expression => ({ kind: 'list', items: List.items }))

const moment = z.object({ SQLValueFunction: z.unknown() }).transform((): Expression => ({ kind: 'now' }))

const selected = z.object({
  stmts: z.tuple([
    z.object({
      stmt: z.object({
        SelectStmt: z.looseObject({ targetList: z.tuple([z.object({ ResTarget: z.looseObject({ val: node }) })]) }),
      }),
    }),
  ]),
})

const view = z.object({
  stmts: z.tuple([z.object({ stmt: z.object({ SelectStmt: z.looseObject({ whereClause: node.default(unknown) }) }) })]),
})

/**
 * Reads which rows a view shows.
 *
 * @param definition as `pg_get_viewdef` prints it.
 * @returns the condition of its `where`; `unknown` where it has none or is no plain select.
 */
export async function readCondition(definition: string): Promise<Expression> {
  const tree = await parse(definition).catch(() => null)
  const read = view.safeParse(tree)
  return read.success ? read.data.stmts[0].stmt.SelectStmt.whereClause : unknown
}

/**
 * Reads an expression by PostgreSQL's own parser.
 *
 * @param written as `pg_get_expr` prints it.
 * @returns `unknown` for an expression that the parser of this package does not read.
 */
export async function readExpression(written: string): Promise<Expression> {
  const tree = await parse(`select (${written})`).catch(() => null)
  const read = selected.safeParse(tree)
  return read.success ? read.data.stmts[0].stmt.SelectStmt.targetList[0].ResTarget.val : unknown
}

/** @returns an expression with columns replaced by the expressions that compute them. */
export function expanded(expression: Expression, computed: Readonly<Record<string, Expression>>): Expression {
  const inside = (part: Expression) => expanded(part, computed)
  switch (expression.kind) {
    case 'column':
      return Object.hasOwn(computed, expression.name) ? (computed[expression.name] ?? expression) : expression
    case 'list':
      return { ...expression, items: expression.items.map(inside) }
    case 'operator':
      return { ...expression, left: inside(expression.left), right: inside(expression.right) }
    case 'in':
      return { ...expression, left: inside(expression.left), list: inside(expression.list) }
    case 'call':
      return { ...expression, parameters: expression.parameters.map(inside) }
    case 'and':
    case 'or':
      return { ...expression, parts: expression.parts.map(inside) }
    case 'not':
    case 'null test':
      return { ...expression, of: inside(expression.of) }
    default:
      return expression
  }
}
