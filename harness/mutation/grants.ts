import { type ClientRole, clientRoles, commands } from '../inventory/model.ts'
import { quoted } from '../inventory/names.ts'
import { gives, holds } from './access.ts'
import { draftMutant } from './draft.ts'
import type { Mutant } from './model.ts'
import type {
  GrantEntry,
  MutableFunction,
  MutableNamespace,
  MutableSequence,
  MutableTable,
  MutableView,
} from './schema.ts'
import { grantStatements } from './sql.ts'

/** @returns a mutant for each privilege that a client role holds on a table, its columns or a view, and for each that it lacks. */
export function relationGrants(relation: MutableTable | MutableView): readonly Mutant[] {
  const isTable = 'columns' in relation
  if (isTable && !relation.own) return []
  const name = `${quoted(relation.schema)}.${quoted(relation.name)}`
  const object = `${isTable ? 'table' : 'view'} ${name}`
  const columns = isTable ? relation.columns : []
  const shared = { object, touches: [`${relation.schema}.${relation.name}`] }
  return clientRoles.flatMap((role) =>
    commands.flatMap((privilege): Mutant[] => {
      if (gives(relation.grants, role, privilege)) {
        const { apply, undo } = revoked(`table ${name}`, relation.grants, role, privilege, columns)
        const change = `${role} lost ${privilege} on ${name}`
        const detail = `${privilege} from ${role}`
        return [
          draftMutant({
            ...shared,
            ...{
              kind: 'grant-removed',
              detail,
              change,
              apply,
              undo,
              role,
              direction: 'narrower',
              commands: [privilege],
            },
          }),
        ]
      }
      const some = columns.filter(({ grants }) => gives(grants, role, privilege))
      const whole = draftMutant({
        ...shared,
        kind: 'grant-added',
        detail: `${privilege} to ${role}`,
        change: `${role} holds ${privilege} on ${some.length > 0 ? 'every column of ' : ''}${name}`,
        apply: [`grant ${privilege} on table ${name} to ${role}`],
        // Revoking it from the table takes it from the columns too.
        undo: [`revoke ${privilege} on table ${name} from ${role}`, ...columnGrants(name, columns, role, privilege)],
        role,
        direction: 'wider',
        commands: [privilege],
        ...whyAddedChangesNothing(relation, role, privilege),
      })
      if (!isTable || some.length === 0 || privilege === 'delete') return [whole]
      return [whole, ...columnMutants(relation, name, role, privilege)]
    }),
  )
}

function columnMutants(
  { columns, schema, name: table }: MutableTable,
  name: string,
  role: ClientRole,
  privilege: string,
): readonly Mutant[] {
  const shared = { object: `table ${name}`, touches: [`${schema}.${table}`], role, commands: [privilege] }
  return columns.flatMap((column): Mutant[] => {
    const place = quoted(column.name)
    if (!gives(column.grants, role, privilege)) {
      const apply = [`grant ${privilege} (${place}) on table ${name} to ${role}`]
      const undo = [`revoke ${privilege} (${place}) on table ${name} from ${role}`]
      const change = `${role} holds ${privilege} on the column ${place} of ${name}`
      const detail = `${privilege} (${place}) to ${role}`
      return [draftMutant({ ...shared, kind: 'grant-added', detail, change, apply, undo, direction: 'wider' })]
    }
    const { apply, undo } = revoked(`table ${name}`, column.grants, role, privilege, [], place)
    const change = `${role} lost ${privilege} on the column ${place} of ${name}`
    const detail = `${privilege} (${place}) from ${role}`
    return [draftMutant({ ...shared, kind: 'grant-removed', detail, change, apply, undo, direction: 'narrower' })]
  })
}

function columnGrants(
  name: string,
  columns: MutableTable['columns'],
  role: string,
  privilege: string,
): readonly string[] {
  return columns.flatMap((column) => {
    const entries = column.grants.filter((one) => one.grantee === role && one.privilege === privilege)
    return grantStatements(`table ${name}`, entries, quoted(column.name))
  })
}

/**
 * Revokes a privilege from a role. If PUBLIC holds it, it is revoked from PUBLIC and granted to the other client roles, so that
 * only this one loses it.
 */
