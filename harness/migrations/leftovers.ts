import { type SchemaChange, schemaChanges } from '../evidence/schema-diff.ts'
import type { SchemaFact } from '../model/record.ts'

/**
 * Describes the changes of a migration that remain in a database. Pure.
 *
 * @param before the facts from before the migration.
 * @param now the current facts.
 * @returns a sentence for each difference; none if nothing remained. The parts of a new table are described with it, unless
 *   they are not valid.
 */
export function leftoversOf(before: readonly SchemaFact[], now: readonly SchemaFact[]): readonly string[] {
  const changes = schemaChanges(before, now)
  const [was, is] = [textsOf(before), textsOf(now)]
  const fresh = new Set(
    changes.filter(({ kind, how }) => kind === 'relation' && how === 'added').map(({ name }) => name),
  )
  return changes.flatMap((change) => {
    const [older, newer] = [was.get(keyOf(change)), is.get(keyOf(change))]
    if (belongs(change, fresh) && !isUnfinished(newer)) return []
    return change.kind === 'relation'
      ? relation(change, older, newer, changes)
      : [`${objectName(change)} ${describeFact(change, older, newer)}`]
  })
}

function textsOf(facts: readonly SchemaFact[]): ReadonlyMap<string, string> {
  return new Map(facts.map(([kind, name, text]) => [`${kind} ${name}`, text]))
}

function keyOf({ kind, name }: SchemaChange): string {
  return `${kind} ${name}`
}

/** Columns, constraints, indexes and rows of a new table. Its policies and triggers have sentences of their own. */
function belongs({ kind, name }: SchemaChange, fresh: ReadonlySet<string>): boolean {
  if (kind === 'rows') return fresh.has(name)
  if (kind === 'column') return fresh.has(name.slice(0, name.lastIndexOf('.')))
  return (kind === 'constraint' || kind.endsWith('index')) && fresh.has(name.split(' ')[0] ?? '')
}

function isUnfinished(text = ''): boolean {
  return / (INVALID|NOT VALID)$/.test(text)
}

const kinds: Readonly<Record<string, string>> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized view',
  S: 'sequence',
}

function objectName({ kind, name }: SchemaChange): string {
  if (kind === 'rows') return `the rows of ${name}`
  // The facts name an object of a relation after the relation.
  const [owner = '', ...own] = name.split(' ')
  const inside = ['policy', 'constraint', 'trigger', 'index', 'unique index'].includes(kind) && own.length > 0
  return inside ? `the ${kind} "${own.join(' ')}" of ${owner}` : `the ${kind} ${name}`
}

function describeFact({ kind, how }: SchemaChange, older = '', newer = ''): string {
  if (kind === 'rows') {
    const [was, is] = [older.split(' ')[0], newer.split(' ')[0]]
    return was === is ? 'hold something else' : `are ${is}, they were ${was || 'none'}`
  }
  if (kind.endsWith('index') && / INVALID$/.test(newer)) return 'is there and not valid: no query uses it'
  if (kind === 'constraint' && / NOT VALID$/.test(newer)) return 'is there and not validated'
  return how === 'added' ? 'is there' : how === 'removed' ? 'is gone' : 'is another one'
}

function relation(
  { name, how }: SchemaChange,
  older: string | undefined,
  newer: string | undefined,
  changes: readonly SchemaChange[],
): readonly string[] {
  const [was, is] = [readRelation(older ?? ''), readRelation(newer ?? '')]
  const called = `the ${kinds[is.kind] ?? kinds[was.kind] ?? 'relation'} ${name}`
  if (how === 'removed') return [`${called} is gone`]
  if (how === 'added') {
    const columns = changes.filter(
      ({ kind, name: column }) => kind === 'column' && column.startsWith(`${name}.`),
    ).length
    const size = columns === 0 ? '' : ` with ${columns} ${columns === 1 ? 'column' : 'columns'}`
    const secured = is.kind === 'r' || is.kind === 'p' ? `, row security ${is.secured ? 'on' : 'off'}` : ''
    return [`${called} is there${size}${secured}${grantsInWords(is.grants)}`]
  }
  const parts = [
    ...(was.secured === is.secured ? [] : [`row security ${is.secured ? 'is on' : 'is off'}`]),
    ...(was.forced === is.forced ? [] : [`row security ${is.forced ? 'holds' : 'does not hold'} for its owner too`]),
    ...difference('granted', is.grants, was.grants),
    ...difference('no longer granted', was.grants, is.grants),
  ]
  return parts.length === 0 ? [`${called} is another one`] : parts.map((part) => `on ${called}: ${part}`)
}

interface Relation {
  readonly kind: string
  readonly secured: boolean
  readonly forced: boolean
  /** As `anon=SELECT`. */
  readonly grants: readonly string[]
}

/**
 * Parses the text of a relation's fact: kind, owner, whether row security is on and forced, options, access list, definition.
 */
function readRelation(text: string): Relation {
  const [kind = '', , secured, forced, ...rest] = text.split(' ')
  const list = rest.find((part) => /^[^=]+=[A-Z]+\*?(,|$)/.test(part)) ?? ''
  return { kind, secured: secured === 't', forced: forced === 't', grants: list === '' ? [] : list.split(',') }
}

/**
 * Grants that give an actor no access: those of the owner and of the secret key's role, which bypasses them, and privileges
 * that no client's request uses and that the platform grants on every new table.
 */
const idle = /^(postgres|supabase_admin|service_role)=|=(MAINTAIN|REFERENCES|TRIGGER|TRUNCATE)\*?$/

function grantsInWords(grants: readonly string[]): string {
  const [words] = difference('granted', grants, [])
  return words === undefined ? ', granted to no client' : `, ${words}`
}

function difference(how: string, grants: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others)
  const rights = new Map<string, string[]>()
  for (const grant of grants.filter((entry) => !known.has(entry) && !idle.test(entry))) {
    const [grantee = '', right = ''] = grant.split('=')
    rights.set(grantee, [...(rights.get(grantee) ?? []), right.toLowerCase()])
  }
  const words = [...rights].map(([grantee, list]) => `${list.join(', ')} to ${grantee}`)
  return words.length === 0 ? [] : [`${how}: ${words.join('; ')}`]
}
