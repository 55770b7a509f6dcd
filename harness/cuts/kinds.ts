import type { Node } from './parse-tree.ts'

/**
 * How PostgreSQL lets a statement run: `inside` a transaction like most, only `alone`, or as `control`, which itself begins or
 * ends a transaction.
 */
export type Runs = 'inside' | 'alone' | 'control'

/** The kind of a statement, derived from its parse tree. */
export interface Kind {
  /** In small words: `create policy`, `create index concurrently`. */
  readonly kind: string
  readonly runs: Runs
  /** True if it changes objects that all databases of a server share: roles and their settings. */
  readonly shared: boolean
  /** A rule of PostgreSQL that is easily overlooked; null for none. */
  readonly note: string | null
}

/** Determines the kind of a statement. `type` is the name of its node, such as `CreatePolicyStmt`. */
export function kindOf(type: string, node: Node): Kind {
  return {
    kind: inWords(type, node),
    runs: type === 'TransactionStmt' ? control(node) : isAlone(type, node) ? 'alone' : 'inside',
    shared: sharedTypes.has(type),
    note: noteOn(type, node),
  }
}

/** A savepoint neither begins nor ends a transaction. */
function control({ kind = '' }: Node): Runs {
  return /_(SAVEPOINT|RELEASE|ROLLBACK_TO)$/.test(kind) ? 'inside' : 'control'
}

const aloneTypes: ReadonlySet<string> = new Set([
  'AlterSystemStmt',
  'CreatedbStmt',
  'DropdbStmt',
  'CreateTableSpaceStmt',
  'DropTableSpaceStmt',
  'CreateSubscriptionStmt',
  'DropSubscriptionStmt',
])

/** The statements that PostgreSQL refuses inside a transaction (`PreventInTransactionBlock` in `utility.c` and its callers). */
function isAlone(type: string, node: Node): boolean {
  switch (type) {
    case 'IndexStmt':
    case 'DropStmt':
      return node.concurrent === true
    case 'ReindexStmt':
      return isConcurrent(node) || /_(SCHEMA|SYSTEM|DATABASE)$/.test(node.kind ?? '')
    case 'VacuumStmt':
      return node.is_vacuumcmd === true
    case 'ClusterStmt':
      return node.relation === undefined
    case 'DiscardStmt':
      return node.target === 'DISCARD_ALL'
    case 'AlterDatabaseStmt':
      return node.options?.some(({ DefElem }) => DefElem?.defname === 'tablespace') ?? false
    case 'AlterSubscriptionStmt':
      return /_(REFRESH|SET_PUBLICATION|ADD_PUBLICATION|DROP_PUBLICATION)$/.test(node.kind ?? '')
    case 'AlterTableStmt':
      return node.cmds?.some(({ AlterTableCmd: command }) => detaches(command.subtype, command.def)) ?? false
    default:
      return aloneTypes.has(type)
  }
}

function detaches(subtype: string, def: { PartitionCmd?: { concurrent?: boolean | undefined } | undefined } = {}) {
  return subtype === 'AT_DetachPartitionFinalize' || def.PartitionCmd?.concurrent === true
}

function isConcurrent({ concurrent = false, params = [] }: Node): boolean {
  return concurrent || params.some(({ DefElem }) => DefElem.defname === 'concurrently')
}

const sharedTypes: ReadonlySet<string> = new Set([
  'CreateRoleStmt',
  'AlterRoleStmt',
  'AlterRoleSetStmt',
  'DropRoleStmt',
  'GrantRoleStmt',
  'AlterSystemStmt',
  'AlterDatabaseStmt',
  'AlterDatabaseSetStmt',
  'CreatedbStmt',
  'DropdbStmt',
  'CreateTableSpaceStmt',
  'DropTableSpaceStmt',
])

function noteOn(type: string, { newVal, oldVal }: Node): string | null {
  if (type !== 'AlterEnumStmt' || newVal === undefined || oldVal !== undefined) return null
  return 'the new value cannot be used before its transaction is committed'
}

/** Nodes whose names do not name their statements. */
const words: Readonly<Record<string, string>> = {
  CreateStmt: 'create table',
  CreateTableAsStmt: 'create table as',
  CreateTrigStmt: 'create trigger',
  CreateSeqStmt: 'create sequence',
  CreateEnumStmt: 'create type',
  CompositeTypeStmt: 'create type',
  CreateRangeStmt: 'create type',
  DefineStmt: 'create aggregate, operator or type',
  CreateEventTrigStmt: 'create event trigger',
  CreateStatsStmt: 'create statistics',
  CreatedbStmt: 'create database',
  DropdbStmt: 'drop database',
  CreateTableSpaceStmt: 'create tablespace',
  DropTableSpaceStmt: 'drop tablespace',
  ViewStmt: 'create view',
  RuleStmt: 'create rule',
  AlterEnumStmt: 'alter type',
  AlterSeqStmt: 'alter sequence',
  AlterRoleSetStmt: 'alter role',
  VariableSetStmt: 'set',
  RefreshMatViewStmt: 'refresh materialized view',
  GrantRoleStmt: 'grant a role',
  TruncateStmt: 'truncate',
}

function inWords(type: string, node: Node): string {
  switch (type) {
    case 'IndexStmt':
      return `create index${node.concurrent === true ? ' concurrently' : ''}`
    case 'ReindexStmt':
      return `reindex${isConcurrent(node) ? ' concurrently' : ''}`
    case 'DropStmt':
      return `drop ${objectIn(node.removeType)}${node.concurrent === true ? ' concurrently' : ''}`
    case 'RenameStmt':
      return `rename ${objectIn(node.renameType)}`
    case 'GrantStmt':
      return node.is_grant === true ? 'grant' : 'revoke'
    case 'VacuumStmt':
      return node.is_vacuumcmd === true ? 'vacuum' : 'analyze'
    case 'TransactionStmt':
      return (node.kind ?? '').replace('TRANS_STMT_', '').replace('_', ' ').toLowerCase()
    case 'AlterTableStmt':
      return alterTable(node)
    default:
      return words[type] ?? fromName(type)
  }
}

function alterTable({ objtype, cmds = [] }: Node): string {
  const altered = `alter ${objectIn(objtype)}`
  const [only, ...more] = cmds
  if (only === undefined || more.length > 0) return altered
  const { subtype } = only.AlterTableCmd
  return subtype === 'AT_EnableRowSecurity' ? 'enable row level security' : altered
}

/** `OBJECT_MATVIEW` → `matview`. */
function objectIn(type = 'OBJECT_OBJECT'): string {
  return type.replace('OBJECT_', '').replaceAll('_', ' ').toLowerCase()
}

/** `CreatePolicyStmt` → `create policy`. */
function fromName(type: string): string {
  return type
    .replace(/Stmt$/, '')
    .replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`)
    .toLowerCase()
}
