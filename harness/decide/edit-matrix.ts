import { isAlias, isMap, type Node, visit } from 'yaml'
import { z } from 'zod'
import { type Problem, TrespassError } from '../errors.ts'
import { groupBy } from '../group.ts'
import { isObject, type JsonObject, sameJson } from '../json.ts'
import { actorsWithAccess, barredActors } from '../matrix/actors-with-access.ts'
import type { MatrixDocument } from '../matrix/document.ts'
import { decidedBy, expandCells } from '../matrix/expand-cells.ts'
import type { Groups } from '../matrix/read-actors.ts'
import { readExpect, type Statement } from '../matrix/read-expect.ts'
import { reporter } from '../matrix/report.ts'
import { readYaml } from '../matrix/yaml-document.ts'
import { quote } from '../message-text.ts'
import type { CellDeclaration, Matrix, Roster } from '../model/matrix.ts'
import type { AccessPath } from '../paths/path.ts'
import { yamlDocuments } from '../yaml-text.ts'
import type { Decision } from './model.ts'
import { type TextEdit, withEdits } from './text-edits.ts'
import { type Entry, keyText, rangeOf, type YamlMap, yamlMap } from './yaml-map.ts'
import { flowText, writtenAs } from './yaml-scalars.ts'

/** The workspace that the text of a matrix is read with. */
export interface MatrixSurroundings {
  readonly matrix: Matrix
  readonly roster: Roster
  readonly groups: Groups
  readonly paths: readonly AccessPath[]
}

/**
 * Writes decisions into the text of a YAML matrix, each in place of its `define`, or in an entry of the actor where that `define`
 * covers other cells as well. Everything else keeps its bytes.
 *
 * @returns the new text, which decides these cells as given and all others as before.
 * @throws TrespassError `not-editable` where that is not possible.
 */
export function withDecisions(text: string, around: MatrixSurroundings, decisions: readonly Decision[]): string {
  const before = readDecided(text, around)
  if (before === null) throw notEditable(around, 'its text cannot be read')
  const source = touchesAlias(text, before, decisions) ? withoutAliases(text) : text
  const edited = edit(source, before, around, decisions)
  const problem = whatDiffers(before, readDecided(edited, around), decisions)
  if (problem !== null) throw notEditable(around, problem)
  return edited
}

/** A matrix as far as decisions are about it. */
export interface DecidedMatrix {
  readonly data: JsonObject
  readonly statements: readonly Statement[]
  readonly cells: readonly CellDeclaration[]
}

/** @returns null for a text that is no sound matrix of this workspace. */
export function readDecided(text: string, { matrix, roster, groups, paths }: MatrixSurroundings): DecidedMatrix | null {
  const problems: Problem[] = []
  const document: MatrixDocument | null = readYaml(text, matrix.file, problems)
  if (document === null || !isObject(document.data) || !isObject(document.data.expect)) return null
  const report = reporter(document, problems)
  const names = {
    actors: roster.actors.map(({ name }) => name),
    barred: barredActors(roster.actors, matrix.resource, paths),
    groups,
    operations: matrix.operations.map(({ name }) => name),
    complete: true,
  }
  const statements = readExpect(document.data.expect, names, report)
  const actors = actorsWithAccess(roster.actors, matrix.resource, paths).map(({ name }) => name)
  const cells = expandCells(actors, matrix.operations, statements, document, report)
  return problems.length > 0 ? null : { data: document.data, statements, cells }
}

/** @returns a description of the cells that an edited text decides wrongly; null for none. */
function whatDiffers(
  before: DecidedMatrix,
  after: DecidedMatrix | null,
  decisions: readonly Decision[],
): string | null {
  if (after === null) return 'the edited text would be no sound matrix'
  if (!sameJson({ ...before.data, expect: null }, { ...after.data, expect: null })) {
    return 'more than its expectations would change'
  }
  const wanted = new Map(before.cells.map((cell) => [cellName(cell), written(cell.expected)]))
  for (const decision of decisions) wanted.set(cellName(decision), written(decision.expected))
  const found = new Map(after.cells.map((cell) => [cellName(cell), written(cell.expected)]))
  const different = [...new Set([...wanted.keys(), ...found.keys()])].find((id) => wanted.get(id) !== found.get(id))
  return different === undefined ? null : `the edited text would not decide ${different} as it should`
}

function cellName({ actor, operation }: { readonly actor: string; readonly operation: string }): string {
  return `${actor} › ${operation}`
}

function written(expected: CellDeclaration['expected']): string {
  const { decision } = expected
  return decision === 'define' || decision === 'missing' ? 'undecided' : flowText(writtenAs(expected))
}

