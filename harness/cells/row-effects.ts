import { type Json, type JsonObject, sameJson } from '../json.ts'
import { anyChange } from '../model/references.ts'
import type { Meaning } from '../model/verdict.ts'
import type { Redact } from '../redaction/redact.ts'
import type { RowKey, Witness } from '../witness/witness.ts'
import type { OwnChanges } from './own-changes.ts'
import type { ReachRow } from './reading.ts'

/** The part of the witness that reads effects. */
export interface Reader extends Pick<Witness, 'read' | 'has' | 'matching'> {
  /** Hides secrets in a value before the value is shortened: half a secret would not be recognised. */
  readonly redact: Redact
  /** Present where the changes of the attempt are known, so that no change of others counts as its effect. */
  readonly own?: OwnChanges
}

/** The effect of a single write, with a description; or why it could not be read. */
export type Part = { readonly done: 'all' | 'some' | 'none'; readonly what: string } | { readonly unread: string }

/** @returns the effect on a row that the request was to change. */
export async function changed(witness: Reader, target: ReachRow, set: JsonObject, meaning: Meaning): Promise<Part> {
  const stamped = Object.keys(set).filter((column) => set[column] === anyChange)
  const asked = without(set, stamped)
  const newKey = { ...target.baseKey, ...picked(asked, Object.keys(target.baseKey)) }
  // While the row still exists under its old key, a row under the new key is another one.
  const old = await witness.read(rowKey(target))
  const key = old === null ? newKey : target.baseKey
  const after = old ?? (sameJson(newKey, target.baseKey) ? null : await witness.read({ table: target.table, key }))
  if (after === null) return { done: 'some', what: `${target.name} is gone` }
  const columns = Object.keys(set)
  const different = columns.filter((column) => isChanged(witness, target, after, column))
  if (different.length === 0) return unchanged(witness, target, after, set, meaning)
  const what = changesIn(witness, target, after, different)
  const whole =
    stamped.every((column) => different.includes(column)) &&
    (await isAsAsked(witness, { table: target.table, key }, after, asked))
  return { done: whole ? 'all' : 'some', what }
}

/** None of the columns that were to change did. */
function unchanged(reader: Reader, target: ReachRow, after: JsonObject, set: JsonObject, meaning: Meaning): Part {
  const asBefore = Object.entries(set).every(([column, value]) => sameJson(target.row[column], value))
  // A write that would change nothing looks the same whether it was refused, undone or carried out.
  if (asBefore && meaning.kind !== 'denied') {
    return { unread: `${target.name} held the values already that were to be set: no effect can be seen` }
  }
  const touched = touchedColumns(reader, target, after, meaning)
  if (touched.length === 0) return { done: 'none', what: '' }
  return { done: 'some', what: changesIn(reader, target, after, touched) }
}

/**
 * @returns the columns that changed although the operation does not name them: a trigger undid or redirected a write that had got
 *   through. A refusal counts as rolled back unless the attempt's own changes are known.
 */
function touchedColumns(reader: Reader, target: ReachRow, after: JsonObject, meaning: Meaning): readonly string[] {
  if (meaning.kind === 'denied' && reader.own?.covers(target) !== true) return []
  return Object.keys(after).filter((column) => isChanged(reader, target, after, column))
}

function isChanged({ own }: Reader, target: ReachRow, after: JsonObject, column: string): boolean {
  if (sameJson(after[column], target.row[column])) return false
  return own === undefined || own.mayHaveChanged(target, column)
}

function changesIn({ redact }: Reader, target: ReachRow, after: JsonObject, columns: readonly string[]): string {
  const values = (row: JsonObject, column: string) => shown(redact({ [column]: row[column] })[column])
  return columns
    .map((column) => `${target.name}.${column}: ${values(target.row, column)} → ${values(after, column)}`)
    .join(', ')
}

/** The database compares in the column's own type where the texts differ: `1.50` and `1.5` are one number. */
async function isAsAsked(
  witness: Reader,
  { table, key }: RowKey,
  after: JsonObject,
  set: JsonObject,
): Promise<boolean> {
  if (Object.entries(set).every(([column, value]) => sameJson(after[column], value))) return true
  const rows = await witness.matching(table, { ...key, ...set })
  return rows.some((row) => sameJson(row, after))
}

/** @returns the effect on a row that the request was to remove. */
export async function removed(witness: Reader, target: ReachRow, meaning: Meaning): Promise<Part> {
  const after = await witness.read(rowKey(target))
  if (after === null) return { done: 'all', what: `${target.name} was removed` }
  const touched = touchedColumns(witness, target, after, meaning)
  return touched.length === 0
    ? { done: 'none', what: '' }
    : { done: 'some', what: `${target.name} is still there, and ${changesIn(witness, target, after, touched)}` }
}

/** @returns the key of the row in its own table. */
export function rowKey(row: ReachRow): RowKey {
  return { table: row.table, key: row.baseKey }
}

function without(set: JsonObject, columns: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(set).filter(([column]) => !columns.includes(column)))
}

/** @returns those of the columns that are given. */
export function picked(values: JsonObject, columns: readonly string[]): JsonObject {
  return Object.fromEntries(
    columns.filter((column) => column in values).map((column) => [column, values[column] ?? null]),
  )
}

function shown(value: Json | undefined): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
