import type { Schema } from '../../harness/init/model.ts'
import type { InventoryRelation } from '../../harness/inventory/model.ts'
import type { Column, ForeignKey, Relation } from '../../harness/witness/catalog.ts'
import { exampleInventory, exampleTable } from './example-inventory.ts'

/** A column that takes no value by itself. */
export function exampleColumn(name: string, type: string, changes: Partial<Column> = {}): Column {
  return { name, type, nullable: false, hasDefault: false, default: null, generated: false, identity: 'no', ...changes }
}

/** A key that the database makes. */
export const exampleId = exampleColumn('id', 'uuid', { hasDefault: true, default: 'gen_random_uuid()' })

/** @param name without its schema, which is `public`. */
export function exampleRelation(name: string, columns: readonly Column[], changes: Partial<Relation> = {}): Relation {
  return {
    name: `public.${name}`,
    kind: 'table',
    columns: Object.fromEntries(columns.map((column) => [column.name, column])),
    primaryKey: ['id'],
    uniqueKeys: [],
    foreignKeys: [],
    ...changes,
  }
}

/** @param references with its schema. */
export function exampleKey(column: string, references: string, referenced = 'id'): ForeignKey {
  const name = `${column}_fkey`
  return { name, columns: [column], references, referencedColumns: [referenced], onDelete: 'cascade' }
}

/** A project of these tables, all of which users may read and write. */
export function exampleSchema(relations: readonly Relation[], changes: Partial<Schema> = {}): Schema {
  const users = { ...exampleRelation('users', [exampleColumn('id', 'uuid')]), name: 'auth.users' }
  const all = ['select', 'insert', 'update', 'delete']
  const described = relations.map(
    ({ name, columns, kind }): InventoryRelation =>
      exampleTable({
        name: name.slice('public.'.length),
        kind: kind === 'view' ? 'view' : 'table',
        columns: Object.keys(columns),
        privileges: { authenticated: all },
      }),
  )
  return {
    catalog: {
      relations: Object.fromEntries([users, ...relations].map((relation) => [relation.name, relation])),
      functions: {},
    },
    inventory: exampleInventory({ relations: described }),
    types: {},
    checks: {},
    conditions: {},
    bodies: {},
    metadataKeys: [],
    filledAtSignUp: [],
    ...changes,
  }
}
