import type { AcceptedLint } from '../evidence/accepted.ts'
import { changesOf, schemaChangeInWords } from '../evidence/schema-diff.ts'
import { calledBy, grantOf, isServed, mayUseSchema, reachedBy } from '../inventory/access.ts'
import {
  clientRoles,
  commands,
  type Inventory,
  type InventoryFunction,
  type InventoryRelation,
} from '../inventory/model.ts'
import { quoted } from '../inventory/names.ts'
import { type Advice, lintId } from './advisors.ts'
import type { ReviewCatalog, ReviewTable } from './catalog.ts'
import { counted, type Line, type Section, some } from './document.ts'
import { nameOf } from './names.ts'
import type { PolicyCode, TableReview } from './policies.ts'
import type { TriedCell, TriedCells } from './tried.ts'

/** Whether one table, view or function can be deployed, as far as catalog and records show it. */
export interface TableReadiness {
  readonly kind: InventoryRelation['kind'] | 'function'
  /** By schema and name; a function with its arguments. */
  readonly table: string
  /** Each stops a deployment. */
  readonly blockers: readonly string[]
  /** Each is to be known. */
  readonly risks: readonly string[]
  /** Facts that a reviewer reads, by subject. */
  readonly facts: readonly { readonly subject: string; readonly text: string }[]
}

/** Findings about policies that stop a deployment: requests fail, or a policy does not do what it was written for. */
const blocking: readonly PolicyCode[] = [
  'row-security-off',
  'recursion',
  'function-refused',
  'meant-restrictive',
  'unread-condition',
]

/** Parts of a review that readiness is made of. */
export interface ReadinessParts {
  readonly inventory: Inventory
  readonly catalog: ReviewCatalog
  readonly tried: TriedCells
  readonly policies: readonly TableReview[]
  readonly advice: readonly Advice[]
}

/** Gathers what is known of each exposed table, and of each view and function that clients reach. Pure. */
export function readinessOf(parts: ReadinessParts): readonly TableReadiness[] {
  const { inventory } = parts
  const others = inventory.relations.filter(
    (relation) => !isTable(relation) && relation.extension === null && reachedBy(inventory, relation).length > 0,
  )
  const functions = inventory.functions.filter((one) => one.extension === null && calledBy(inventory, one).length > 0)
  return [
    ...readinessOfTables(parts),
    ...others.map((relation) => readinessOfView(parts, relation)),
    ...functions.map((one) => readinessOfFunction(parts, one)),
  ]
}

function isTable({ kind }: InventoryRelation): boolean {
  return kind === 'table' || kind === 'partitioned table'
}

function readinessOfTables(parts: ReadinessParts): readonly TableReadiness[] {
  const { inventory, catalog } = parts
  return inventory.relations
    .filter((relation) => relation.exposed && isTable(relation))
    .filter((relation) => isServed(inventory, relation))
    .flatMap((relation) => {
      const table = catalog.tables.find((one) => nameOf(one) === nameOf(relation))
      return table === undefined ? [] : [readinessOfTable(parts, relation, table)]
    })
}

function readinessOfTable(parts: ReadinessParts, relation: InventoryRelation, table: ReviewTable): TableReadiness {
  const { tried, policies, advice } = parts
  const name = nameOf(table)
  const cells = tried.cells.filter(({ object }) => object === `relation ${name}`)
  const findings = policies.find((one) => one.table === name)?.findings ?? []
  const lints = advice.filter(({ object }) => object.endsWith(` ${quoted(table.schema)}.${quoted(table.name)}`))
  const open = lints.filter(({ accepted }) => accepted === null)
  const isAccepted = (code: PolicyCode) =>
    code === 'row-security-off' &&
    lints.some(({ name: lint, accepted }) => lint === 'rls_disabled_in_public' && accepted !== null)
  const stops = findings.filter(({ code }) => blocking.includes(code) && !isAccepted(code))
  const invalid = table.foreignKeys.filter(({ valid }) => !valid)
  return {
    kind: relation.kind,
    table: name,
    blockers: [
      ...stops.map(({ text }) => text),
      ...open
        .filter(
          ({ level, name: lint }) => level === 'ERROR' && !(stops.length > 0 && lint === 'rls_disabled_in_public'),
        )
        .map(({ name: lint, detail }) => `${lint}: ${detail}`),
      ...cellBlockers(parts, relation, cells),
      ...invalid.map((key) => `the foreign key ${key.name} is not validated: orphans may be there`),
      ...table.uncheckedConstraints.map((one) => `the constraint ${one} was not held against the rows that are there`),
      ...table.indexes.filter(({ valid }) => !valid).map((one) => `the index ${one.name} is invalid`),
    ],
    risks: [
      ...findings.filter(({ code }) => !blocking.includes(code)).map(({ code, text }) => `${code}: ${text}`),
      ...lintRisks(lints),
      ...table.triggers.filter(({ enabled }) => !enabled).map((one) => `the trigger ${one.name} is disabled`),
    ],
    facts: factsOf(parts, relation, table, cells),
  }
}

