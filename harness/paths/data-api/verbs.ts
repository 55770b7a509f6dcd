import { z } from 'zod'
import type { JsonObject } from '../../json.ts'
import type { Resource } from '../../model/matrix.ts'
import { anyChange } from '../../model/references.ts'
import { isBareColumn } from '../../postgrest-name.ts'
import { editorNames } from '../editor-names.ts'
import type { Footprint, NamedColumn, Verb, WriteIntent } from '../path.ts'
import { readSelectList } from './select-list.ts'

const json = z.json()
const values = z.record(z.string(), json).register(editorNames, { names: 'columns' })
const column = z.string().register(editorNames, { names: 'column' })
const fixture = z.string().min(1).register(editorNames, { names: 'fixture' })
const returning = z
  .enum(['minimal', 'representation'])
  .describe('`minimal` needs no right to read; `representation` asks for the written rows back')
const identify = z.array(column).min(1).describe('columns by which the new row is found when a trigger changes others')

/** An operation of the Data API, as a matrix writes it. */
export const schemas = {
  select: z.strictObject({
    select: fixture.describe('a fixture, or "*" for all fixtures of the resource'),
    columns: z.array(z.string()).min(1).optional().describe('columns and embedded relations to ask for; default: all'),
    filter: values.optional().describe('columns that have to equal a value'),
    count: z.literal('exact').optional().describe('asks the service to count the rows in reach'),
    head: z.literal(true).optional().describe('asks by HEAD: no rows, only the count'),
    single: z.literal(true).optional().describe('asks for exactly one row as an object'),
  }),
  insert: z.strictObject({
    insert: z.union([values, z.array(values).min(1)]).describe('the values of the new row, or of several'),
    returning: returning.optional(),
    identify: identify.optional(),
  }),
  upsert: z
    .strictObject({
      upsert: z.union([fixture, values]).describe('a fixture to merge into, or the values of a row'),
      values: values.optional().describe('with a fixture: the columns that the merge changes'),
      on_conflict: z.array(column).min(1).optional().describe('columns whose unique constraint decides'),
      ignore_duplicates: z.literal(true).optional().describe('leaves an existing row as it is'),
      returning: returning.optional(),
      identify: identify.optional(),
    })
    .refine((body) => typeof body.upsert !== 'string' || body.values !== undefined, {
      path: ['upsert'],
      message: '`values` beside a fixture: the columns that the merge changes',
    }),
  update: z.strictObject({
    update: fixture.describe('the fixture to change'),
    set: values.describe('the columns to change'),
    stamped: z
      .array(column)
      .min(1)
      .optional()
      .describe('columns that a trigger gives a value of its own: they have to change, to any value'),
    returning: returning.optional(),
  }),
  delete: z.strictObject({
    delete: fixture.describe('the fixture to remove'),
    returning: returning.optional(),
  }),
} as const

const nothing: Footprint = {
  reads: null,
  bounded: true,
  embeds: [],
  writes: [],
  readOnly: false,
  columns: [],
  arguments: [],
}

/** The Data API's verbs. */
export const verbs: Readonly<Record<string, Verb>> = {
  select: { schema: schemas.select, footprint: selectFootprint },
  insert: { schema: schemas.insert, footprint: insertFootprint },
  upsert: { schema: schemas.upsert, footprint: upsertFootprint },
  update: { schema: schemas.update, footprint: updateFootprint },
  delete: { schema: schemas.delete, footprint: deleteFootprint },
}

function selectFootprint(body: JsonObject, resource: Resource): Footprint {
  const { select, columns = [], filter = {} } = schemas.select.parse(body)
  const { embeds, aggregates } = readSelectList(columns)
  const named = columns.flatMap((column, index) => plainColumn(resource.name, column, ['columns', index]))
  return {
    ...nothing,
    reads: select === '*' ? '*' : [select],
    embeds,
    ...(aggregates === null ? {} : { aggregates }),
    readOnly: true,
    columns: [...named, ...namedColumns(resource.name, filter, ['filter'])],
  }
}

function insertFootprint(body: JsonObject, resource: Resource): Footprint {
  const { insert, identify: by = null } = schemas.insert.parse(body)
  const many = Array.isArray(insert)
  const rows = many ? insert : [insert]
  const named = many
    ? rows.flatMap((row, index) => namedColumns(resource.name, row, ['insert', index]))
    : namedColumns(resource.name, insert, ['insert'])
  return {
    ...nothing,
    writes: [{ kind: 'add', table: resource.name, rows, identify: by, skippable: false }],
    columns: [...named, ...listedColumns(resource.name, by, 'identify')],
  }
}

function upsertFootprint(body: JsonObject, resource: Resource): Footprint {
  const parsed = schemas.upsert.parse(body)
  const { upsert, values: set = {}, identify: by = null } = parsed
  const skippable = parsed.ignore_duplicates === true
  const merge = skippable ? {} : { merges: parsed.on_conflict ?? null }
  const write: WriteIntent =
    typeof upsert === 'string'
      ? { kind: 'change', fixture: upsert, set, ...merge }
      : { kind: 'add', table: resource.name, rows: [upsert], identify: by, skippable, ...merge }
  return {
    ...nothing,
    writes: [write],
    columns: [
      ...(typeof upsert === 'string' ? [] : namedColumns(resource.name, upsert, ['upsert'])),
      ...namedColumns(resource.name, set, ['values']),
      ...listedColumns(resource.name, parsed.on_conflict ?? null, 'on_conflict'),
      ...listedColumns(resource.name, by, 'identify'),
    ],
  }
}

function updateFootprint(body: JsonObject, resource: Resource): Footprint {
  const { update, set, stamped = [] } = schemas.update.parse(body)
  const changes = Object.fromEntries(stamped.map((column) => [column, anyChange]))
  // Without stamped columns the very object that the matrix wrote, by which a mistake finds its place.
  const intended = stamped.length === 0 ? set : { ...set, ...changes }
  return {
    ...nothing,
    writes: [{ kind: 'change', fixture: update, set: intended }],
    columns: [...namedColumns(resource.name, set, ['set']), ...listedColumns(resource.name, stamped, 'stamped')],
  }
}

function deleteFootprint(body: JsonObject): Footprint {
  return { ...nothing, writes: [{ kind: 'remove', fixture: schemas.delete.parse(body).delete }] }
}

function namedColumns(table: string, row: JsonObject, at: readonly (string | number)[]): NamedColumn[] {
  return Object.keys(row).map((column) => ({ table, column, at: [...at, column] }))
}

function listedColumns(table: string, columns: readonly string[] | null, key: string): NamedColumn[] {
  return (columns ?? []).map((column, index) => ({ table, column, at: [key, index] }))
}

/** Only a bare name is checked against the catalog; casts, aliases, JSON paths and embeds are the service's to read. */
function plainColumn(table: string, column: string, at: readonly (string | number)[]): NamedColumn[] {
  return isBareColumn(column) ? [{ table, column, at }] : []
}
