import type { Node } from './parse-tree.ts'

/** An object that a statement makes, or the table that it alters. */
export interface MadeObject {
  readonly what: 'table' | 'view' | 'index' | 'policy' | 'trigger' | 'function' | 'type' | 'altered table'
  /** Quoted, with the schema that the statement writes; an index has that of its table. */
  readonly name: string
  /** The table of a policy, a trigger or an index. */
  readonly on: string | null
}

/** @returns the object that a statement makes; null where it makes none, or one of another kind. */
export function madeObject(type: string, node: Node): MadeObject | null {
  const relation = ranged(node.relation)
  switch (type) {
    case 'CreateStmt':
      return relation === null ? null : { what: 'table', name: relation, on: null }
    case 'AlterTableStmt':
      return relation === null || node.objtype !== 'OBJECT_TABLE'
        ? null
        : { what: 'altered table', name: relation, on: null }
    case 'ViewStmt': {
      const view = ranged(node.view)
      return view === null ? null : { what: 'view', name: view, on: null }
    }
    case 'IndexStmt': {
      if (node.idxname === undefined || relation === null) return null
      return { what: 'index', name: quoted([node.relation?.schemaname ?? '', node.idxname]), on: relation }
    }
    case 'CreatePolicyStmt': {
      const table = ranged(node.table)
      return table === null || node.policy_name === undefined
        ? null
        : { what: 'policy', name: quoted([node.policy_name]), on: table }
    }
    case 'CreateTrigStmt':
      return node.trigname === undefined ? null : { what: 'trigger', name: quoted([node.trigname]), on: relation }
    case 'CreateFunctionStmt':
      return listed('function', node.funcname)
    case 'CreateEnumStmt':
      return listed('type', node.typeName)
    default:
      return null
  }
}

function listed(what: 'function' | 'type', names: Node['funcname']): MadeObject | null {
  const parts = (names ?? []).flatMap(({ String: part }) => (part === undefined ? [] : [part.sval]))
  return parts.length === 0 ? null : { what, name: quoted(parts), on: null }
}

function ranged(relation: Node['relation']): string | null {
  return relation === undefined ? null : quoted([relation.schemaname ?? '', relation.relname])
}

/** @returns an identifier with its schema, as SQL quotes it. */
export function quoted(names: readonly string[]): string {
  return names
    .filter((name) => name !== '')
    .map((name) => `"${name.replaceAll('"', '""')}"`)
    .join('.')
}
