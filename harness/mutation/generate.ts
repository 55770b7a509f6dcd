import { type ClientRole, clientRoles } from '../inventory/model.ts'
import { reachOf } from './access.ts'
import { functionMutants } from './functions.ts'
import { functionGrants, relationGrants } from './grants.ts'
import type { Mutant } from './model.ts'
import { bucketMutants, publicationMutants, tableRules, viewMutants } from './objects.ts'
import { policyMutants } from './policies.ts'
import type { MutableFunction, MutableSchema } from './schema.ts'

/**
 * Makes every mutant of a schema, in the order of their ids. Pure.
 *
 * @param exposed the schemas that the Data API exposes.
 */
export async function mutantsOf(schema: MutableSchema, exposed: readonly string[]): Promise<readonly Mutant[]> {
  const { tables, views, functions, buckets, published } = schema
  const [ofPolicies, ofFunctions] = await Promise.all([
    Promise.all(tables.map(policyMutants)),
    Promise.all(functions.map(functionMutants)),
  ])
  const isExposed = (one: { readonly schema: string }) => exposed.includes(one.schema)
  const grants = [...tables, ...views].flatMap((relation) =>
    relationGrants(relation).map((mutant) => (isExposed(relation) ? mutant : unexposed(mutant, relation.schema))),
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
      return one !== undefined && readsTheTokenAlone(one, schema) ? mutants.map(withoutRights) : mutants
    }),
    ...grants,
    ...executes,
    ...tables.flatMap(tableRules),
    ...views.flatMap(viewMutants),
    ...buckets.flatMap(bucketMutants),
    ...published.flatMap(publicationMutants),
  ]
  const unique = new Map(all.map((mutant) => [mutant.id, mutant]))
  return [...unique.values()].sort((one, other) => (one.id < other.id ? -1 : 1))
}

/** A privilege on an object of a schema that is not exposed is of no use to a client. Taking one away may still break others. */
function unexposed(mutant: Mutant, schema: string): Mutant {
  if (mutant.kind !== 'grant-added') return mutant
  return { equivalent: `the Data API does not expose the schema ${schema}`, ...mutant }
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