/** @returns open warnings about security, and what the team has accepted. */
function lintRisks(lints: readonly Advice[]): readonly string[] {
  return [
    ...lints
      .filter(({ accepted, level, about }) => accepted === null && level === 'WARN' && about === 'security')
      .map(({ name, detail }) => `${name}: ${detail}`),
    ...lints.flatMap(({ accepted }) =>
      accepted === null
        ? []
        : [`accepted: ${accepted.lint} (${accepted.owner}, until ${accepted.until}): ${accepted.reason}`],
    ),
  ]
}

function lintErrors(lints: readonly Advice[]): readonly string[] {
  return lints
    .filter(({ accepted, level }) => accepted === null && level === 'ERROR')
    .map(({ name, detail }) => `${name}: ${detail}`)
}

function readinessOfView(parts: ReadinessParts, relation: InventoryRelation): TableReadiness {
  const { inventory, tried, policies, advice } = parts
  const name = nameOf(relation)
  const cells = tried.cells.filter(({ object }) => object === `relation ${name}`)
  const lints = advice.filter(({ object }) => object.endsWith(` ${quoted(relation.schema)}.${quoted(relation.name)}`))
  const read = relation.reads.map(nameOf)
  const leansOn = read.flatMap((one) => policies.find(({ table }) => table === one)?.leansOn ?? [`table ${one}`])
  const grants = clientRoles.map((role) => `${role} ${granted(inventory, relation, role).join(', ') || 'none'}`)
  return {
    kind: relation.kind,
    table: name,
    blockers: [...lintErrors(lints), ...triedBlockers(tried, cells, [`view ${name}`, ...leansOn])],
    risks: lintRisks(lints),
    facts: [
      { subject: 'runs as', text: relation.invoker ? 'the caller' : relation.owner },
      { subject: 'reads', text: read.join(', ') || 'no relation' },
      { subject: 'grants', text: grants.join('; ') },
      { subject: 'cells', text: heldOf(cells) },
    ],
  }
}

function readinessOfFunction({ inventory, tried, advice }: ReadinessParts, one: InventoryFunction): TableReadiness {
  const name = nameOf(one)
  const cells = tried.cells.filter(({ object }) => object === `function ${name}`)
  const signature = `${quoted(one.schema)}.${quoted(one.name)}(${one.arguments})`
  const lints = advice.filter(({ object }) => object === `function ${signature}`)
  return {
    kind: 'function',
    table: `${name}(${one.arguments})`,
    blockers: [...lintErrors(lints), ...triedBlockers(tried, cells, [`function ${name}`])],
    risks: lintRisks(lints),
    facts: [
      { subject: 'runs as', text: one.definer ? one.owner : 'the caller' },
      { subject: 'search_path', text: one.searchPath ?? 'not set' },
      { subject: 'volatility', text: one.volatility },
      { subject: 'called by', text: calledBy(inventory, one).join(', ') },
      { subject: 'cells', text: heldOf(cells) },
    ],
  }
}

function cellBlockers(
  { inventory, tried, policies }: ReadinessParts,
  relation: InventoryRelation,
  cells: readonly TriedCell[],
): readonly string[] {
  if (!clientRoles.some((role) => granted(inventory, relation, role).length > 0)) return []
  const name = nameOf(relation)
  return triedBlockers(tried, cells, policies.find(({ table }) => table === name)?.leansOn ?? [`table ${name}`])
}

/** @param leansOn resources whose change makes the answers of the cells outdated. */
function triedBlockers(tried: TriedCells, cells: readonly TriedCell[], leansOn: readonly string[]): readonly string[] {
  if (tried.run === null) return ['no cell tries it: there is no report']
  if (cells.length === 0) return ['no cell tries it']
  const failed = cells.filter(({ verdict }) => verdict !== 'held').map(({ cell }) => cell)
  const ids = [...new Set(failed)]
  if (ids.length > 0) return [`${counted(ids.length, 'cell does', 'cells do')} not hold: ${some(ids, 3)}`]
  if (tried.changes === null) return ['its cells held, and the report does not say which schema they met']
  const { changes } = tried
  const since = leansOn.flatMap((resource) => changesOf(resource, changes)).map(schemaChangeInWords)
  return since.length === 0 ? [] : [`its cells held before the schema changed: ${some([...new Set(since)], 3)}`]
}

