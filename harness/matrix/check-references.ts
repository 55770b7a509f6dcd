import { isList, isObject, type Json } from '../json.ts'
import { allOf, didYouMean, quote } from '../message-text.ts'
import { type ActorDeclaration, type ActorKind, hasUser, type KeyPath } from '../model/matrix.ts'
import { isWellFormed, type Reference, referencesIn } from '../model/references.ts'
import type { ProblemCode } from '../problem-codes.ts'
import type { Report } from './report.ts'

/** The names that a reference at one place may use. */
export interface Reach {
  /** By name: the row, and its columns where they are known. */
  readonly rows: ReadonlyMap<string, ReachableRow>
  /** False when names may exist that could not be read; then unknown names are not reported. */
  readonly complete: boolean
}

export interface ReachableRow {
  /** Null when the columns are the catalog's to check. */
  readonly columns: readonly string[] | null
  /** Why a column that rows of its kind have is missing. */
  readonly lacking?: string
  /** Why the row cannot be named here, though the name exists. */
  readonly barred?: { readonly code: ProblemCode; readonly found: string; readonly expected: string }
}

const userColumns: readonly string[] = ['id', 'email', 'phone']

/** Reports every reference in a value that is malformed or names nothing in reach. */
export function checkReferences(value: Json, path: KeyPath, reach: Reach, report: Report): void {
  for (const reference of referencesIn(value)) {
    checkReference(reference, [...path, ...reference.at], reach, report, textAt(value, reference.at))
  }
}

/** @param text the whole text that holds the reference. */
function checkReference(reference: Reference, path: KeyPath, reach: Reach, report: Report, text: string): void {
  const found = `the reference ${quote(reference.text)}`
  if (!isWellFormed(reference)) {
    const braced = bracedFor(reference, text, reach.rows.keys())
    const words = '`$run`, `$unique`, `$uuid`, `$number`, `$date`, `$future`, `$name.column`'
    const expected = braced ?? `${words} or, for a name with spaces, quotes or hyphens, \`\${name.column}\``
    const hint = braced === undefined ? 'a dollar sign itself is written `$$`' : bracesHint
    report({ code: 'reference-form', path, found, expected, hint })
    return
  }
  if (reference.name === 'changed' && reference.column === null) {
    // `changes` declares effects and is sent to no service.
    if (path[2] === 'changes' && path.length === 5) return
    const expected = 'a value: only under `changes` may a column be said to change to any value'
    const hint = 'an `update` names such columns under `stamped`'
    report({ code: 'reference-form', path, found, expected, hint })
    return
  }
  if (reference.column === null) return
  const row = reach.rows.get(reference.name)
  if (row === undefined) {
    if (!reach.complete) return
    const expected = 'the name of an actor, of a row of the world or of a fixture'
    const hint = didYouMean(reference.name, reach.rows.keys()) ?? 'a dollar sign itself is written `$$`'
    report({ code: 'unknown-reference', path, found, expected, hint })
  } else if (row.barred !== undefined) {
    report({ code: row.barred.code, path, found: `${found}: ${row.barred.found}`, expected: row.barred.expected })
  } else if (row.columns !== null && !row.columns.includes(reference.column)) {
    const expected = `one of a user's columns: ${allOf(row.columns)}`
    report({
      code: 'unknown-reference',
      path,
      found,
      expected,
      hint: row.lacking ?? didYouMean(reference.column, row.columns),
    })
  }
}

const bracesHint = 'a name with spaces, quotes or hyphens stands in braces'

/** @returns the form in braces of the row that `$ben's.id` begins to name; undefined where it names no row in reach. */
function bracedFor({ name }: Reference, text: string, names: Iterable<string>): string | undefined {
  const meant = [...names].filter((one) => name !== '' && one.startsWith(name) && text.includes(`$${one}.`))
  const [row] = meant.sort((one, other) => other.length - one.length)
  if (row === undefined) return undefined
  const rest = text.slice(text.indexOf(`$${row}.`) + row.length + 2)
  const column = /^[\p{L}_][\p{L}\p{N}_]*/u.exec(rest)?.[0] ?? 'column'
  return quote(`\${${row}.${column}}`)
}

function textAt(value: Json, [step, ...rest]: KeyPath): string {
  if (step === undefined) return typeof value === 'string' ? value : ''
  if (isList(value)) return textAt(value[Number(step)] ?? null, rest)
  return isObject(value) ? textAt(value[step] ?? null, rest) : ''
}

/** @returns the users that references may name: those of the actors, without `$actor`. */
export function usersInReach(actors: readonly ActorDeclaration[]): Map<string, ReachableRow> {
  return new Map(
    actors.map(({ name, kind, as = name }) => {
      const phone = actors.find((owner) => owner.name === as)?.phone
      return [name, hasUser(kind) ? contactsOf(phone) : userless(kind)] as const
    }),
  )
}

function contactsOf(phone: ActorDeclaration['phone']): ReachableRow {
  if (phone === 'only')
    return { columns: ['id', 'phone'], lacking: 'with `phone: only` the user has no e-mail address' }
  return { columns: phone === true ? userColumns : ['id', 'email'] }
}

function userless(kind: ActorKind): ReachableRow {
  const found = `${kind === 'anon' ? 'an' : 'a'} ${quote(kind)} actor has no user`
  return { columns: userColumns, barred: { code: 'no-user', found, expected: 'an actor that signs in' } }
}

/** @returns the user of the cell's own actor, which is any of the actors. */
export function actorAmong(actors: readonly ActorDeclaration[]): ReachableRow {
  const users = actors.filter(({ kind, as }) => hasUser(kind) && as === undefined)
  if (users.length > 0 && users.every(({ phone }) => phone === 'only')) return contactsOf('only')
  return contactsOf(users.some(({ phone }) => phone !== undefined) ? true : undefined)
}

/** `$actor` in a place without an actor. */
export const noActor: ReachableRow = {
  columns: userColumns,
  barred: { code: 'no-actor', found: 'the world is made once for all actors', expected: 'an actor by name' },
}
