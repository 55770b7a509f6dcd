import { z } from 'zod'
import { layers } from '../model/verdict.ts'
import type { AccessPath } from '../paths/path.ts'
import { requestHeaders } from './request-headers.ts'
import { columnNames, foundRow, keyColumns, qualifiedName, rowValues, tableRow } from './shapes.ts'

const layer = `(?:${layers.join('|')})`

/** `deny`, `deny(grant)`, `deny(rls, filtered)`. */
export const denyForm = new RegExp(`^deny(?:\\(\\s*${layer}(?:\\s*,\\s*${layer})*\\s*\\))?$`)

export const allowDetails = z.strictObject({
  exactly: z.array(z.string().min(1)).optional().describe('these fixtures come back, no fewer and no more'),
  columns: columnNames.optional().describe('these columns come back, no fewer and no more'),
  returns: z.json().optional().describe('the function returns this value'),
  ends_within: z
    .number()
    .nonnegative()
    .optional()
    .describe('access is gone so many seconds after what the operation does meanwhile'),
})

const allowObject = z.strictObject({ allow: allowDetails })

export const provesSchema = z.array(z.string().min(1)).min(1).describe('ids of the invariants that the cells prove')

/** In a matrix and in the configuration. */
const changesOnRefusalSchema = z
  .record(qualifiedName, z.string().min(1))
  .describe('tables that a refused attempt may add to or update, such as an audit log, each with the reason')

/** The verb that compares two others; it belongs to no access path. */
export const distinguishSchema = z.strictObject({
  distinguish: z
    .tuple([z.string(), z.string()])
    .describe('two operations whose answers are compared: `deny` expects that they look the same'),
})

/** @returns true when a resource of this kind holds rows of its own, so that a fixture may be plain values. */
export function holdsRows(kind: string): boolean {
  return kind === 'table' || kind === 'database'
}

/** @returns true when fixtures of such a resource are in a store of its access path, and not in a table. */
export function hasFixtureStore(kind: string, paths: readonly AccessPath[]): boolean {
  return paths.some(
    (path) => path.resources.includes(kind) && (path.fixtureStore?.({ kind, name: '' }) ?? null) !== null,
  )
}

/** @returns whether resources of this kind are tables, views or functions, which their schema and name identify. */
export function hasQualifiedName(kind: string, paths: readonly AccessPath[]): boolean {
  return !hasFixtureStore(kind, paths) && namingOf(kind, paths) === undefined
}

function namingOf(kind: string, paths: readonly AccessPath[]): z.ZodString | undefined {
  return paths.find(({ resources }) => resources.includes(kind))?.resourceName
}

/** @returns the schema of `resource` when it is named by one of the words of the access paths. */
export function resourceSchema(kind: string, paths: readonly AccessPath[]): z.ZodObject {
  if (hasFixtureStore(kind, paths))
    return z.strictObject({ [kind]: z.string().min(1).describe(`the name of the ${kind}`) })
  const name = namingOf(kind, paths)?.describe(`the name of the ${kind}`) ?? qualifiedName.describe('schema and name')
  const common = { [kind]: name, key: keyColumns.optional() }
  if (holdsRows(kind)) return z.strictObject(common)
  const of = qualifiedName.optional().describe(`the table whose rows the ${kind} shows`)
  return z.strictObject({ ...common, of })
}

const expectation = z
  .union([
    z.enum(['allow', 'deny', 'define', 'n/a']),
    z.string().regex(denyForm).describe('the layers that refuse: deny(grant), deny(rls, filtered)'),
    allowObject,
  ])
  .describe('allow, deny, deny(layer), define (not decided yet) or n/a (makes no sense for this actor)')

/** @returns the words under `resource:` that lead to an access path. */
export function resourceKinds(paths: readonly AccessPath[]): readonly string[] {
  return [...new Set(paths.flatMap((path) => path.resources))]
}

/** @returns the schemas of all verbs, with the keys that the access path adds to each. */
export function verbSchemas(paths: readonly AccessPath[]): readonly z.ZodObject[] {
  const headers = requestHeaders.optional().describe('headers of the request, never a credential; with references')
  return paths.flatMap(({ verbs, sendsHeaders }) =>
    Object.values(verbs).map(({ schema, carriesHeaders }) =>
      sendsHeaders === true && carriesHeaders !== false ? schema.safeExtend({ headers }) : schema,
    ),
  )
}

/** @returns the schema of a whole matrix file, with the verbs of these access paths. */
export function matrixSchema(paths: readonly AccessPath[]): z.ZodObject {
  const operations = [...verbSchemas(paths), distinguishSchema]
  // A row that is found in the matrix's own table needs no `table`.
  const found = foundRow.partial({ table: true })
  const fixtures = z.record(z.string(), z.union([tableRow, found, rowValues]))
  return z
    .strictObject({
      matrix: z.string().min(1).describe('the name of the matrix, once in a workspace'),
      resource: z
        .union(resourceKinds(paths).map((kind) => resourceSchema(kind, paths)))
        .describe('the one thing that it is about'),
      invariants: z.record(z.string(), z.string()).optional().describe('a sentence per id'),
      changes_on_refusal: changesOnRefusalSchema.optional(),
      fixtures: fixtures
        .optional()
        .describe("rows that the operations act on: a row of the resource's table, or elsewhere"),
      operations: z
        .record(z.string(), z.union(operations.map((schema) => schema.safeExtend({ proves: provesSchema.optional() }))))
        .describe('what is attempted, by name'),
      expect: z
        .record(z.string(), z.record(z.string(), expectation))
        .describe('what is expected: by actor or group or "*", then by operation or "*"'),
    })
    .meta({ title: 'Trespass matrix' })
}