function granted(inventory: Inventory, relation: InventoryRelation, role: (typeof clientRoles)[number]) {
  if (!mayUseSchema(inventory, relation.schema, role)) return []
  return commands.filter((command) => grantOf(relation, role, command) !== 'none')
}

function factsOf(
  { inventory }: ReadinessParts,
  relation: InventoryRelation,
  table: ReviewTable,
  cells: readonly TriedCell[],
): TableReadiness['facts'] {
  const { columns, indexes, foreignKeys, triggers, comment, rows } = table
  const key = indexes.find(({ primary }) => primary)?.columns.join(', ') ?? 'none'
  const times = columns.filter(({ type }) => type.startsWith('timestamp')).map(({ name }) => name)
  const nullable = columns.filter(({ notNull }) => !notNull).map(({ name }) => name)
  const keys = foreignKeys.map(({ columns: own, references, onDelete }) => {
    const isIndexed = indexes.some(
      (index) => index.valid && own.every((one) => index.columns.slice(0, own.length).includes(one)),
    )
    return `${own.join(', ')} to ${nameOf(references)} on delete ${onDelete}${isIndexed ? '' : ', without an index'}`
  })
  const grants = clientRoles.map((role) => `${role} ${granted(inventory, relation, role).join(', ') || 'none'}`)
  return [
    { subject: 'primary key', text: key },
    { subject: 'timestamps', text: times.join(', ') || 'none' },
    { subject: 'columns that may be null', text: nullable.join(', ') || 'none' },
    { subject: 'comment', text: comment === null ? 'none' : 'there' },
    { subject: 'foreign keys', text: keys.join('; ') || 'none' },
    {
      subject: 'row security',
      text: `${relation.rowSecurity}, ${counted(relation.policies.length, 'policy', 'policies')}`,
    },
    { subject: 'grants', text: grants.join('; ') },
    { subject: 'rows', text: rows === null ? 'not known: the table was not analysed' : `about ${rows}` },
    {
      subject: 'triggers',
      text: triggers.map(({ name, function: called }) => `${name} calls ${called}`).join('; ') || 'none',
    },
    {
      subject: 'triggers compile',
      text: triggers.length === 0 ? 'none' : 'not known: only a cell that fires one shows it',
    },
    { subject: 'monitoring', text: 'not known: the catalog does not show it' },
    { subject: 'cells', text: heldOf(cells) },
  ]
}

function heldOf(cells: readonly TriedCell[]): string {
  const held = new Set(cells.filter(({ verdict }) => verdict === 'held').map(({ cell }) => cell)).size
  return cells.length === 0 ? 'none' : `${held} held of ${new Set(cells.map(({ cell }) => cell)).size}`
}

/** @returns one line for each table, view and function, then what each comes to, and what the team has accepted with its due days. */
export function readinessSections(
  tables: readonly TableReadiness[],
  accepted: readonly AcceptedLint[],
  today: string,
): readonly Section[] {
  const details = tables.map(
    ({ kind, table, blockers, risks, facts }): Section => ({
      title: `${kind} ${table}`,
      lines: [
        ...blockers.map((text) => ({ text: `blocks: ${text}` })),
        ...risks.map((text) => ({ text: `risk: ${text}` })),
        ...facts.map(({ subject, text }) => ({ text: `${subject}: ${text}` })),
      ],
    }),
  )
  const due = accepted.map(
    ({ lint, owner, until }): Line => ({
      text: `${lint}: ${owner}, ${until < today ? 'expired on' : 'until'} ${until}`,
    }),
  )
  return [
    { title: 'Objects', lines: tables.map(objectLine) },
    ...(due.length === 0 ? [] : [{ title: 'Accepted, with owner and day', lines: due }]),
    ...details,
  ]
}

function objectLine({ kind, table, blockers, risks }: TableReadiness): Line {
  const state = blockers.length === 0 ? 'ready' : 'not ready'
  const [first] = blockers
  const parts = [
    ...(first === undefined ? [] : [`${counted(blockers.length, 'blocker', 'blockers')} (${first})`]),
    ...(risks.length === 0 ? [] : [counted(risks.length, 'risk', 'risks')]),
  ]
  const name = kind === 'table' ? table : `${kind} ${table}`
  return { text: `${name}: ${[state, ...parts].join(', ')}` }
}

/** @returns whether every table, view and function is ready, and no acceptance of a lint that is still there has expired. */
export function isReady(
  tables: readonly TableReadiness[],
  advice: readonly Advice[],
  accepted: readonly AcceptedLint[],
  today: string,
): boolean {
  const open = new Set(advice.filter((one) => one.accepted === null).map(lintId))
  return (
    tables.every(({ blockers }) => blockers.length === 0) &&
    !accepted.some(({ lint, until }) => until < today && open.has(lint))
  )
}
