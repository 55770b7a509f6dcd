import { bypassed, calledBy, grantOf, isServed, rowsOf } from './access.ts'
import { type Flag, flagsOf } from './flags.ts'
import {
  type ApiRole,
  apiRoles,
  type Command,
  type Inventory,
  type InventoryFunction,
  type InventoryRelation,
  type Policy,
} from './model.ts'
import { bounded, qualified, quoted, relationTitle, signature } from './names.ts'

/** Objects named for one flag; the JSON form has all of them. */
const flagged = 20

/**
 * Writes an inventory for a person who signs it: first the properties to check, then every schema with its objects and the roles
 * that reach them. Pure.
 */
export function inventoryText(inventory: Inventory, alias: string): string {
  const flags = flagsOf(inventory)
  const from = inventory.source === 'database' ? 'the database' : 'what the API describes'
  const sections = [
    [`Inventory of ${alias}, from ${from}`, ...inventory.limits.map((limit) => `  not seen: ${limit}`)],
    flags.length === 0 ? ['Nothing is flagged.'] : ['To review', ...flags.flatMap(flagLines)],
    ...inventory.schemas.map((schema) => schemaLines(inventory, schema)),
    storageLines(inventory),
    realtimeLines(inventory),
    otherLines(inventory),
    defaultLines(inventory),
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

/** @returns the inventory with its flags, as `--json` prints it. */
export function inventoryJson(inventory: Inventory, alias: string): string {
  return `${JSON.stringify({ schema: 'trespass/inventory@1', target: alias, flags: flagsOf(inventory), ...inventory }, null, 2)}\n`
}

function flagLines({ code, says, objects }: Flag): string[] {
  const more = objects.length - flagged
  return [
    `  ${code} (${objects.length}): ${says}`,
    ...objects.slice(0, flagged).map((one) => `    ${one}`),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ]
}

function schemaLines(inventory: Inventory, { name, exists, usage, create }: Inventory['schemas'][number]): string[] {
  const title = `Schema ${quoted(name)}`
  if (!exists) return [`${title}: exposed by the Data API, and the database has no such schema`]
  const own = <T extends { readonly schema: string }>(all: readonly T[]) => all.filter((one) => one.schema === name)
  const known = inventory.source === 'database'
  const rights = [
    `${usage.length === 0 ? 'no API role' : usage.join(', ')} may use it`,
    ...(create.length === 0 ? [] : [`${create.join(', ')} may create objects in it`]),
  ]
  return [
    known ? `${title}: ${rights.join('; ')}` : title,
    ...own(inventory.relations)
      .filter(({ exposed }) => exposed)
      .flatMap((relation) => relationLines(inventory, relation)),
    ...own(inventory.functions).flatMap((one) => functionLines(inventory, one)),
    ...own(inventory.sequences).map(({ name: sequence, privileges }) => {
      const held = apiRoles.flatMap((role) => {
        const some = privileges[role] ?? []
        return some.length === 0 ? [] : [`${role} ${some.join(', ')}`]
      })
      return `  sequence ${qualified({ schema: name, name: sequence })}: ${held.join('; ') || 'no grant'}`
    }),
  ]
}

function relationLines(inventory: Inventory, relation: InventoryRelation): string[] {
  return [
    `  ${relationTitle(relation)}${traits(relation)}`,
    ...(isServed(inventory, relation) || relation.partitionOf === null
      ? []
      : ['    the Data API does not serve a partition by its own name']),
    ...(relation.shownTo === undefined
      ? apiRoles.map((role) => `    ${role}: ${reachOf(inventory, relation, role)}`)
      : [`    described to ${relation.shownTo.join(', ')}`]),
    ...columnLines(relation),
    ...relation.policies.map((policy) => `    ${policyText(policy)}`),
  ]
}

function traits(relation: InventoryRelation): string {
  const { kind, rowSecurity, owner, partitionOf, inherits, invoker, barrier, reads, extension } = relation
  const parts = [
    ...(kind === 'table' || kind === 'partitioned table' ? [`row security ${rowSecurity}`] : []),
    ...(kind === 'view' ? [invoker ? 'runs as the caller' : `runs as its owner ${quoted(owner)}`] : []),
    ...(barrier ? ['security barrier'] : []),
    ...(partitionOf === null ? [] : [`of ${qualified(partitionOf)}`]),
    ...(inherits.length === 0 ? [] : [`inherits ${inherits.map(qualified).join(', ')}`]),
    ...(reads.length === 0 ? [] : [`reads ${bounded(reads.map(qualified), 10)}`]),
    ...(bypassed(relation).length === 0 ? [] : ['past their row security']),
    ...(extension === null ? [] : [`of the extension ${extension}`]),
  ]
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`
}

const reaches = {
  all: 'every row',
  policies: 'rows that policies let through',
  closed: 'no row, since no policy lets one through',
  definition: 'what the view shows',
  described: 'described',
} as const

/** `select, update: rows that policies let through; delete: no row, since no policy lets one through`. */
function reachOf(inventory: Inventory, relation: InventoryRelation, role: ApiRole): string {
  const groups = new Map<string, Command[]>()
  for (const command of relation.possible) {
    const rows = rowsOf(inventory, relation, role, command)
    if (rows.kind === 'none') continue
    const some = grantOf(relation, role, command) === 'columns' ? ', in some columns' : ''
    const text = `${reaches[rows.kind]}${some}`
    groups.set(text, [...(groups.get(text) ?? []), command])
  }
  if (groups.size === 0) return 'nothing'
  return [...groups].map(([text, some]) => `${some.join(', ')}: ${text}`).join('; ')
}

function columnLines({ columnPrivileges, privileges, columns }: InventoryRelation): string[] {
  if (columnPrivileges.length === 0) return []
  return apiRoles.flatMap((role) =>
    (['select', 'insert', 'update'] as const).flatMap((command) => {
      if (privileges[role]?.includes(command) === true) return []
      const some = columnPrivileges.filter((one) => one.privileges[role]?.includes(command) === true)
      if (some.length === 0) return []
      const rest = columns.filter((column) => !some.some((one) => one.column === column))
      const names = some.map(({ column }) => quoted(column)).join(', ')
      const without = rest.length === 0 ? '' : `, not ${rest.map(quoted).join(', ')}`
      return [`    columns that ${role} may ${command}: ${names}${without}`]
    }),
  )
}

/** On one line: PostgreSQL breaks long expressions. */
function policyText({ name, command, permissive, roles, using, check }: Policy): string {
  const how = permissive ? 'policy' : 'restrictive policy'
  const clauses = [
    ...(using === null ? [] : [`using (${flat(using)})`]),
    ...(check === null ? [] : [`with check (${flat(check)})`]),
  ]
  return [`${how} "${name}" for ${command} to ${roles.join(', ')}`, ...clauses].join(' ')
}

function flat(expression: string): string {
  return expression.replace(/\s+/g, ' ')
}

function functionLines(inventory: Inventory, one: InventoryFunction): string[] {
  const { definer, owner, searchPath, volatility, returns, extension, uncallable, publicExecute } = one
  if (inventory.source === 'data-api') return [`  function ${qualified(one)}: described to ${one.execute.join(', ')}`]
  const traitsOfFunction = [
    `returns ${returns}`,
    volatility,
    definer ? `runs as its owner ${quoted(owner)}` : 'runs as the caller',
    ...(searchPath === null ? (definer ? ['sets no search_path'] : []) : [`search_path = ${searchPath}`]),
    ...(extension === null ? [] : [`of the extension ${extension}`]),
  ]
  const roles = [...calledBy(inventory, one), ...(one.execute.includes('service_role') ? ['service_role'] : [])]
  const callers = roles.length === 0 ? 'no API role may call it' : `called by ${roles.join(', ')}`
  const access =
    uncallable === null ? `${callers}${publicExecute ? ' (PUBLIC)' : ''}` : `not callable by the API: ${uncallable}`
  return [`  function ${signature(one)}: ${traitsOfFunction.join(', ')}`, `    ${access}`]
}

function storageLines(inventory: Inventory): string[] {
  const { buckets } = inventory
  if (buckets === null) return ['Storage: the buckets could not be read']
  const lines = buckets.map(({ id, public: open, fileSizeLimit, allowedMimeTypes }) => {
    const size = fileSizeLimit === null ? 'no size limit of its own' : `at most ${fileSizeLimit} bytes`
    const types = allowedMimeTypes === null ? 'any type' : allowedMimeTypes.join(', ')
    return `  bucket ${quoted(id)}: ${open ? 'public' : 'private'}, ${size}, ${types}`
  })
  const policies = ['objects', 'buckets'].flatMap((name) => serviceLines(inventory, 'storage', name))
  return [buckets.length === 0 ? 'Storage: no bucket' : 'Storage', ...lines, ...policies]
}

function realtimeLines(inventory: Inventory): string[] {
  if (inventory.source === 'data-api') return []
  const { published } = inventory
  return [
    'Realtime',
    ...(published.length === 0 ? ['  no table sends its changes'] : []),
    ...published.map((table) => {
      const filter = table.rowFilter === null ? '' : ` where ${flat(table.rowFilter)}`
      const columns = bounded(table.columns.map(quoted), 30)
      return `  changes of ${qualified(table)}${filter}: ${columns}; replica identity ${table.replicaIdentity}`
    }),
    ...serviceLines(inventory, 'realtime', 'messages'),
  ]
}

function serviceLines({ relations }: Inventory, schema: string, name: string): string[] {
  const relation = relations.find((one) => one.schema === schema && one.name === name)
  if (relation === undefined) return []
  const policies = relation.policies.map((policy) => `    ${policyText(policy)}`)
  return [`  ${qualified(relation)}: ${policies.length === 0 ? 'no policy lets a client in' : 'policies'}`, ...policies]
}

function otherLines({ graphql, edgeFunctions, anonymousSignIns, source }: Inventory): string[] {
  const sessions = { true: 'anonymous sign-ins are on', false: 'anonymous sign-ins are off' } as const
  return [
    'Other',
    `  Auth: ${anonymousSignIns === null ? 'whether anonymous sign-ins are on is not said' : sessions[`${anonymousSignIns}`]}`,
    ...(source === 'data-api' ? [] : [`  GraphQL: ${graphql ? 'pg_graphql is installed' : 'not installed'}`]),
    ...edgeFunctions.map(
      ({ name, verifyJwt }) => `  Edge Function ${name}: ${verifyJwt ? 'verifies a JWT first' : 'verifies no JWT'}`,
    ),
  ]
}

function defaultLines({ defaultPrivileges }: Inventory): string[] {
  if (defaultPrivileges.length === 0) return []
  return [
    'Default privileges of new objects',
    ...defaultPrivileges.map(({ creator, schema, objects, grantee, privileges }) => {
      const where = schema === null ? 'every schema' : `schema ${quoted(schema)}`
      return `  ${objects} of ${creator} in ${where}: ${grantee} ${privileges.join(', ')}`
    }),
  ]
}
