import type { InventoryRelation } from '../inventory/model.ts'
import { relationTitle } from '../inventory/names.ts'
import type { JsonObject } from '../json.ts'
import { own } from '../values.ts'
import type { Relation } from '../witness/catalog.ts'
import type { PlannedMatrix, PlannedOperation } from './model.ts'
import { namesIn, Unplannable } from './naming.ts'
import type { Planning } from './planning.ts'
import { fixturesOf, isGranted, matrixName, reads, settable, tableName } from './tables.ts'
import { valuesFor } from './values.ts'

/**
 * Plans the matrix of a view: the rows are those of a table that it reads, and are recognised by columns that both have.
 *
 * @throws Unplannable where no table of the view holds its rows.
 */
export function viewMatrix(planning: Planning, relation: InventoryRelation): PlannedMatrix {
  const { schema, lessons } = planning
  const view = own(schema.catalog.relations, tableName(relation))
  if (view === undefined) throw new Unplannable('the catalog does not have it')
  if (/^\s|\s$/.test(relation.name)) throw new Unplannable('a matrix cannot write its name')
  const { base, key } = baseOf(planning, view, relation)
  const title = relationTitle(relation)
  const notes = [...(lessons.remarks.get(title) ?? [])]
  const fixtures = fixturesOf(planning, base.name, asked(planning, view, base))
  const { main, book, isFound, readOnly } = fixtures
  const operations: PlannedOperation[] = [...reads(planning, relation, { ...fixtures, beside: [] }, notes)]
  if (isGranted(planning, relation, 'update') && !readOnly) {
    const set = settable(planning, base.name, main, Object.keys(view.columns))[0]
    if (set === undefined) notes.push('update is not tried: no column was found that can take another value')
    else operations.push({ name: 'change', body: { update: main.name, set: { [set.column]: set.value } } })
  }
  if (isGranted(planning, relation, 'delete') && !isFound) {
    operations.push({ name: 'remove', body: { delete: main.name } })
  }
  if (isGranted(planning, relation, 'insert'))
    notes.push('insert through the view is not tried: its new row is not worked out')
  if (operations.length === 0) throw new Unplannable(notes.join('; ') || 'no operation could be worked out')
  const tables = new Set([...book.rows.values()].map(({ table }) => table))
  return {
    name: matrixName(relation),
    title,
    resource: {
      view: view.name,
      ...(tables.size > 1 || readOnly ? { of: base.name } : {}),
      ...(key === null ? {} : { key: [...key] }),
    },
    fixtures: [...book.rows.values()],
    operations,
    notes,
    shown: main,
  }
}

/** Values by which the condition of a view lets the row of a table through. */
function asked({ schema, lessons }: Planning, view: Relation, base: Relation): JsonObject {
  const condition = schema.conditions[view.name]?.[0] ?? []
  const checks = schema.checks[base.name] ?? []
  const facts = [
    ...condition,
    ...checks.flatMap(({ name, ways }) => ways[lessons.ways.get(`${base.name} ${name}`) ?? 0] ?? []),
  ]
  const linked = new Set([...base.primaryKey, ...base.foreignKeys.flatMap(({ columns }) => columns)])
  const values = [...new Set(condition.map(({ column }) => column))].flatMap((name) => {
    const column = own(base.columns, name)
    const isAbsent = facts.some((fact) => fact.column === name && fact.kind === 'absent')
    if (column === undefined || column.generated || linked.has(name) || isAbsent) return []
    const [value] = valuesFor({ column: name, type: column.type, facts, side: 'alice', unique: false }, schema.types)
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(values)
}

interface Base {
  readonly base: Relation
  /** Null where the view shows the primary key under its own name. */
  readonly key: readonly string[] | null
}

/** The table that a view shows most of. A column counts that has the same name and type. */
function baseOf(planning: Planning, view: Relation, { reads: read }: InventoryRelation): Base {
  const { relations } = planning.schema.catalog
  const tables = read.flatMap((one) => own(relations, tableName(one)) ?? []).filter(({ kind }) => kind === 'table')
  const shared = (table: Relation) =>
    Object.values(table.columns).filter(({ name, type }) => own(view.columns, name)?.type === type)
  const ranked = tables
    .map((table) => ({ table, columns: shared(table).map(({ name }) => name) }))
    .filter(({ columns }) => columns.length > 0)
    .sort((one, other) => other.columns.length - one.columns.length)
  for (const { table, columns } of ranked) {
    const { primaryKey } = table
    if (primaryKey.length > 0 && primaryKey.every((column) => columns.includes(column)))
      return { base: table, key: null }
  }
  for (const { table, columns } of ranked) {
    const key = keyAmong(planning, table, columns)
    if (key !== null) return { base: table, key }
  }
  throw new Unplannable('it shows no column by which a row of its tables could be recognised')
}

/** A unique key, or a text that is different in every row. */
function keyAmong(planning: Planning, table: Relation, columns: readonly string[]): readonly string[] | null {
  const unique = table.uniqueKeys.find((key) => key.every((column) => columns.includes(column)))
  if (unique !== undefined) return unique
  const { main } = fixturesOf(planning, table.name)
  const telling = columns.find((column) => namesIn(main.values[column] ?? null).includes('unique'))
  return telling === undefined ? null : [telling]
}
