import { type ClientRole, clientRoles } from '../inventory/model.ts'
import { gives, holds, reachOf } from './access.ts'
import { functionMutants } from './functions.ts'
import { functionGrants, relationGrants, schemaGrants, sequenceGrants } from './grants.ts'
import type { Mutant } from './model.ts'
import {
  bucketMutants,
  isInvokersView,
  publicationMutants,
  realtimeMutants,
  tableRules,
  viewMutants,
} from './objects.ts'
import { policyMutants } from './policies.ts'
import type { MutableFunction, MutableSchema, MutableTable, MutableView, PublishedTable } from './schema.ts'

/**
 * Makes every mutant of a schema, in the order of their ids. Pure.
 *
 * @param exposed the schemas that the Data API exposes.
 */
export async function mutantsOf(schema: MutableSchema, exposed: readonly string[]): Promise<readonly Mutant[]> {
  const { tables, views, functions, buckets, published } = schema
  const [ofPolicies, ofFunctions] = await Promise.all([
    Promise.all(tables.map((table) => policyMutants(table, surroundingsOf(table, schema)))),
    Promise.all(functions.map(functionMutants)),
  ])
  const isExposed = (one: { readonly schema: string }) => exposed.includes(one.schema)
  const grants = [...tables, ...views].flatMap((relation) =>
    relationGrants(relation)
      .map((mutant) => (isExposed(relation) ? mutant : unexposed(mutant, relation.schema)))
      .map((mutant) =>
        'columns' in relation ? shadowed(mutant, relation, schema) : uselessOnView(mutant, relation, schema),
      ),
  )
  const executes = functions
    // A trigger calls its function whether the user may execute it or not.
    .filter(({ definition }) => !/^\s*RETURNS trigger\b/m.test(definition))
    .flatMap((one) =>
      functionGrants(one).map((mutant) => {
        const role = clientRoles.find((name) => name === mutant.role)
        return isExposed(one) || (role !== undefined && isEvaluatedBy(one, role, schema))
          ? mutant
          : unexposed(mutant, one.schema)
      }),
    )
  const all = [
    ...ofPolicies.flat(),
    ...ofFunctions.flatMap((mutants, index) => {
      const one = functions[index]
      if (one === undefined) return mutants
      const known = readsTheTokenAlone(one, schema) ? mutants.map(withoutRights) : mutants
      return isOfServiceAlone(one, schema) ? known.map(unreached) : known
    }),
    ...grants,
    ...executes,
    ...schema.schemas.flatMap((one) => schemaGrants(one, namesUsedIn(one.name, exposed.includes(one.name), schema))),
    ...schema.sequences.flatMap((one) => sequenceGrants(one, tables)),
    ...realtimeMutants(schema.realtime),
    ...tables.flatMap((table) => tableRules(table).map((mutant) => neverAsked(mutant, table, schema))),
    ...views.flatMap(viewMutants),
    ...buckets.flatMap(bucketMutants),
    ...published.flatMap((one) => publicationMutants(one).map((mutant) => unreadable(mutant, one, tables))),
  ]
  const unique = new Map(all.map((mutant) => [mutant.id, mutant]))
  return [...unique.values()].sort((one, other) => (one.id < other.id ? -1 : 1))
}

function surroundingsOf(table: MutableTable, { functions, dependencies }: MutableSchema) {
  const users = new Set(dependencies.filter(({ on }) => on === nameOf(table)).map(({ object }) => object))
  const refused = (role: ClientRole) =>
    functions.filter(({ grants }) => !gives(grants, role, 'execute')).map((one) => `${nameOf(one)}(`)
  return {
    isChangedUnread: functions.some((one) => !one.definer && users.has(nameOf(one)) && writesTo(one, table)),
    isRefused: (role: ClientRole, condition: string) => refused(role).some((call) => condition.includes(call)),
  }
}

/** True when the body of a function may change rows of a table. */
function writesTo({ body }: MutableFunction, { name }: MutableTable): boolean {
  const table = `(?:"?\\w+"?\\.)?"?${name.replaceAll(/\W/g, '.')}\\b`
  const writing = new RegExp(`\\b(?:insert\\s+into|update|delete\\s+from|merge\\s+into)\\s+(?:only\\s+)?${table}`, 'i')
  // A body that was parsed when the function was made has no text, and one that is put together at run time no names.
  return body.trim() === '' || /\bexecute\b/i.test(body) || writing.test(body)
}

/** A check of rows that no client and no function writes is asked by services alone. */
function neverAsked(mutant: Mutant, table: MutableTable, { functions, dependencies }: MutableSchema): Mutant {
  const isWritten = clientRoles.some((role) => holds(table, role, 'insert') || holds(table, role, 'update'))
  const users = new Set(dependencies.filter(({ on }) => on === nameOf(table)).map(({ object }) => object))
  if (mutant.kind !== 'constraint' || mutant.reloads || isWritten) return mutant
  if (functions.some((one) => users.has(nameOf(one)) && writesTo(one, table))) return mutant
  return { ...mutant, equivalent: 'no client role and no function writes rows of the table' }
}

/** True when no client can make a function run: service_role alone may execute it, and nothing else uses it. */
function isOfServiceAlone(one: MutableFunction, { dependencies }: MutableSchema): boolean {
  const isTrigger = /^\s*RETURNS trigger\b/m.test(one.definition)
  const others = one.grants.filter(({ grantee, privilege }) => privilege === 'execute' && grantee !== 'service_role')
  return !isTrigger && others.length === 0 && !dependencies.some(({ on }) => on === nameOf(one))
}

