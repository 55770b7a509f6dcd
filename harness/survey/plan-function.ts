import { calledBy } from '../inventory/access.ts'
import type { InventoryFunction } from '../inventory/model.ts'
import type { Json, JsonObject } from '../json.ts'
import { collidingKeys } from '../model/keys.ts'
import type { DatabaseFunction, Relation } from '../witness/catalog.ts'
import { braced, type FixtureSet, Unplannable } from './fixture-set.ts'
import type { Side, SurveyMatrix } from './model.ts'
import { Operations, type Planned, type Planning, withFixtures } from './plan-relation.ts'

/** The depth to which functions that call functions are followed. */
const deepest = 4

/** The value of an argument, and its source. */
interface Filled {
  readonly value: Json
  /** True when it comes from the rows of a side. */
  readonly isOfSide: boolean
  /** True for a text of a row by which the row is not found, so that a call may bring another one. */
  readonly isContent: boolean
}

/** Plans calls of one function, with arguments from the rows of either side. */
export function planFunction(planning: Planning, one: InventoryFunction): Planned {
  const name = `${one.schema}.${one.name}`
  const object = `function ${name}`
  const overloads = planning.catalog.functions[name] ?? []
  if (calledBy(planning.inventory, one).length === 0 || one.extension !== null) return { matrices: [], unsurveyed: [] }
  const form = overloads.find((overload) => fits(overload, one)) ?? overloads[0]
  if (form === undefined)
    return { matrices: [], unsurveyed: [{ object, why: 'the catalog does not show its arguments' }] }
  try {
    const writes = overloads.some(({ volatility }) => volatility === 'volatile')
    const matrix = withFixtures(planning, writes, (set): SurveyMatrix => {
      const operations = new Operations()
      planCalls({ planning, form, set, operations, writes, one })
      return {
        object,
        document: {
          matrix: `survey of ${name.replace('.', ' ')}`,
          resource: { function: name },
          fixtures: set.fixtures,
          operations: operations.bodies,
        },
        operations: operations.about,
        ...(set.isSingle ? { oneByOne: true as const } : {}),
      }
    })
    return { matrices: [matrix], unsurveyed: [] }
  } catch (error) {
    if (!(error instanceof Unplannable)) throw error
    return { matrices: [], unsurveyed: [{ object, why: error.message }] }
  }
}

interface Calls {
  readonly planning: Planning
  readonly form: DatabaseFunction
  readonly set: FixtureSet
  readonly operations: Operations
  readonly writes: boolean
  readonly one: InventoryFunction
}

function planCalls({ planning, form, set, operations, writes, one }: Calls): void {
  const tables = tablesOf(planning, `${one.schema}.${one.name}`, form)
  const rows = new Map(
    planning.sides.map((side) => [side, tables.flatMap((table) => rowOrNull(set, table, side) ?? [])]),
  )
  const callers = calledBy(planning.inventory, one)
  const actors = planning.actors
    .filter(({ kind }) => callers.includes(kind === 'anon' ? 'anon' : 'authenticated'))
    .map(({ name }) => name)
  for (const side of planning.sides) {
    const { args, isOfSide, others } = argumentsOf(planning, form, tables, side, set)
    const read = isOfSide && writes ? (rows.get(side) ?? []) : [...rows.values()].flat()
    const reads = read.length === 0 ? {} : { reads: [...new Set(read)] }
    const about = { access: 'call', side: isOfSide ? side.name : null, actors } as const
    if (!isOfSide) {
      operations.add('call', { call: args, ...reads }, { ...about, door: 'a call' })
      return
    }
    const call = `call with ${side.name}`
    const door = `a call with the rows of ${side.name}`
    operations.add(call, { call: args, ...reads }, { ...about, door })
    if (writes && others !== null) {
      operations.add(`${call} and new values`, { call: others, ...reads }, { ...about, door: `${door} and new values` })
    }
    const missing = withoutRows(args, form)
    if (missing === null) continue
    const unknown = `call with what ${side.name} does not have`
    operations.add(unknown, { call: missing }, { ...about, door: 'a call with unknown ids', actors: [] })
    const compared = `a comparison of a call with the rows of ${side.name} and one with unknown ids`
    operations.add(`compare ${side.name}`, { distinguish: [call, unknown] }, { ...about, door: compared, actors })
  }
}

