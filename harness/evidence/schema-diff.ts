import type { SchemaFact } from '../model/record.ts'

/** One fact that changed between two runs. */
export interface SchemaChange {
  readonly how: 'added' | 'removed' | 'replaced'
  readonly kind: string
  readonly name: string
}

/** @returns the differences between the facts of two runs, by kind and name. */
export function schemaChanges(older: readonly SchemaFact[], newer: readonly SchemaFact[]): SchemaChange[] {
  const [before, after] = [byName(older), byName(newer)]
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((key): SchemaChange[] => {
    const [was, is] = [before.get(key), after.get(key)]
    const fact = is ?? was
    if (fact === undefined || was?.[2] === is?.[2]) return []
    const how = was === undefined ? 'added' : is === undefined ? 'removed' : 'replaced'
    return [{ how, kind: fact[0], name: fact[1] }]
  })
}

function byName(facts: readonly SchemaFact[]): ReadonlyMap<string, SchemaFact> {
  return new Map(facts.map((fact) => [`${fact[0]} ${fact[1]}`, fact]))
}

/**
 * @param resource as a record names it: `table public.invoices`.
 * @returns those of the changes that are about the resource itself: its policies, grants, columns, triggers.
 */
export function changesOf(resource: string, changes: readonly SchemaChange[]): SchemaChange[] {
  const [kind = '', ...rest] = resource.split(' ')
  const name = rest.join(' ')
  return changes.filter((change) => {
    if (kind === 'bucket')
      return change.name.startsWith('storage.') || (change.kind === 'bucket' && change.name === name)
    return change.name === name || [' ', '.', '('].some((end) => change.name.startsWith(`${name}${end}`))
  })
}

/** @returns `policy public.invoices members read was replaced`. */
export function schemaChangeInWords({ how, kind, name }: SchemaChange): string {
  return `${kind} ${name} was ${how}`
}
