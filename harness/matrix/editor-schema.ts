import { z } from 'zod'
import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import { parseJsonObject } from '../json-text.ts'
import type { LoadedMatrix, Matrix } from '../model/matrix.ts'
import { editorNames, textsOfFiles } from '../paths/editor-names.ts'
import type { AccessPath } from '../paths/path.ts'
import { own } from '../values.ts'
import type { Catalog, Column, Relation } from '../witness/catalog.ts'
import type { LoadedWorkspace } from './load.ts'
import { holdsRows, resourceKinds } from './matrix-schema.ts'
import { fixtureStoreOf } from './read-resource.ts'

/** The objects of a target, as far as they are known. */
export interface KnownSchema {
  readonly catalog: Catalog
  /** True when the catalog holds every object; the Data API describes only what is exposed and granted to `service_role`. */
  readonly complete: boolean
  /** The ids of the buckets; null when they could not be read. */
  readonly buckets: readonly string[] | null
}

/** The names that editors complete. */
export interface EditorSources {
  readonly workspace: Pick<LoadedWorkspace, 'roster' | 'groups' | 'matrices'>
  /** Null when the target's schema is not known: tables and columns are then free text. */
  readonly schema: KnownSchema | null
  readonly paths: readonly AccessPath[]
  /** The texts of `schemas/` of this package by file name: making them anew takes a sixth of the time of a check. */
  readonly bases: Readonly<Record<BaseSchemaFile, string>>
}

type BaseSchemaFile = (typeof baseSchemaFiles)[number]

/** The schema of a matrix that has none of its own yet. */
const matrixSchemaFile = 'matrix.schema.json'
const actorsSchemaFile = 'actors.schema.json'

/** The schemas of the format, without the names of a workspace. */
export const baseSchemaFiles = [matrixSchemaFile, actorsSchemaFile] as const

/** @returns the name of the JSON Schema of one matrix; null for a TypeScript file, whose types complete it. */
export function editorSchemaFile(matrixFile: string): string | null {
  const [, name] = /^matrices\/(.*)\.ya?ml$/.exec(matrixFile) ?? []
  return name === undefined ? null : `${name}.schema.json`
}

/**
 * Makes JSON Schemas that complete and check the names of one workspace: those of the matrix format, with the workspace's actors and
 * the target's tables, columns, functions and buckets; and one for each matrix, with its fixtures and operations. Pure.
 *
 * A name that the target does not have is an error. Actors, fixtures and operations are only suggested: the file that is being
 * edited may have a new one.
 *
 * @returns the texts by file name.
 */
export function editorSchemas(sources: EditorSources): Readonly<Record<string, string>> {
  const { workspace, schema, paths, bases } = sources
  const verbs = markedVerbs(paths)
  const actors = workspace.roster.actors.map(({ name }) => name)
  const askers = [...actors, ...Object.keys(workspace.groups), '*']
  const own = workspace.matrices.flatMap((loaded) => {
    const file = editorSchemaFile(loaded.matrix.file)
    return file === null ? [] : [[file, matrixText(file, loaded, { sources, verbs, askers })] as const]
  })
  const definitions = { row: longRow(schema), ...rowsOf(schema) }
  return {
    [actorsSchemaFile]: extended(bases[actorsSchemaFile], actorsOverlay(actors), {}),
    [matrixSchemaFile]: extended(bases[matrixSchemaFile], workspaceOverlay(schema, askers), definitions),
    ...Object.fromEntries(own),
  }
}

/** @returns a JSON Schema with further conditions. */
function extended(base: string, overlay: JsonObject, definitions: JsonObject): string {
  const whole = parseJsonObject(base)
  const defined = isObject(whole.definitions) ? whole.definitions : {}
  return textOf({ ...whole, allOf: [overlay], definitions: { ...defined, ...definitions } })
}

function textOf(schema: JsonObject): string {
  return `${JSON.stringify(schema, null, 1)}\n`
}

function actorsOverlay(actors: readonly string[]): JsonObject {
  return {
    properties: {
      actors: { additionalProperties: { properties: { as: suggested(actors) } } },
      groups: { additionalProperties: { items: suggested(actors) } },
      world: { additionalProperties: { $ref: `${matrixSchemaFile}#/definitions/row` } },
    },
  }
}

function workspaceOverlay(schema: KnownSchema | null, askers: readonly string[]): JsonObject {
  return {
    properties: {
      ...(schema === null ? {} : { resource: { properties: resourceNames(schema) } }),
      fixtures: { additionalProperties: { $ref: '#/definitions/row' } },
      expect: { properties: suggestedKeys(askers, true) },
    },
  }
}

/** @returns for each word under `resource:` the names that may follow it. */
function resourceNames({ catalog, complete, buckets }: KnownSchema): JsonObject {
  const tables = known(tablesOf(catalog), complete)
  return {
    table: tables,
    database: tables,
    of: tables,
    view: known(
      namesWhere(catalog, ({ kind }) => kind === 'view' || kind === 'materialized-view' || kind === 'unknown'),
      complete,
    ),
    function: known(Object.keys(catalog.functions), complete),
    ...(buckets === null ? {} : { bucket: known([...buckets, '*'], complete) }),
  }
}

