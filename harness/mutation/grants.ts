import { type ClientRole, clientRoles, commands } from '../inventory/model.ts'
import { quoted } from '../inventory/names.ts'
import { gives, holds } from './access.ts'
import { draftMutant } from './draft.ts'
import type { Mutant } from './model.ts'
import type { GrantEntry, MutableFunction, MutableTable, MutableView } from './schema.ts'
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
