import { bypassed, isTrue, rowsOf } from '../inventory/access.ts'
import type { Command, Inventory, InventoryRelation, Policy } from '../inventory/model.ts'
import type { Resource } from '../model/matrix.ts'
import type { Access } from './model.ts'

type Role = 'anon' | 'authenticated'

/** Names the rules that allow an access, by the catalog: policies, row security that is off, an owner's rights. Pure. */
export function rulesOf(inventory: Inventory, { kind, name }: Resource, access: Access, role: Role): readonly string[] {
  if (inventory.source !== 'database') return []
  switch (kind) {
    case 'function': {
      const found = inventory.functions.find((one) => `${one.schema}.${one.name}` === name)
      if (found === undefined) return []
      return [found.definer ? `it runs as its owner ${found.owner}` : 'it runs as its caller']
    }
    case 'bucket': {
      const isOpen = inventory.buckets?.some(({ id, public: open }) => id === name && open) === true
      const policies = ofRelation(inventory, 'storage.objects', commandOf(access), role, (policy) =>
        concerns(policy, name),
      )
      return [...(isOpen && access === 'select' ? ['the bucket is public'] : []), ...policies]
    }
    case 'channel':
      return ofRelation(inventory, 'realtime.messages', access === 'speak' ? 'insert' : 'select', role)
    default:
      return ofRelation(inventory, name, commandOf(access), role)
  }
}

function commandOf(access: Access): Command {
  if (access === 'insert' || access === 'update' || access === 'delete') return access
  return access === 'speak' ? 'insert' : 'select'
}

function ofRelation(
  inventory: Inventory,
  name: string,
  command: Command,
  role: Role,
  isMeant: (policy: Policy) => boolean = () => true,
): readonly string[] {
  const relation = inventory.relations.find((one) => `${one.schema}.${one.name}` === name)
  if (relation === undefined) return []
  if (relation.kind === 'view') return ofView(inventory, relation, command, role)
  const rows = rowsOf(inventory, relation, role, command)
  if (rows.kind === 'all' && relation.rowSecurity === 'off') return ['row security is off']
  const policies = relation.policies.filter(
    (policy) => policy.permissive && policy.appliesTo.includes(role) && [command, 'all'].includes(policy.command),
  )
  return policies.filter(isMeant).map((policy) => {
    const isOpen = isTrue(command === 'insert' ? (policy.check ?? policy.using) : policy.using)
    return `policy "${policy.name}"${isOpen ? ' (true)' : ''}`
  })
}

function ofView(inventory: Inventory, view: InventoryRelation, command: Command, role: Role): readonly string[] {
  const past = bypassed(view).map(({ schema, name }) => `${schema}.${name}`)
  if (past.length > 0) return [`it runs as its owner, past the row security of ${past.join(', ')}`]
  return view.reads.flatMap(({ schema, name }) => {
    return ofRelation(inventory, `${schema}.${name}`, command, role).map((rule) => `${rule} on ${schema}.${name}`)
  })
}

/** A policy that names another bucket and not this one is not about it. */
function concerns({ using, check }: Policy, bucket: string): boolean {
  const text = `${using ?? ''} ${check ?? ''}`
  return !/bucket_id = '/.test(text) || text.includes(`'${bucket}'`)
}