function tablesOf(catalog: Catalog): readonly string[] {
  return namesWhere(catalog, ({ kind }) => kind !== 'view' && kind !== 'materialized-view')
}

function namesWhere(catalog: Catalog, holds: (relation: Relation) => boolean): readonly string[] {
  return Object.values(catalog.relations)
    .filter(holds)
    .map(({ name }) => name)
}

/** @returns one of these names, or any text where there may be others. */
function known(names: readonly string[], complete: boolean): JsonObject {
  return complete && names.length > 0 ? { enum: names } : suggested(names)
}

/** @returns any text, with these names to choose from. */
function suggested(names: readonly string[]): JsonObject {
  return names.length === 0 ? {} : { anyOf: [{ enum: names }, {}] }
}

function suggestedKeys(names: readonly string[], value: Json): JsonObject {
  return Object.fromEntries(names.map((name) => [name, value]))
}

/** `{ $file: … }` stands for the content of a file in every place of a value. */
const fromFile = '$file'

/** @returns by the name of each relation: an object whose keys are its columns. */
function rowsOf(schema: KnownSchema | null): JsonObject {
  const relations = Object.values(schema?.catalog.relations ?? {})
  return Object.fromEntries(
    relations.map(({ name, columns }) => [
      name,
      {
        type: 'object',
        properties: {
          ...Object.fromEntries(
            Object.values(columns).map((column) => [column.name, { description: describeColumn(column) }]),
          ),
          [fromFile]: true,
        },
        additionalProperties: false,
      },
    ]),
  )
}

function describeColumn({ type, nullable, hasDefault, generated, identity }: Column): string {
  const computed = generated || identity === 'always'
  const notes = [type, ...(nullable ? [] : ['not null']), ...(computed ? ['generated'] : hasDefault ? ['default'] : [])]
  return notes.join(', ')
}

/** A row that names its table. `$file` beside it stands for a whole row. */
function longRow(schema: KnownSchema | null): JsonObject {
  if (schema === null) return {}
  const { catalog, complete } = schema
  const tables = tablesOf(catalog)
  const isLong = { required: ['table'], anyOf: [{ required: ['values'] }, { required: ['find'] }] }
  return {
    allOf: [
      conditional(isLong, { properties: { table: known(tables, complete) } }),
      ...tables.map((table) =>
        conditional(
          { ...isLong, properties: { table: { const: table } } },
          { properties: { values: rowOf(table), find: rowOf(table) } },
        ),
      ),
    ],
  }
}

/** @returns a reference to the columns of a relation, in the file that holds them. */
function rowOf(relation: string, file = ''): JsonObject {
  const pointer = relation.replaceAll('~', '~0').replaceAll('/', '~1')
  return { $ref: `${file}#/definitions/${encodeURIComponent(pointer)}` }
}

/** The parts that all matrices of a workspace share. */
interface Shared {
  readonly sources: EditorSources
  readonly verbs: MarkedVerbs
  readonly askers: readonly string[]
}

function matrixText(file: string, { matrix }: LoadedMatrix, { sources, verbs, askers }: Shared): string {
  const { schema, paths } = sources
  const shared = `${'../'.repeat(file.split('/').length - 1)}${matrixSchemaFile}`
  const fixtures = suggested(matrix.fixtures.map(({ name }) => name))
  const operations = matrix.operations.map(({ name }) => name)
  const cell = { $ref: '#/definitions/cell' }
  const cells = { $ref: '#/definitions/cells' }
  const words: Words = { fixture: fixtures, ...resourceWords(matrix, schema, shared) }
  const keys = Object.entries(verbs[matrix.resource.kind] ?? {}).map(([key, marked]) => [key, replaced(marked, words)])
  const overlay = {
    properties: {
      fixtures: { additionalProperties: plainRow(homeOf(matrix, schema, paths), shared) },
      operations: {
        additionalProperties: {
          properties: { ...Object.fromEntries(keys), distinguish: { items: suggested(operations) } },
        },
      },
      expect: { properties: suggestedKeys(askers, cells), additionalProperties: cells },
    },
  }
  return textOf({
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: `The matrix ${matrix.name}`,
    allOf: [{ $ref: shared }, overlay],
    definitions: {
      cell: { properties: { allow: { properties: { exactly: { items: fixtures } } } } },
      cells: { properties: suggestedKeys([...operations, '*'], cell), additionalProperties: cell },
    },
  })
}

/** @returns the table or the store of a fixture that is written as plain values; undefined where there is none. */
function homeOf({ resource }: Matrix, schema: KnownSchema | null, paths: readonly AccessPath[]): Relation | undefined {
  const table = fixtureStoreOf(resource, paths)?.table ?? (holdsRows(resource.kind) ? resource.name : null)
  return table === null ? undefined : own(schema?.catalog.relations ?? {}, table)
}

/** The keys of a row that names its table. */
const longKeys = ['table', 'values', 'find'] as const

