import { calledBy, policiesFor, reachedBy } from '../inventory/access.ts'
import { type ClientRole, clientRoles, commands, type Inventory, type InventoryRelation } from '../inventory/model.ts'
import { qualified, quoted, signature } from '../inventory/names.ts'
import type { ReviewCatalog, ReviewTable } from './catalog.ts'
import { forRole } from './condition.ts'
import { isOfPlatform, nameOf } from './names.ts'
import type { ReadPolicy } from './read-policies.ts'

export const lintLevels = ['ERROR', 'WARN', 'INFO'] as const
type LintLevel = (typeof lintLevels)[number]

/** One finding of Supabase's linter, asked of the catalog. */
export interface Lint {
  /** As Supabase's linter names it: `rls_disabled_in_public`. */
  readonly name: string
  readonly level: LintLevel
  readonly about: 'security' | 'performance'
  /** `table public.plans`. */
  readonly object: string
  readonly detail: string
  /** The object of cells that show by behaviour whether it matters; left out where no request does. */
  readonly tried?: string
}

type Found = Pick<Lint, 'object' | 'detail' | 'tried'>

interface LintSources {
  readonly inventory: Inventory
  readonly catalog: ReviewCatalog
  readonly policies: ReadonlyMap<string, readonly ReadPolicy[]>
}

interface Rule {
  readonly level: LintLevel
  readonly about: Lint['about']
  readonly find: (around: LintSources) => readonly Found[]
}

const sensitive =
  /(?:^|_)(?:password|passwd|pwd|secret|token|api_?key|private_?key|ssn|social_security|credit_?card|card_number|cvv|iban|otp|pin)(?:_|$)/i