function unreached(mutant: Mutant): Mutant {
  return { equivalent: 'no role but service_role may execute the function, and nothing else uses it', ...mutant }
}

/** A privilege on an object of a schema that is not exposed is of no use to a client. Taking one away may still break others. */
function unexposed(mutant: Mutant, schema: string): Mutant {
  if (mutant.kind !== 'grant-added') return mutant
  return { equivalent: `the Data API does not expose the schema ${schema}`, ...mutant }
}

/**
 * What of a schema needs USAGE of a client role: all of it where requests name it, and functions that run as the caller and
 * name something of it. A policy and a view hold their objects themselves.
 */
function namesUsedIn(
  namespace: string,
  isExposed: boolean,
  { tables, views, functions, dependencies }: MutableSchema,
): readonly string[] {
  const own = isExposed
    ? [...tables, ...views, ...functions].filter(({ schema }) => schema === namespace).map(nameOf)
    : []
  const invokers = new Set(functions.filter(({ definer }) => !definer).map(nameOf))
  const users = dependencies
    .filter(({ object, on, through }) => through === 'body' && invokers.has(object) && on.startsWith(`${namespace}.`))
    .map(({ object }) => object)
  return [...new Set([...own, ...users])]
}

/** A privilege by which no policy lets a row through, where nothing else evaluates the table with the client's rights. */
function shadowed(mutant: Mutant, table: MutableTable, { dependencies, functions }: MutableSchema): Mutant {
  const { role, commands } = mutant
  if (mutant.kind !== 'grant-added' || !table.rowSecurity) return mutant
  const isLetThrough = table.policies.some(
    (policy) =>
      policy.permissive &&
      policy.roles.some((one) => one === role || one === 'public') &&
      (policy.command === 'all' || commands.includes(policy.command)),
  )
  const definers = new Set(functions.filter(({ definer }) => definer).map(nameOf))
  const isUsed = dependencies.some(({ object, on }) => on === nameOf(table) && !definers.has(object))
  if (isLetThrough || isUsed) return mutant
  return { equivalent: `no policy lets ${role} ${commands.join(', ')} a row`, ...mutant }
}

/** A privilege to write through a view that cannot be written through, or to read one whose tables the role may not read. */
function uselessOnView(mutant: Mutant, view: MutableView, { tables, dependencies }: MutableSchema): Mutant {
  const [command = ''] = mutant.commands
  const { role } = mutant
  if (mutant.kind !== 'grant-added' || role === null) return mutant
  const used = dependencies.filter(({ object }) => object === nameOf(view)).map(({ on }) => on)
  const closed = tables.find(
    (table) => used.includes(nameOf(table)) && !clientRoles.some((one) => one === role && holds(table, one, 'select')),
  )
  if (isInvokersView(view) && closed !== undefined) {
    return { equivalent: `${role} holds no select on ${nameOf(closed)}, which the view reads as its caller`, ...mutant }
  }
  if (command === 'select' || view.writable.includes(command)) return mutant
  return { equivalent: `PostgreSQL cannot ${command} rows of the view`, ...mutant }
}

/** Realtime sends to a role the columns that it may select. */
function unreadable(mutant: Mutant, { schema, name }: PublishedTable, tables: readonly MutableTable[]): Mutant {
  const table = tables.find((one) => one.schema === schema && one.name === name)
  if (table === undefined || clientRoles.some((role) => holds(table, role, 'select'))) return mutant
  return { equivalent: 'no client role may select a column of it', ...mutant }
}

function nameOf({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${schema}.${name}`
}

/** True when a function needs no right: it uses no relation, no function but those of Auth, and no name of a role. */
function readsTheTokenAlone({ schema, name, body }: MutableFunction, { dependencies }: MutableSchema): boolean {
  const uses = dependencies.filter(({ object }) => object === `${schema}.${name}`).map(({ on }) => on)
  const ofToken = ['auth.uid', 'auth.jwt', 'auth.role', 'auth.email']
  const dependsOnRole = /\b(?:current_user|current_role|session_user|user|execute|set_config)\b/i.test(body)
  return body.trim() !== '' && !dependsOnRole && uses.every((one) => ofToken.includes(one))
}

function withoutRights(mutant: Mutant): Mutant {
  if (mutant.kind !== 'function-rights') return mutant
  return { ...mutant, equivalent: 'the function uses nothing that takes a right' }
}

/** True when a function that no client can name is called with a client's rights: by a policy, a view or a function. */
function isEvaluatedBy({ schema, name }: MutableFunction, role: ClientRole, whole: MutableSchema): boolean {
  const users = new Set(whole.dependencies.filter(({ on }) => on === `${schema}.${name}`).map(({ object }) => object))
  const isUser = (one: { readonly schema: string; readonly name: string }) => users.has(`${one.schema}.${one.name}`)
  const mentions = (text: string | null) => text?.includes(name) === true
  return (
    whole.views.some(isUser) ||
    whole.functions.some((one) => isUser(one) && !one.definer) ||
    whole.tables.some(
      (table) =>
        isUser(table) &&
        table.policies.some(
          (policy) =>
            (mentions(policy.using) || mentions(policy.check)) &&
            reachOf(table, policy).some((reach) => reach.role === role),
        ),
    )
  )
}