/** Rows of a table that a function merely names need not be there. */
function rowOrNull(set: FixtureSet, table: string, side: Side): string | null {
  try {
    return set.row(table, side)
  } catch (error) {
    if (error instanceof Unplannable) return null
    throw error
  }
}

function fits({ arguments: args }: DatabaseFunction, one: InventoryFunction): boolean {
  return args.every(({ name }) => one.arguments.includes(name)) && one.arguments.split(',').length >= args.length
}

/** The tables that a function returns rows of, and those that its source names, or that of a function that it calls. */
function tablesOf({ catalog, hints }: Planning, name: string, form: DatabaseFunction): readonly string[] {
  const seen = new Set<string>([name])
  const found = new Set<string>(form.returnsRowsOf === null ? [] : [form.returnsRowsOf])
  let sources = [hints.sources[name] ?? '']
  for (let depth = 0; depth < deepest && sources.length > 0; depth += 1) {
    const text = sources.join('\n')
    for (const [table, { kind }] of Object.entries(catalog.relations)) {
      if (kind === 'table' && !/^(?:auth|storage|realtime)\./.test(table) && names(text, table)) found.add(table)
    }
    const called = Object.keys(hints.sources).filter((one) => !seen.has(one) && names(text, one))
    for (const one of called) seen.add(one)
    sources = called.map((one) => hints.sources[one] ?? '')
  }
  return [...found].filter((table) => catalog.relations[table]?.kind === 'table')
}

/** True when a source names an object, with its schema or without it. */
function names(source: string, qualified: string): boolean {
  const dot = qualified.indexOf('.')
  const [schema, name] = [qualified.slice(0, dot), qualified.slice(dot + 1)].map((part) => part.replace(/\W/g, '\\$&'))
  const bare = schema === 'public' ? `(?:"?public"?\\.)?` : `"?${schema}"?\\.`
  return new RegExp(`(?<![\\w."])${bare}"?${name}"?(?![\\w"])`, 'i').test(source)
}

interface Arguments {
  readonly args: JsonObject
  readonly isOfSide: boolean
  /** The same with new texts in place of a row's own; null where there are none. */
  readonly others: JsonObject | null
}

function argumentsOf(
  planning: Planning,
  form: DatabaseFunction,
  tables: readonly string[],
  side: Side,
  set: FixtureSet,
): Arguments {
  const args: Record<string, Json> = {}
  const others: Record<string, Json> = {}
  let isOfSide = false
  for (const { name, type, optional } of form.arguments) {
    const filled = argumentOf(planning, { name, type }, tables, side, set)
    if (filled === null) {
      if (optional) continue
      throw new Unplannable(`no value is known for the argument ${name} of type ${type}`)
    }
    if (optional && !filled.isOfSide) continue
    args[name] = filled.value
    if (filled.isContent) others[name] = `new ${name} for ${side.name} $unique`
    isOfSide ||= filled.isOfSide
  }
  return { args, isOfSide, others: Object.keys(others).length === 0 ? null : { ...args, ...others } }
}

function argumentOf(
  planning: Planning,
  argument: { readonly name: string; readonly type: string },
  tables: readonly string[],
  side: Side,
  set: FixtureSet,
): Filled | null {
  const { catalog, values } = planning
  const name = argument.name.replace(/^(?:p|arg|in|_)_?(?=[a-z])/i, '').toLowerCase()
  const bare = argument.name.toLowerCase()
  for (const wanted of [...new Set([bare, name])]) {
    const own = tables.flatMap((table) => catalog.relations[table] ?? [])
    const all = Object.values(catalog.relations).filter(({ kind }) => kind === 'table')
    for (const match of [
      ...own.map(exact(wanted)),
      ...own.map(owned(wanted)),
      ...all.map(owned(wanted)),
      ...own.map(called(wanted)),
      ...all.map(called(wanted)),
      ...own.map(ending(wanted)),
      ...own.map(tenantOf(wanted, side)),
    ]) {
      const filled = filledBy(match, argument.type, side, set)
      if (filled !== null) return filled
    }
  }
  if (/(?:^|_)(?:user|owner|author|member|profile)_?(?:id)?$/.test(name) && argument.type === 'uuid') {
    return { value: `$${braced(side.holder, 'id')}`, isOfSide: true, isContent: false }
  }
  if (argument.type === 'uuid') {
    // A uuid whose name matches no column is filled with the key of a table that the function reads.
    for (const table of tables) {
      const filled = filledBy(keyOf(catalog.relations[table]), argument.type, side, set)
      if (filled !== null) return filled
    }
    return null
  }
  const column = {
    name,
    type: argument.type,
    nullable: false,
    hasDefault: false,
    generated: false,
    identity: 'no',
  } as const
  const filling = values.fill('', column, name, side.holder)
  if (filling.kind !== 'value') return null
  const isOfSide = JSON.stringify(filling.value).includes('.email')
  return { value: filling.value, isOfSide, isContent: false }
}

