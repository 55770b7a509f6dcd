import { grantOf, isServed, mayUseSchema, policiesFor } from '../inventory/access.ts'
import {
  type ClientRole,
  type Command,
  clientRoles,
  commands,
  type Inventory,
  type InventoryRelation,
  type Policy,
} from '../inventory/model.ts'
import { qualified, signature } from '../inventory/names.ts'
import type { ReviewCatalog } from './catalog.ts'
import { type Condition, forRole, looksRestrictive } from './condition.ts'
import { describeTree } from './describe-tree.ts'
import { both, either, type Formula, implies, never, simplified, sqlOf } from './formula.ts'
import { hasLeadingIndex, resourcesOf } from './lookup.ts'
import { nameOf } from './names.ts'
import { type PolicySurroundings, type ReadPolicy, readAllPolicies } from './read-policies.ts'
import { recursionsFrom } from './recursion.ts'
import { type Proof, proofOf, type TriedCells } from './tried.ts'

/** Something that a reviewer has to look at. No verdict: only an attempt shows what a policy lets through. */
interface PolicyFinding {
  /** Stable, kebab-case. */
  readonly code: PolicyCode
  /** `public.notes`, as the catalog has it. */
  readonly table: string
  readonly policy?: string
  readonly text: string
}

export type PolicyCode =
  | 'row-security-off'
  | 'no-policy'
  | 'open'
  | 'to-public'
  | 'covered'
  | 'meant-restrictive'
  | 'never-decides'
  | 'recursion'
  | 'function-refused'
  | 'definer-search-path'
  | 'no-index'
  | 'per-row-call'
  | 'unread-condition'

/** A condition that a row has to pass, as the policies of a role make it together. */
interface Clause {
  /** `using` for rows that are there, `with check` for rows as they are written. */
  readonly clause: 'using' | 'with check'
  readonly sql: string
  readonly words: string
  /** The condition of the permissive policies together, and that of the restrictive ones, each simplified. */
  readonly permissive: string
  readonly restrictive: string | null
}

export interface RoleReview {
  readonly role: ClientRole
  /** False where a policy applies to the role and no grant lets it send the command. */
  readonly granted: boolean
  readonly permissive: readonly string[]
  readonly restrictive: readonly string[]
  readonly clauses: readonly Clause[]
  /** Cells of the newest report by which something is denied; null where nothing is granted. */
  readonly proof: Proof | null
}

export interface CommandReview {
  readonly command: Command
  readonly roles: readonly RoleReview[]
}

/** A function that a policy calls. */
export interface CalledFunction {
  readonly function: string
  readonly policies: readonly string[]
  /** `anon` where it runs with the rights of the caller; else the owner. */
  readonly runsAs: string
  /** True when row security does not apply to the role that it runs as. */
  readonly bypasses: boolean
  readonly searchPath: string | null
  readonly execute: readonly string[]
}

export interface TableReview {
  readonly table: string
  readonly rowSecurity: InventoryRelation['rowSecurity']
  readonly commands: readonly CommandReview[]
  readonly functions: readonly CalledFunction[]
  readonly findings: readonly PolicyFinding[]
  /** Resources whose change makes the answers of earlier cells outdated: `table public.notes`, `function public.find`. */
  readonly leansOn: readonly string[]
}

/**
 * Works out what the policies of each table come to together. Pure, but for PostgreSQL's parser.
 *
 * @param wanted whether a table is asked for, by schema and name.
 */
export async function reviewPolicies(
  inventory: Inventory,
  catalog: ReviewCatalog,
  tried: TriedCells,
  wanted: (table: string) => boolean,
): Promise<readonly TableReview[]> {
  const policies = await readAllPolicies(catalog)
  const tables = inventory.relations.filter(
    (relation) =>
      (relation.kind === 'table' || relation.kind === 'partitioned table') &&
      ((relation.exposed && isServed(inventory, relation)) || relation.policies.length > 0) &&
      wanted(nameOf(relation)),
  )
  return tables.map((relation) => reviewTable({ inventory, catalog, tried, policies }, relation))
}

function reviewTable(around: PolicySurroundings, relation: InventoryRelation): TableReview {
  const table = nameOf(relation)
  const own = around.policies.get(table) ?? []
  return {
    table,
    rowSecurity: relation.rowSecurity,
    commands: commands.flatMap((command) => commandReview(around, relation, own, command)),
    functions: calledFunctions(around, own),
    findings: findingsOf(around, relation, own),
    leansOn: resourcesOf(around, table),
  }
}

function isGranted({ inventory }: PolicySurroundings, relation: InventoryRelation, role: ClientRole, command: Command) {
  return mayUseSchema(inventory, relation.schema, role) && grantOf(relation, role, command) !== 'none'
}

