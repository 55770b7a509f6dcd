import type { SchemaFact } from '../../model/record.ts'
import { isOfPlatform } from '../names.ts'

/** An object of a schema with its facts: a table with its columns, policies, constraints, indexes and triggers. */
export interface SchemaObject {
  /** `table public.notes`, `function public.find(text)`, `default privileges postgres public r`. */
  readonly name: string
  readonly facts: readonly SchemaFact[]
}

const relationKinds: Readonly<Record<string, string>> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
  S: 'sequence',
}

/** Facts of a relation that are named by it, and the character that follows its name. */
const parts: Readonly<Record<string, string>> = {
  column: '.',
  policy: ' ',
  constraint: ' ',
  index: ' ',
  'unique index': ' ',
  trigger: ' ',
}

/** Roles of the platform whose attributes a project relies on. */
const apiRoles: readonly string[] = ['anon', 'authenticated', 'service_role']

/** Roles that the platform makes; projects differ in them by their age. */
const platformRole =
  /^(?:anon|authenticated|service_role|authenticator|postgres|supabase_.*|dashboard_user|pgbouncer|pgsodium_.*|pgtle_admin|cli_login_.*|sandbox.*|wal_receiver|admin)$/

/** Schemas of the platform on whose tables a project has policies and triggers of its own. */
const shared: readonly string[] = ['auth', 'storage', 'realtime']

/**
 * Gathers the objects of the project itself. Objects of the platform are left out, as their age decides about them: its schemas,
 * roles and extensions. Policies that the project has on tables of Auth, Storage and Realtime count, and so do triggers there
 * that call a function of the project. Pure.
 *
 * @param extensionMembers names of relations and functions that belong to an extension.
 * @returns the objects by name, sorted.
 */
export function objectsOf(
  facts: readonly SchemaFact[],
  extensionMembers: ReadonlySet<string> = new Set(),
): ReadonlyMap<string, SchemaObject> {
  const relations = new Map(facts.flatMap(([kind, name, text]) => (kind === 'relation' ? [[name, text] as const] : [])))
  const found = new Map<string, SchemaFact[]>()
  for (const fact of facts) {
    const name = objectOf(fact, relations, extensionMembers)
    if (name !== null) found.set(name, [...(found.get(name) ?? []), comparable(fact)])
  }
  return new Map(
    [...found]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, own]) => [name, { name, facts: own }] as const),
  )
}

function objectOf(
  fact: SchemaFact,
  relations: ReadonlyMap<string, string>,
  extensionMembers: ReadonlySet<string>,
): string | null {
  const [kind, name, text] = fact
  if (kind === 'extension' || (kind === 'constraint' && text.startsWith('NOT NULL '))) return null
  if (kind === 'schema') return isOfPlatform(name) ? null : `schema ${name}`
  if (kind === 'role') return platformRole.test(name) && !apiRoles.includes(name) ? null : `role ${name}`
  if (kind === 'publication') return name === 'supabase_realtime_messages_publication' ? null : `publication ${name}`
  if (kind === 'default privileges') {
    const [role = '', schema = ''] = name.split(' ')
    return (platformRole.test(role) && role !== 'postgres') || isOfPlatform(schema) ? null : `${kind} ${name}`
  }
  if (kind === 'bucket') return `bucket ${name}`
  const relation = kind === 'relation' ? name : relationOf(fact, relations)
  if (relation === null) return isOfPlatform(schemaOf(name)) || extensionMembers.has(name) ? null : `${kind} ${name}`
  if (extensionMembers.has(relation)) return null
  const schema = schemaOf(relation)
  const title = `${relationKinds[relations.get(relation)?.[0] ?? ''] ?? 'table'} ${relation}`
  if (!isOfPlatform(schema)) return title
  if (!shared.includes(schema)) return null
  if (kind === 'policy') return title
  return kind === 'trigger' && callsProject(text) ? title : null
}

/** A relation's name is not quoted in facts and may hold a dot or a space: the longest that fits is meant. */
function relationOf([kind, name]: SchemaFact, relations: ReadonlyMap<string, string>): string | null {
  const end = parts[kind]
  if (end === undefined) return null
  const fitting = [...prefixes(name, end)].filter((prefix) => relations.has(prefix))
  return fitting.at(-1) ?? null
}

function* prefixes(name: string, end: string): Generator<string> {
  for (let at = name.indexOf(end); at !== -1; at = name.indexOf(end, at + 1)) yield name.slice(0, at)
}

function schemaOf(name: string): string {
  const bare = /^"((?:[^"]|"")+)"\./.exec(name)?.[1]
  return bare?.replaceAll('""', '"') ?? name.split('.')[0] ?? ''
}

function callsProject(trigger: string): boolean {
  const called = /EXECUTE (?:FUNCTION|PROCEDURE) (.+)\(/i.exec(trigger)?.[1]
  return called?.includes('.') === true && !isOfPlatform(schemaOf(called))
}

/**
 * Leaves out what only the version of PostgreSQL decides: from 17 on a table's owner has MAINTAIN, from 18 on NOT NULL is a
 * constraint of its own, beside the column's own fact.
 */
function comparable([kind, name, text]: SchemaFact): SchemaFact {
  if (kind !== 'relation' && kind !== 'default privileges') return [kind, name, text]
  const words = text.split(' ').map((word) => (word.includes('=MAINTAIN') ? withoutMaintain(word) : word))
  return [kind, name, words.join(' ')]
}

function withoutMaintain(grants: string): string {
  return grants
    .split(',')
    .filter((grant) => !/=MAINTAIN\*?$/.test(grant))
    .join(',')
}