const rules: Readonly<Record<string, Rule>> = {
  unindexed_foreign_keys: {
    ...{ level: 'INFO', about: 'performance' },
    find: ({ catalog }) =>
      own(catalog).flatMap((table) =>
        table.foreignKeys.flatMap(({ name, columns }) => {
          const isCovered = table.indexes.some(
            (index) =>
              index.valid && columns.every((column) => index.columns.slice(0, columns.length).includes(column)),
          )
          return isCovered
            ? []
            : [about(table, `no index begins with the columns of the foreign key ${name} (${columns.join(', ')})`)]
        }),
      ),
  },
  auth_users_exposed: {
    ...{ level: 'ERROR', about: 'security' },
    find: ({ inventory }) =>
      reachable(inventory)
        .filter(({ reads }) =>
          reads.some(({ schema, name, asOwner }) => schema === 'auth' && name === 'users' && asOwner),
        )
        .map((view) => relation(view, `it shows rows of auth.users to ${reachedBy(inventory, view).join(', ')}`)),
  },
  auth_rls_initplan: {
    ...{ level: 'WARN', about: 'performance' },
    find: ({ catalog, policies }) =>
      policiesOn(catalog, policies).flatMap(([table, policy]) => {
        const calls = [...new Set([...policy.read.using.mentions.perRow, ...policy.read.check.mentions.perRow])]
        return calls.length === 0
          ? []
          : [about(table, `the policy "${policy.name}" calls ${calls.join(', ')} for each row`)]
      }),
  },
  no_primary_key: {
    ...{ level: 'INFO', about: 'performance' },
    find: ({ catalog }) =>
      own(catalog)
        .filter(({ indexes }) => !indexes.some(({ primary }) => primary))
        .map((table) => about(table, 'it has no primary key')),
  },
  multiple_permissive_policies: {
    ...{ level: 'WARN', about: 'performance' },
    find: ({ catalog }) =>
      own(catalog).flatMap((table) =>
        clientRoles.flatMap((role) =>
          commands.flatMap((command) => {
            const some = policiesFor(table, role, command).filter(({ permissive }) => permissive)
            const names = some.map(({ name }) => `"${name}"`).join(', ')
            return some.length < 2
              ? []
              : [about(table, `several permissive policies apply to ${role} for ${command}: ${names}`)]
          }),
        ),
      ),
  },
  policy_exists_rls_disabled: {
    ...{ level: 'ERROR', about: 'security' },
    find: ({ catalog }) =>
      own(catalog)
        .filter(({ rowSecurity, policies }) => rowSecurity === 'off' && policies.length > 0)
        .map((table) => tried(table, 'it has policies, and row security is off')),
  },
  rls_enabled_no_policy: {
    ...{ level: 'INFO', about: 'security' },
    find: ({ catalog }) =>
      own(catalog)
        .filter(({ rowSecurity, policies }) => rowSecurity !== 'off' && policies.length === 0)
        .map((table) => tried(table, 'row security is on, and there is no policy')),
  },
  duplicate_index: {
    ...{ level: 'WARN', about: 'performance' },
    find: ({ catalog }) =>
      own(catalog).flatMap((table) =>
        table.indexes.flatMap(({ name, definition, unique }, index) => {
          const first = table.indexes
            .slice(0, index)
            .find((one) => one.definition === definition && one.unique === unique)
          return first === undefined ? [] : [about(table, `the indexes ${first.name} and ${name} are alike`)]
        }),
      ),
  },
  security_definer_view: {
    ...{ level: 'ERROR', about: 'security' },
    find: ({ inventory }) =>
      reachable(inventory)
        .filter(({ kind, invoker }) => kind === 'view' && !invoker)
        .map((view) => relation(view, `it runs with the rights of its owner ${view.owner}`)),
  },
  function_search_path_mutable: {
    ...{ level: 'WARN', about: 'security' },
    find: ({ catalog }) =>
      catalog.functions
        .filter(
          ({ schema, extension, searchPath }) => !isOfPlatform(schema) && extension === null && searchPath === null,
        )
        .map((one) => ({
          object: `function ${signature(one)}`,
          detail: 'it sets no search_path',
          tried: `function ${nameOf(one)}`,
        })),
  },
  auth_allow_anonymous_sign_ins: {
    ...{ level: 'INFO', about: 'security' },
    find: ({ inventory, catalog, policies }) =>
      inventory.anonymousSignIns === false
        ? []
        : policiesOn(catalog, policies)
            .filter(([, { appliesTo, permissive }]) => permissive && appliesTo.includes('authenticated'))
            .filter(
              ([, { read }]) =>
                ![read.using, read.check].some(({ mentions }) => mentions.claims.includes('is_anonymous')),
            )
            .map(([table, { name }]) =>
              tried(table, `the policy "${name}" applies to users who signed in anonymously`),
            ),
  },
  rls_disabled_in_public: {
    ...{ level: 'ERROR', about: 'security' },
    find: ({ inventory }) =>
      reachable(inventory)
        .filter(({ kind, rowSecurity }) => isTable(kind) && rowSecurity === 'off')
        .map((table) =>
          relation(table, `row security is off, and ${reachedBy(inventory, table).join(', ')} may use it`),
        ),
  },
  extension_in_public: {
    ...{ level: 'WARN', about: 'security' },
    find: ({ catalog }) =>
      catalog.extensions
        .filter(({ schema }) => schema === 'public')
        .map(({ name }) => ({ object: `extension ${quoted(name)}`, detail: 'it is installed in the schema public' })),
  },
  rls_references_user_metadata: {
    ...{ level: 'ERROR', about: 'security' },
    find: ({ catalog, policies }) =>
      policiesOn(catalog, policies)
        .filter(([, { using, check }]) => /user_metadata/.test(`${using ?? ''} ${check ?? ''}`))
        .map(([table, { name }]) =>
          tried(table, `the policy "${name}" reads user metadata, which every user can change`),
        ),
  },
  materialized_view_in_api: {
    ...{ level: 'WARN', about: 'security' },
    find: ({ inventory }) => ofKind(inventory, 'materialized view'),
  },
  foreign_table_in_api: {
    ...{ level: 'WARN', about: 'security' },
    find: ({ inventory }) => ofKind(inventory, 'foreign table'),
  },
  unsupported_reg_types: {
    ...{ level: 'WARN', about: 'performance' },
    find: ({ catalog }) =>
      own(catalog).flatMap((table) =>
        table.columns
          .filter(({ type }) =>
            /^reg(?:collation|config|dictionary|namespace|oper|operator|proc|procedure)$/.test(type),
          )
          .map(({ name, type }) =>
            about(table, `the column ${name} has the type ${type}, which pg_upgrade does not keep`),
          ),
      ),
  },
  extension_versions_outdated: {
    ...{ level: 'WARN', about: 'security' },
    find: ({ catalog }) =>
      catalog.extensions
        .filter(({ version, available }) => available !== null && available !== version)
        .map(({ name, version, available }) => ({
          object: `extension ${quoted(name)}`,
          detail: `version ${version} is installed, and ${available} is there`,
        })),
  },
  sensitive_columns_exposed: {
    ...{ level: 'ERROR', about: 'security' },
    find: ({ inventory }) =>
      reachable(inventory)
        .filter(({ kind, rowSecurity }) => isTable(kind) && rowSecurity === 'off')
        .flatMap((table) => {
          const names = table.columns.filter((column) => sensitive.test(column))
          return names.length === 0
            ? []
            : [relation(table, `row security is off, and it has ${names.map(quoted).join(', ')}`)]
        }),
  },
  rls_policy_always_true: {
    ...{ level: 'WARN', about: 'security' },
    find: ({ catalog, policies }) =>
      policiesOn(catalog, policies)
        .filter(([, policy]) => policy.permissive && writesAnything(policy))
        .map(([table, { name, command }]) =>
          tried(table, `the policy "${name}" lets every row through for ${command}`),
        ),
  },
  public_bucket_allows_listing: {
    ...{ level: 'WARN', about: 'security' },
    find: ({ inventory }) => {
      const objects = inventory.relations.find((one) => nameOf(one) === 'storage.objects')
      const listing = (id: string) =>
        (objects?.policies ?? []).filter(
          ({ command, permissive, using, appliesTo }) =>
            permissive &&
            ['select', 'all'].includes(command) &&
            appliesTo.some(isClient) &&
            new RegExp(`^\\(*(?:true|bucket_id = '${patternOf(id)}'(?:::text)?)\\)*$`).test(using ?? ''),
        )
      return (inventory.buckets ?? [])
        .filter((bucket) => bucket.public && listing(bucket.id).length > 0)
        .map(({ id }) => ({
          ...{ object: `bucket ${quoted(id)}`, tried: `bucket ${id}` },
          detail: `it is public, and ${listing(id)
            .map(({ name }) => `"${name}"`)
            .join(', ')} lets clients list its objects`,
        }))
    },
  },
  anon_security_definer_function_executable: {
    ...{ level: 'WARN', about: 'security' },
    find: ({ inventory }) => definersFor(inventory, 'anon'),
  },
  authenticated_security_definer_function_executable: {
    ...{ level: 'WARN', about: 'security' },
    find: ({ inventory }) => definersFor(inventory, 'authenticated'),
  },
}