function notEditable({ matrix }: MatrixSurroundings, why: string): TrespassError {
  return new TrespassError('not-editable', `${matrix.file} was not changed: ${why}`, {
    hint: 'Write these decisions by hand, or give each actor an entry of its own under `expect`.',
  })
}

/** By operation the text of its new expectation. */
type Written = ReadonlyMap<string, string>

function edit(
  text: string,
  { statements }: DecidedMatrix,
  around: MatrixSurroundings,
  decisions: readonly Decision[],
): string {
  const find = decidedBy(statements)
  const order = around.matrix.operations.map(({ name }) => name)
  /** By entry of `expect`, by actor. */
  const inPlace = new Map<string, Map<string, Map<string, string>>>()
  const besides = new Map<string, Map<string, string>>()
  const sorted = decisions.toSorted((one, other) => order.indexOf(one.operation) - order.indexOf(other.operation))
  for (const { actor, operation, expected } of sorted) {
    const [statement] = find(actor, operation)
    const value = flowText(writtenAs(expected))
    const isExact = statement?.level === 'actor' && statement.operation === operation
    const byActor = isExact ? inner(inPlace, String(statement.path[1])) : besides
    inner(byActor, actor).set(operation, value)
  }
  let edited = text
  for (const [name, byActor] of inPlace) edited = withEdits(edited, rowEdits(edited, name, byActor, around))
  return withEdits(edited, additions(edited, besides))
}

function inner<Value>(map: Map<string, Map<string, Value>>, key: string): Map<string, Value> {
  const known = map.get(key) ?? new Map<string, Value>()
  map.set(key, known)
  return known
}

/**
 * Decides cells that an entry of their actors names. Actors that are decided otherwise go into an entry of their own.
 *
 * @throws TrespassError `not-editable` where all of its actors have one already, so that none is left for this entry.
 */
function rowEdits(
  text: string,
  name: string,
  byActor: ReadonlyMap<string, Written>,
  around: MatrixSurroundings,
): readonly TextEdit[] {
  const expect = expectIn(text)
  const entry = expect?.entry(name)
  const row = yamlMap(text, entry?.value)
  if (expect === null || entry === undefined || row === null) return []
  const writtenFor = (actor: string): Written =>
    Object.hasOwn(around.groups, actor) ? new Map() : (byActor.get(actor) ?? new Map())
  const parts = [...groupBy(namesIn(name), (actor) => JSON.stringify([...writtenFor(actor)])).values()]
  const taken = new Set(expect.entries.filter((one) => one !== entry).map((one) => one.name))
  const keys = parts.map((names) => ({ names, key: freeKey(names, taken) }))
  const kept = keys.find(({ key }) => key !== null)
  if (kept === undefined) {
    throw notEditable(around, `the entry ${quote(name)} would be split, and ${name} have entries of their own`)
  }
  const own = row.entries.flatMap((one) => valueEdits(text, row, one, writtenFor(kept.names[0] ?? '')))
  if (keys.length === 1 || kept.key === null) return own
  const others = keys.filter((part) => part !== kept)
  const copies = others.map(({ names, key }) => {
    const entries = row.entries.flatMap((one) => copied(text, one, writtenFor(names[0] ?? '')))
    return { key, entries, there: yamlMap(text, expect.entry(names.join(', '))?.value) }
  })
  const fresh = copies.flatMap(({ key, entries }) => (key === null ? [] : [rowText(expect, key, entries)]))
  const merged = copies.flatMap(({ key, entries, there }) =>
    key === null && there !== null ? [there.insertion(beforeWildcard(there), entries)] : [],
  )
  const renamed = { ...rangeOf(entry.key), text: keyText(kept.key, expect.isFlow) }
  return [renamed, ...own, ...(fresh.length === 0 ? [] : [expect.insertion(entry, fresh)]), ...merged]
}

/** @returns the names in an order that no key has yet; null where there is none. */
function freeKey(names: readonly string[], taken: ReadonlySet<string>): readonly string[] | null {
  const orders = names.map((_, n) => [...names.slice(n), ...names.slice(0, n)])
  return orders.find((order) => !taken.has(order.join(', '))) ?? null
}

/** `"*"` stays the last one. @returns null for behind the last entry. */
function beforeWildcard({ entries }: YamlMap): Entry | null {
  const wildcard = entries.findIndex(({ name }) => name === '*')
  return wildcard > 0 ? (entries[wildcard - 1] ?? null) : null
}

/** Decides operations of one entry; those that are decided otherwise get an entry of their own. */
function valueEdits(text: string, row: YamlMap, entry: Entry, values: Written): readonly TextEdit[] {
  const parts = partsOf(entry, values)
  const [first, ...others] = parts
  if (first === undefined || entry.value === null || parts.every(({ value }) => value === null)) return []
  const value = first.value === null ? [] : [{ ...rangeOf(entry.value), text: first.value }]
  if (others.length === 0) return value
  const key = keyText(first.names, row.isFlow)
  const rest = others.map(({ names, value: other }) => entryText(row.isFlow, names, other ?? sourceOf(text, entry)))
  return [{ ...rangeOf(entry.key), text: key }, ...value, row.insertion(entry, rest)]
}