function applying(own: readonly ReadPolicy[], role: ClientRole, command: Command): readonly ReadPolicy[] {
  const names = new Set(policiesFor({ policies: own }, role, command).map(({ name }) => name))
  return own.filter(({ name }) => names.has(name))
}

function commandReview(
  around: PolicySurroundings,
  relation: InventoryRelation,
  own: readonly ReadPolicy[],
  command: Command,
): CommandReview[] {
  const roles = clientRoles.flatMap((role): RoleReview[] => {
    const some = applying(own, role, command)
    const granted = isGranted(around, relation, role, command)
    // A restrictive policy alone lets no row through, which a missing grant does already.
    if (!granted && !some.some(({ permissive }) => permissive)) return []
    if (some.length === 0 && relation.rowSecurity === 'off') return []
    return [
      {
        role,
        granted,
        permissive: some.filter(({ permissive }) => permissive).map(({ name }) => name),
        restrictive: some.filter(({ permissive }) => !permissive).map(({ name }) => name),
        clauses: relation.rowSecurity === 'off' ? [] : clausesOf(some, command),
        proof: granted ? proofFor(around, relation, role, command) : null,
      },
    ]
  })
  return roles.length === 0 ? [] : [{ command, roles }]
}

function proofFor(around: PolicySurroundings, relation: InventoryRelation, role: ClientRole, command: Command): Proof {
  const table = nameOf(relation)
  return proofOf(around.tried, { isAbout: isAbout(table), role, command }, resourcesOf(around, table))
}

/** Cells about buckets and channels are decided by the policies of the tables behind them. */
function isAbout(table: string): (object: string) => boolean {
  if (table === 'storage.objects') return (object) => object.startsWith('bucket ')
  if (table === 'realtime.messages') return (object) => object.startsWith('channel ')
  return (object) => object === `relation ${table}`
}

const sidesOf: Readonly<Record<Command, readonly ('using' | 'check')[]>> = {
  select: ['using'],
  insert: ['check'],
  update: ['using', 'check'],
  delete: ['using'],
}

function clausesOf(policies: readonly ReadPolicy[], command: Command): readonly Clause[] {
  return sidesOf[command].map((side): Clause => {
    const [permissive, restrictive] = [true, false].map((wanted) =>
      policies.filter((policy) => policy.permissive === wanted).map(({ read }) => read[side]),
    )
    const clause = side === 'using' ? 'using' : 'with check'
    return { clause, ...combined(permissive ?? [], restrictive ?? []) }
  })
}

function combined(permissive: readonly Condition[], restrictive: readonly Condition[]): Omit<Clause, 'clause'> {
  const [any, every] = [formulasOf(permissive), formulasOf(restrictive)]
  if (any === null || every === null) {
    const or = permissive.map(({ text }) => `(${text})`).join(' OR ')
    const and = restrictive.map(({ text }) => `(${text})`).join(' AND ')
    const sql = and === '' ? or : `(${or}) AND ${and}`
    return { sql, words: 'a condition that PostgreSQL 17 does not read', permissive: or, restrictive: and || null }
  }
  const lets = any.length === 0 ? never : simplified(either(any))
  const needs = every.length === 0 ? null : simplified(both(every))
  const whole = needs === null ? lets : simplified(both([lets, needs]))
  return {
    sql: sqlOf(whole),
    words: describeTree(whole),
    permissive: sqlOf(lets),
    restrictive: needs === null ? null : sqlOf(needs),
  }
}

function formulasOf(conditions: readonly Condition[]): readonly Formula[] | null {
  const formulas = conditions.flatMap(({ formula }) => (formula === null ? [] : [formula]))
  return formulas.length === conditions.length ? formulas : null
}

function calledFunctions({ catalog }: PolicySurroundings, own: readonly ReadPolicy[]): readonly CalledFunction[] {
  const names = new Map<string, Set<string>>()
  for (const { name, read } of own) {
    for (const one of [...read.using.mentions.functions, ...read.check.mentions.functions]) {
      names.set(one, (names.get(one) ?? new Set()).add(name))
    }
  }
  return [...names].flatMap(([name, policies]) =>
    catalog.functions
      .filter((one) => nameOf(one) === name)
      .map((one) => {
        const owner = catalog.roles.find((role) => role.name === one.owner)
        return {
          function: signature(one),
          policies: [...policies],
          runsAs: one.definer ? one.owner : 'the caller',
          bypasses: one.definer && (owner?.superuser === true || owner?.bypassesRowSecurity === true),
          searchPath: one.searchPath,
          execute: one.execute,
        }
      }),
  )
}