/** @returns the value of a row of a side; null where the column has another type or the side has no such row. */
function filledBy(match: Match, type: string, side: Side, set: FixtureSet): Filled | null {
  if (match === null || !isAlike(match.relation, match.column, type)) return null
  try {
    const value = `$${braced(set.row(match.relation.name, side), match.column)}`
    return { value, isOfSide: true, isContent: isContent(match.relation, match.column) }
  } catch (error) {
    if (error instanceof Unplannable) return null
    throw error
  }
}

type Match = { readonly relation: Relation; readonly column: string } | null

/** `organization_id` in a table that has such a column. */
function exact(wanted: string): (relation: Relation) => Match {
  return (relation) => {
    const column = Object.keys(relation.columns).find((one) => one.toLowerCase() === wanted)
    return column === undefined ? null : { relation, column }
  }
}

/** `project_id` for the key of `projects`, `invitation_token` for the token of `invitations`. */
function owned(wanted: string): (relation: Relation) => Match {
  return (relation) => {
    const column = Object.keys(relation.columns).find((one) =>
      singularsOf(relation).some((word) => `${word}_${one.toLowerCase()}` === wanted),
    )
    return column === undefined ? null : { relation, column }
  }
}

/** `project` for the key of `projects`. */
function called(wanted: string): (relation: Relation) => Match {
  return (relation) => (singularsOf(relation).includes(wanted) ? keyOf(relation) : null)
}

function keyOf(relation: Relation | undefined): Match {
  const [column, further] = relation?.primaryKey ?? []
  return relation === undefined || column === undefined || further !== undefined ? null : { relation, column }
}

function singularsOf({ name }: Relation): readonly string[] {
  const table = name.slice(name.indexOf('.') + 1).toLowerCase()
  return [table, table.replace(/ies$/, 'y'), table.replace(/(?:es|s)$/, ''), table.replace(/s$/, '')]
}

/** `job_kind` for a column `kind`. */
function ending(wanted: string): (relation: Relation) => Match {
  return (relation) => {
    const column = Object.keys(relation.columns).find(
      (one) => one.length > 2 && wanted.endsWith(`_${one.toLowerCase()}`),
    )
    return column === undefined ? null : { relation, column }
  }
}

/** `org_id` for the tenant, whatever its table is called. */
function tenantOf(wanted: string, side: Side): (relation: Relation) => Match {
  return (relation) =>
    relation.name === side.tenant?.table && /^(?:org|tenant|team|workspace|company|account)_?id$/.test(wanted)
      ? { relation, column: relation.primaryKey[0] ?? 'id' }
      : null
}

function isContent(relation: Relation, column: string): boolean {
  const isKey = collidingKeys(relation).some((columns) => columns.includes(column))
  const refers = relation.foreignKeys.some(({ columns }) => columns.includes(column))
  return !isKey && !refers && textual.test(relation.columns[column]?.type ?? '')
}

const textual = /^(?:text|character|citext|name)/
const numeric = /^(?:smallint|integer|bigint|numeric|real|double)/

function isAlike(relation: Relation, column: string, type: string): boolean {
  const own = relation.columns[column]?.type ?? ''
  return own === type || (textual.test(own) && textual.test(type)) || (numeric.test(own) && numeric.test(type))
}

const noUserId = '00000000-0000-4000-8000-000000000000'

/** @returns the arguments with ids that no row has; null where an argument of a side is no id. */
function withoutRows(args: JsonObject, form: DatabaseFunction): JsonObject | null {
  let replaced = false
  const other = Object.fromEntries(
    Object.entries(args).map(([name, value]) => {
      const isId = form.arguments.some((one) => one.name === name && one.type === 'uuid')
      replaced ||= isId
      return [name, isId ? noUserId : value]
    }),
  )
  return replaced ? other : null
}