function revoked(
  on: string,
  entries: readonly GrantEntry[],
  role: ClientRole,
  privilege: string,
  columns: MutableTable['columns'],
  column?: string,
): { readonly apply: readonly string[]; readonly undo: readonly string[] } {
  const what = column === undefined ? privilege : `${privilege} (${column})`
  const held = entries.filter((one) => one.privilege === privilege)
  const ownEntries = held.filter(({ grantee }) => grantee === role)
  const ofPublic = held.filter(({ grantee }) => grantee === 'public')
  const name = on.replace(/^\w+ /, '')
  const restored = [...grantStatements(on, ownEntries, column), ...columnGrants(name, columns, role, privilege)]
  if (ofPublic.length === 0) return { apply: [`revoke ${what} on ${on} from ${role}`], undo: restored }
  const others = [...clientRoles, 'service_role'].filter(
    (one) => one !== role && !held.some(({ grantee }) => grantee === one),
  )
  return {
    apply: [
      `revoke ${what} on ${on} from public, ${role}`,
      ...others.map((other) => `grant ${what} on ${on} to ${other}`),
    ],
    undo: [
      ...others.map((other) => `revoke ${what} on ${on} from ${other}`),
      ...grantStatements(on, ofPublic, column),
      ...restored,
      ...columnGrants(name, columns, 'public', privilege),
    ],
  }
}

function whyAddedChangesNothing(
  relation: MutableTable | MutableView,
  role: ClientRole,
  privilege: 'select' | 'insert' | 'update' | 'delete',
): { readonly equivalent?: string } {
  // PostgreSQL needs the row to be read where a request names the rows that it changes, as PostgREST always does.
  if (privilege !== 'update' && privilege !== 'delete') return {}
  if ('columns' in relation ? holds(relation, role, 'select') : gives(relation.grants, role, 'select')) return {}
  return { equivalent: `${role} does not hold select, without which it reaches no row to ${privilege}` }
}

/**
 * @param uses what of the schema a client role's requests and functions name, by schema and name.
 * @returns a mutant for each client role that holds USAGE on a schema, and for each that does not.
 */
export function schemaGrants({ name, grants }: MutableNamespace, uses: readonly string[]): readonly Mutant[] {
  const place = quoted(name)
  return usageMutants({
    ...{ on: `schema ${place}`, grants, touches: uses, commands: [] },
    ...(uses.length === 0 ? { equivalent: 'no request and no function of a client role names an object in it' } : {}),
  })
}

/** @returns a mutant for each client role that holds USAGE on a sequence, and for each that does not. */
export function sequenceGrants(one: MutableSequence, tables: readonly MutableTable[]): readonly Mutant[] {
  const { schema, name, table: numbered, identity, grants } = one
  const table = tables.find((candidate) => `${candidate.schema}.${candidate.name}` === numbered)
  const on = `sequence ${quoted(schema)}.${quoted(name)}`
  return usageMutants({ on, grants, touches: [numbered ?? `${schema}.${name}`], commands: ['insert'] }).map(
    (mutant) => {
      if (identity) return { ...mutant, equivalent: 'PostgreSQL asks no privilege for an identity column' }
      const inserts = clientRoles.some(
        (role) => role === mutant.role && table !== undefined && holds(table, role, 'insert'),
      )
      if (table === undefined || inserts) return mutant
      return { ...mutant, equivalent: `${mutant.role} holds no insert on the table that it numbers` }
    },
  )
}

function usageMutants({
  on,
  grants,
  ...shared
}: Pick<Mutant, 'touches' | 'commands' | 'equivalent'> & {
  readonly on: string
  readonly grants: readonly GrantEntry[]
}): readonly Mutant[] {
  return clientRoles.map((role) => {
    const about = { ...shared, object: on, role }
    if (gives(grants, role, 'usage')) {
      const { apply, undo } = revoked(on, grants, role, 'usage', [])
      const change = `${role} lost usage on the ${on}`
      const detail = `usage from ${role}`
      return draftMutant({ ...about, kind: 'grant-removed', detail, change, apply, undo, direction: 'narrower' })
    }
    const apply = [`grant usage on ${on} to ${role}`]
    const undo = [`revoke usage on ${on} from ${role}`]
    const change = `${role} holds usage on the ${on}`
    const detail = `usage to ${role}`
    return draftMutant({ ...about, kind: 'grant-added', detail, change, apply, undo, direction: 'wider' })
  })
}

/** @returns a mutant for each client role that may execute a function, and for each that may not. */
export function functionGrants(one: MutableFunction): readonly Mutant[] {
  const name = `${quoted(one.schema)}.${quoted(one.name)}(${one.arguments})`
  const shared = { object: `function ${name}`, touches: [`${one.schema}.${one.name}`], commands: ['call'] }
  return clientRoles.map((role) => {
    if (gives(one.grants, role, 'execute')) {
      const { apply, undo } = revoked(`function ${name}`, one.grants, role, 'execute', [])
      const change = `${role} may no longer execute ${name}`
      const detail = `execute from ${role}`
      return draftMutant({ ...shared, kind: 'grant-removed', detail, change, apply, undo, role, direction: 'narrower' })
    }
    const apply = [`grant execute on function ${name} to ${role}`]
    const undo = [`revoke execute on function ${name} from ${role}`]
    const change = `${role} may execute ${name}`
    const detail = `execute to ${role}`
    return draftMutant({ ...shared, kind: 'grant-added', detail, change, apply, undo, role, direction: 'wider' })
  })
}