function findingsOf(
  around: PolicySurroundings,
  relation: InventoryRelation,
  own: readonly ReadPolicy[],
): readonly PolicyFinding[] {
  const table = nameOf(relation)
  const found = (code: PolicyCode, text: string, policy?: string): PolicyFinding => ({
    ...{ code, table, text },
    ...(policy === undefined ? {} : { policy }),
  })
  const granted = clientRoles.filter((role) => commands.some((command) => isGranted(around, relation, role, command)))
  const off = relation.rowSecurity === 'off'
  const general: PolicyFinding[] = [
    ...(off && own.length > 0
      ? [found('row-security-off', `row security is off: ${count(own.length, 'policy', 'policies')} decide nothing`)]
      : []),
    ...(off && own.length === 0 && granted.length > 0
      ? [found('row-security-off', `row security is off, and ${granted.join(', ')} may use the table`)]
      : []),
    ...(!off && own.length === 0
      ? [found('no-policy', 'row security is on without a policy: no row passes for a client')]
      : []),
  ]
  return [
    ...general,
    ...own.flatMap((policy) => policyFindings(around, relation, own, policy, found)),
    ...recursionsFrom(around, table).map((text) => found('recursion', text)),
  ]
}

type Find = (code: PolicyCode, text: string, policy?: string) => PolicyFinding

function policyFindings(
  around: PolicySurroundings,
  relation: InventoryRelation,
  own: readonly ReadPolicy[],
  policy: ReadPolicy,
  found: Find,
): readonly PolicyFinding[] {
  const { name, roles } = policy
  const find = (code: PolicyCode, text: string) => found(code, `policy "${name}": ${text}`, name)
  return [
    ...neverDecides(around, relation, own, policy).map((text) => find('never-decides', text)),
    ...openTo(policy).map((text) => find('open', text)),
    ...(policy.permissive && roles.includes('public') && isGrantedToAnon(around, relation, policy)
      ? [find('to-public', 'it applies to every role, anon among them, which a policy `to authenticated` would not')]
      : []),
    ...coveredBy(own, policy).map((text) => find('covered', text)),
    ...meantRestrictive(own, policy).map((text) => find('meant-restrictive', text)),
    ...callFindings(around, policy).map(([code, text]) => find(code, text)),
    ...sides(policy).flatMap(({ formula, text }) =>
      formula === null ? [find('unread-condition', `the parser of PostgreSQL 17 does not read ${text}`)] : [],
    ),
    ...unindexed(around, relation, policy).map((text) => find('no-index', text)),
    ...perRow(policy).map((text) => find('per-row-call', text)),
  ]
}

/** The conditions that a policy writes down: its command uses no others. */
function sides({ command, using, check, read }: ReadPolicy): readonly Condition[] {
  return [
    ...(command === 'insert' || using === null ? [] : [read.using]),
    ...(check === null || command === 'select' || command === 'delete' ? [] : [read.check]),
  ]
}

function commandsOf({ command }: Policy): readonly Command[] {
  return command === 'all' ? commands : [command]
}

function isGrantedToAnon(around: PolicySurroundings, relation: InventoryRelation, policy: ReadPolicy): boolean {
  return commandsOf(policy).some((command) => isGranted(around, relation, 'anon', command))
}

function rolesOf({ appliesTo }: Policy): readonly ClientRole[] {
  return clientRoles.filter((role) => appliesTo.includes(role))
}

function neverDecides(
  around: PolicySurroundings,
  relation: InventoryRelation,
  own: readonly ReadPolicy[],
  policy: ReadPolicy,
): readonly string[] {
  if (relation.rowSecurity === 'off') return []
  const roles = rolesOf(policy)
  if (roles.length === 0) return [`it applies to ${policy.roles.join(', ')}, and no client has that role`]
  const pairs = roles.flatMap((role) => commandsOf(policy).map((command) => ({ role, command })))
  const open = pairs.filter(({ role, command }) => isGranted(around, relation, role, command))
  if (open.length === 0) return [`no grant lets ${roles.join(' or ')} ${commandsOf(policy).join(', ')}`]
  if (!policy.permissive) {
    const isAlone = open.every(
      ({ role, command }) => !applying(own, role, command).some(({ permissive }) => permissive),
    )
    return isAlone ? ['it is restrictive, and no permissive policy lets a row through that it could refuse'] : []
  }
  const isFalse = open.every(({ role, command }) =>
    sidesOf[command].some((side) => {
      const { formula } = policy.read[side]
      return formula !== null && isConstant(forRole(formula, role), false)
    }),
  )
  return isFalse ? ['its condition is never true'] : []
}

function isConstant(formula: Formula, value: boolean): boolean {
  return formula.kind === 'constant' && formula.value === value
}

/** @returns the commands for which a policy lets every row of a role through. */
function openTo(policy: ReadPolicy): readonly string[] {
  if (!policy.permissive) return []
  return rolesOf(policy).flatMap((role) => {
    const open = commandsOf(policy).filter((command) =>
      sidesOf[command].every((side) => {
        const { formula } = policy.read[side]
        return formula !== null && isConstant(forRole(formula, role), true)
      }),
    )
    return open.length === 0 ? [] : [`it lets every row through for ${role}: ${open.join(', ')}`]
  })
}