/** Names of Supabase's lints that a review answers from the catalog. */
export const lintNames: readonly string[] = Object.keys(rules)

/** Asks Supabase's lints of a catalog. Pure. @returns the findings, errors first. */
export function lintsOf(
  inventory: Inventory,
  catalog: ReviewCatalog,
  policies: ReadonlyMap<string, readonly ReadPolicy[]>,
): readonly Lint[] {
  const found = Object.entries(rules).flatMap(([name, { level, about: subject, find }]) =>
    find({ inventory, catalog, policies }).map((one): Lint => ({ name, level, about: subject, ...one })),
  )
  return lintLevels.flatMap((level) => found.filter((one) => one.level === level))
}

function own({ tables }: ReviewCatalog): readonly ReviewTable[] {
  return tables.filter(({ schema, extension }) => !isOfPlatform(schema) && extension === null)
}

function about(table: ReviewTable, detail: string): Found {
  return { object: `table ${qualified(table)}`, detail }
}

function tried(table: ReviewTable, detail: string): Found {
  return { ...about(table, detail), tried: `relation ${nameOf(table)}` }
}

function relation(one: InventoryRelation, detail: string): Found {
  return { object: `${one.kind} ${qualified(one)}`, detail, tried: `relation ${nameOf(one)}` }
}

function reachable(inventory: Inventory): readonly InventoryRelation[] {
  return inventory.relations.filter(
    (one) => one.exposed && one.extension === null && reachedBy(inventory, one).length > 0,
  )
}

function isTable(kind: InventoryRelation['kind']): boolean {
  return kind === 'table' || kind === 'partitioned table'
}

function isClient(role: string): boolean {
  return role === 'anon' || role === 'authenticated'
}

function ofKind(inventory: Inventory, kind: InventoryRelation['kind']): readonly Found[] {
  return reachable(inventory)
    .filter((one) => one.kind === kind)
    .map((one) =>
      relation(one, `${reachedBy(inventory, one).join(', ')} may read it, and row security does not apply to it`),
    )
}

function definersFor(inventory: Inventory, role: ClientRole): readonly Found[] {
  return inventory.functions
    .filter((one) => one.definer && one.extension === null && calledBy(inventory, one).includes(role))
    .map((one) => ({
      ...{ object: `function ${signature(one)}`, tried: `function ${nameOf(one)}` },
      detail: `${role} may call it, and it runs as its owner ${one.owner}`,
    }))
}

function policiesOn(
  catalog: ReviewCatalog,
  policies: ReadonlyMap<string, readonly ReadPolicy[]>,
): readonly (readonly [ReviewTable, ReadPolicy])[] {
  return own(catalog).flatMap((table) => (policies.get(nameOf(table)) ?? []).map((policy) => [table, policy] as const))
}

/** Reading everything may be meant; writing everything seldom is. */
function writesAnything({ command, appliesTo, read }: ReadPolicy): boolean {
  if (command === 'select') return false
  const sides = command === 'delete' ? [read.using] : command === 'insert' ? [read.check] : [read.using, read.check]
  return appliesTo.filter(isClient).some((role) =>
    sides.every(({ formula }) => {
      const known = formula === null ? null : forRole(formula, role)
      return known?.kind === 'constant' && known.value
    }),
  )
}

/** @returns the pattern of a text inside of a string literal. */
function patternOf(text: string): string {
  return text.replaceAll("'", "''").replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