/** An entry of a row as it is written into the copy of the row for other actors. */
function copied(text: string, entry: Entry, values: Written): readonly string[] {
  return partsOf(entry, values).map(({ names, value }) => entryText(true, names, value ?? sourceOf(text, entry)))
}

interface Part {
  readonly names: readonly string[]
  /** Null where nothing is decided. */
  readonly value: string | null
}

/** The operations of one entry, those together that are decided alike. */
function partsOf(entry: Entry, values: Written): readonly Part[] {
  const groups = groupBy(namesIn(entry.name), (name) => values.get(name) ?? null)
  return [...groups].map(([value, names]) => ({ names, value }))
}

/** Decides cells that only wider entries cover, in entries of their actors. The wider ones keep their text for all others. */
function additions(text: string, byActor: ReadonlyMap<string, Written>): readonly TextEdit[] {
  const expect = expectIn(text)
  if (expect === null) return []
  const edits: TextEdit[] = []
  const without: string[] = []
  for (const [actor, values] of byActor) {
    const row = yamlMap(text, expect.entry(actor)?.value)
    if (row === null) without.push(actor)
    else edits.push(row.insertion(beforeWildcard(row), linesOf(values, row.isFlow)))
  }
  const taken = new Set(expect.entries.map(({ name }) => name))
  const alike = groupBy(without, (actor) => JSON.stringify([...(byActor.get(actor) ?? [])]))
  const rows = [...alike.values()].flatMap((actors) => {
    const key = freeKey(actors, taken)
    const lines = linesOf(byActor.get(actors[0] ?? '') ?? new Map(), true)
    return (key === null ? actors.map((actor) => [actor]) : [key]).map((names) => rowText(expect, names, lines))
  })
  return rows.length === 0 ? edits : [...edits, expect.insertion(null, rows)]
}

function linesOf(values: Written, isFlow: boolean): readonly string[] {
  return [...values].map(([operation, value]) => entryText(isFlow, [operation], value))
}

/** @param entries as a flow mapping takes them, which a block mapping does too. */
function rowText(expect: YamlMap, actors: readonly string[], entries: readonly string[]): string {
  if (expect.isFlow) return `${keyText(actors, true)}: { ${entries.join(', ')} }`
  return [`${keyText(actors, false)}:`, ...entries.map((entry) => `  ${entry}`)].join('\n')
}

function entryText(isFlow: boolean, names: readonly string[], value: string): string {
  return `${keyText(names, isFlow)}: ${value}`
}

function sourceOf(text: string, { value }: Entry): string {
  if (value === null) return 'null'
  const { start, end } = rangeOf(value)
  const source = text.slice(start, end)
  const isBlock = (isMap(value) && value.flow !== true) || source.includes('\n')
  return isBlock ? flowText(z.json().parse(value.toJSON())) : source
}

function namesIn(key: string): readonly string[] {
  return key.split(',').map((name) => name.trim())
}

function expectIn(text: string): YamlMap | null {
  const [document] = yamlDocuments(text)
  return yamlMap(text, yamlMap(text, document?.contents)?.entry('expect')?.value)
}

/** @returns true when an entry that is to be edited holds an alias, or an alias repeats it. */
function touchesAlias(text: string, { statements }: DecidedMatrix, decisions: readonly Decision[]): boolean {
  const expect = expectIn(text)
  const find = decidedBy(statements)
  return decisions.some(({ actor, operation }) => {
    const [statement] = find(actor, operation)
    const rows = [actor, ...(statement === undefined ? [] : [String(statement.path[1])])]
    return rows.some((row) => isShared(expect?.entry(row)?.value))
  })
}

function isShared(node: Node | null | undefined): boolean {
  if (node === null || node === undefined) return false
  let shared = false
  visit(node, {
    Node: (_, part) => {
      if (isAlias(part) || ('anchor' in part && part.anchor !== undefined)) shared = true
    },
  })
  return shared
}

/** Replaces the aliases under `expect` by copies: an edit of one place must not change the others. */
function withoutAliases(text: string): string {
  const [document] = yamlDocuments(text)
  const expect = document?.get('expect', true)
  if (document === undefined || !isMap(expect)) return text
  const edits: TextEdit[] = []
  visit(expect, {
    Alias: (_, alias) => {
      edits.push({ ...rangeOf(alias), text: flowText(z.json().parse(alias.toJS(document))) })
    },
  })
  return withEdits(text, edits)
}