/** A fixture of the matrix's own table. Where a column is called as a key of the long form, nothing is assumed. */
function plainRow(home: Relation | undefined, file: string): JsonObject {
  if (home === undefined || longKeys.some((key) => Object.hasOwn(home.columns, key))) return {}
  const row = rowOf(home.name, file)
  const isLong = { anyOf: longKeys.map((key) => ({ required: [key] })) }
  return conditional(isLong, { if: { required: ['table'] }, else: { properties: { find: row } } }, row)
}

/** A condition of JSON Schema (draft 7, section 6.6). */
function conditional(condition: JsonObject, holds: JsonObject, otherwise: JsonObject = {}): JsonObject {
  // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema.
  return { if: condition, then: holds, else: otherwise }
}

type Words = Readonly<Partial<Record<z.output<typeof markSchema>, JsonObject>>>

/** @returns the columns or arguments of the resource; none where they are not known. */
function resourceWords({ resource }: Matrix, schema: KnownSchema | null, file: string): Words {
  if (schema === null) return {}
  const { catalog, complete } = schema
  if (resource.kind === 'function') {
    const overloads = own(catalog.functions, resource.name)
    return overloads === undefined || !complete ? {} : { arguments: argumentsOf(overloads) }
  }
  const relation = own(catalog.relations, resource.name)
  if (relation === undefined) return {}
  const columns = Object.keys(relation.columns)
  return { columns: rowOf(relation.name, file), column: columns.length === 0 ? {} : { enum: columns } }
}

/** A function with one nameless argument takes the whole object. */
function argumentsOf(overloads: Catalog['functions'][string]): JsonObject {
  const all = overloads.flatMap((overload) => overload.arguments)
  if (all.some(({ name }) => name === '')) return {}
  const properties = Object.fromEntries(
    all.map(({ name, type, optional }) => [name, { description: optional ? `${type}, optional` : type }]),
  )
  return { type: 'object', properties: { ...properties, [fromFile]: true }, additionalProperties: false }
}

/** In a JSON Schema: the place of names that are known for each matrix alone. */
const mark = 'x-names'
const markSchema = z.enum(['fixture', 'column', 'columns', 'arguments'])

/** By the word under `resource:`, then by the key of an operation: its JSON Schema with marks. */
type MarkedVerbs = Readonly<Record<string, Readonly<Record<string, JsonObject>>>>

/** @returns the keys of operations that hold names; a key that several verbs have may hold what any of them takes. */
function markedVerbs(paths: readonly AccessPath[]): MarkedVerbs {
  const cache = new Map<z.ZodObject, Readonly<Record<string, JsonObject>>>()
  return Object.fromEntries(
    resourceKinds(paths).map((kind) => {
      const verbs = paths
        .filter(({ resources }) => resources.includes(kind))
        .flatMap((path) => Object.values(path.verbs))
        .filter(({ resources }) => resources?.includes(kind) ?? true)
      const byKey = new Map<string, Map<string, JsonObject>>()
      for (const { schema } of verbs) {
        const keys = cache.get(schema) ?? markedKeys(schema)
        cache.set(schema, keys)
        for (const [key, marked] of Object.entries(keys)) {
          byKey.set(key, (byKey.get(key) ?? new Map<string, JsonObject>()).set(JSON.stringify(marked), marked))
        }
      }
      const named = [...byKey].filter(([, forms]) => [...forms.keys()].some((text) => text.includes(`"${mark}"`)))
      return [kind, Object.fromEntries(named.map(([key, forms]) => [key, oneOfAll([...forms.values()])]))]
    }),
  )
}

function oneOfAll(forms: readonly JsonObject[]): JsonObject {
  const [only, second] = forms
  return only !== undefined && second === undefined ? only : { anyOf: [...forms] }
}

function markedKeys(schema: z.ZodObject): Readonly<Record<string, JsonObject>> {
  const converted = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    override({ zodSchema, jsonSchema }) {
      delete jsonSchema.description
      const found = editorNames.get(zodSchema)
      if (found === undefined && !textsOfFiles.has(zodSchema)) return
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key]
      if (found !== undefined) jsonSchema[mark] = found.names
    },
  })
  const { properties = {} } = parseJsonObject(JSON.stringify(converted))
  return Object.fromEntries(
    Object.entries(isObject(properties) ? properties : {}).flatMap(([key, value]) => {
      const pruned = withoutReferences(value)
      return isObject(pruned) ? [[key, pruned]] : []
    }),
  )
}

/** References to the definitions of a converted schema lead nowhere in another one; they stand for any JSON. */
function withoutReferences(schema: Json): Json {
  if (isList(schema)) return schema.map(withoutReferences)
  if (!isObject(schema)) return schema
  if (Object.hasOwn(schema, '$ref')) return {}
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, withoutReferences(value)]))
}

/** @returns a schema with the names of one matrix at its marks; any value where they are not known. */
function replaced(schema: Json, words: Words): Json {
  if (isList(schema)) return schema.map((part) => replaced(part, words))
  if (!isObject(schema)) return schema
  const marked = markSchema.safeParse(schema[mark])
  if (marked.success) return words[marked.data] ?? {}
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, replaced(value, words)]))
}