/** A narrower policy beside a wider one decides nothing. */
function coveredBy(own: readonly ReadPolicy[], policy: ReadPolicy): readonly string[] {
  if (!policy.permissive) return []
  const wider = own.filter((other, index) => {
    if (other === policy || !other.permissive) return false
    const pairs = rolesOf(policy).flatMap((role) => commandsOf(policy).map((command) => ({ role, command })))
    const isWider = (one: ReadPolicy, another: ReadPolicy) =>
      pairs.every(
        ({ role, command }) =>
          one.appliesTo.includes(role) &&
          commandsOf(one).includes(command) &&
          sidesOf[command].every((side) => isImplied(another.read[side], one.read[side], role)),
      )
    // Of two that are alike, the later one is named.
    return pairs.length > 0 && isWider(other, policy) && (index < own.indexOf(policy) || !isSame(policy, other))
  })
  return wider.map(
    ({ name }) => `every row that it lets through passes the policy "${name}" too, so that it narrows nothing`,
  )
}

function isSame(one: ReadPolicy, other: ReadPolicy): boolean {
  return (
    sidesOf.update.every(
      (side) => isImplied(one.read[side], other.read[side], '') && isImplied(other.read[side], one.read[side], ''),
    ) &&
    commandsOf(one).length === commandsOf(other).length &&
    rolesOf(one).length === rolesOf(other).length
  )
}

function isImplied(narrow: Condition, wide: Condition, role: string): boolean {
  if (narrow.formula === null || wide.formula === null) return false
  return implies(forRole(narrow.formula, role), forRole(wide.formula, role))
}

const strictNames =
  /\b(?:must|requires?d?|restrict(?:s|ed|ive)?|blocks?(?:ed)?|deny|denies|prevents?|forbid(?:s|den)?)\b/i

function meantRestrictive(own: readonly ReadPolicy[], policy: ReadPolicy): readonly string[] {
  if (!policy.permissive) return []
  const beside = own.filter(
    (other) =>
      other !== policy &&
      other.permissive &&
      rolesOf(policy).some((role) => other.appliesTo.includes(role)) &&
      commandsOf(policy).some((command) => commandsOf(other).includes(command)),
  )
  const [first] = beside
  if (first === undefined) return []
  const conditions = sides(policy)
  const isRequirement = conditions.length > 0 && conditions.every(looksRestrictive)
  if (!isRequirement && !strictNames.test(policy.name)) return []
  const why = isRequirement ? 'its condition ties no row to a caller' : 'its name says that it restricts'
  return [
    `${why}, and as a permissive policy it adds rows to those of "${first.name}"; \`as restrictive\` would narrow them`,
  ]
}

function callFindings({ catalog }: PolicySurroundings, policy: ReadPolicy): readonly (readonly [PolicyCode, string])[] {
  const names = new Set(sides(policy).flatMap(({ mentions }) => mentions.functions))
  return catalog.functions
    .filter((one) => names.has(nameOf(one)))
    .flatMap((one): (readonly [PolicyCode, string])[] => {
      const refused = rolesOf(policy).filter((role) => !one.execute.includes(role))
      return [
        ...(refused.length === 0
          ? []
          : [
              [
                'function-refused',
                `${refused.join(', ')} may not execute ${signature(one)}, so that the request fails with 42501`,
              ] as const,
            ]),
        ...(one.definer && one.searchPath === null
          ? [
              [
                'definer-search-path',
                `${signature(one)} runs as its owner ${one.owner} and sets no search_path`,
              ] as const,
            ]
          : []),
      ]
    })
}

function unindexed(
  { catalog }: PolicySurroundings,
  relation: InventoryRelation,
  policy: ReadPolicy,
): readonly string[] {
  const texts = sides(policy).flatMap(({ mentions }) =>
    mentions.lookups.flatMap(({ relation: other, columns }) => {
      const name = other ?? nameOf(relation)
      const table = catalog.tables.find((one) => nameOf(one) === name)
      if (table === undefined) return []
      // In a subquery one column that leads an index finds the rows; of the table itself each column is a path of its own.
      const lacking = columns.filter((column) => !hasLeadingIndex(table, column))
      const isSlow = other === null ? lacking.length > 0 : lacking.length === columns.length
      return isSlow ? [`no index of ${qualified(table)} begins with ${lacking.join(' or ')}`] : []
    }),
  )
  return [...new Set(texts)]
}

function perRow(policy: ReadPolicy): readonly string[] {
  const calls = new Set(sides(policy).flatMap(({ mentions }) => mentions.perRow))
  return [...calls].map((call) => `${call} is called for each row; \`(select ${call})\` is called once`)
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`
}
