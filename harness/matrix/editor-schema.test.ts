import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { catalog } from '../../test/support/example-catalog.ts'
import { readActorsText, readMatrixText } from '../../test/support/matrix-texts.ts'
import { paths } from '../paths/registry.ts'
import { editorSchemaFile, editorSchemas } from './editor-schema.ts'
import { jsonSchemas } from './json-schema.ts'

const text = `matrix: documents
resource: { table: public.documents }
fixtures:
  own: { owner_id: $actor.id, title: Mine }
  org: { table: public.organizations, values: { name: Other } }
operations:
  read: { select: own, filter: { title: Mine } }
  add: { insert: { owner_id: $actor.id }, identify: [owner_id] }
  rename: { update: own, set: { title: Other } }
  hear: { subscribe: own, on: update, set: { title: Other }, filter: "owner_id=eq.$actor.id" }
expect: { "*": { "*": define } }
`

const route = `matrix: documents
resource: { http: /api/documents }
fixtures:
  own: { table: public.documents, values: { owner_id: $actor.id, title: Mine } }
operations:
  rename: { request: post, json: { id: $own.id }, changes: { own: { title: Other } } }
  add: { request: post, json: {}, adds: { table: public.documents, values: { title: $run } } }
  add two: { request: post, json: {}, adds: { table: public.documents, values: [{ title: $run }, { title: Newer $run }] } }
  log: { request: post, json: {}, adds: { table: audit.entries, values: { at: $run } } }
expect: { "*": { "*": define } }
`

/** Compiling takes a second, so each is compiled once. */
const validators = { known: validator(true), unknown: validator(false), route: validator(true, route) }

function schemasOf(isKnown: boolean, written: string): Readonly<Record<string, string>> {
  const { result: roster } = readActorsText()
  const { result: matrix, problems } = readMatrixText(written)
  if (roster === undefined || matrix === undefined) throw new Error(JSON.stringify(problems))
  const schema = isKnown ? { catalog, complete: true, buckets: ['files'] } : null
  const functions = ['checkout', 'webhook']
  return editorSchemas({
    workspace: { ...roster, matrices: [matrix] },
    schema,
    paths,
    functions,
    bases: jsonSchemas(paths),
  })
}

function validator(isKnown: boolean, written = text) {
  const files = schemasOf(isKnown, written)
  const ajv = new Ajv({ strict: false })
  ajv.addSchema(JSON.parse(files['matrix.schema.json'] ?? ''), 'matrix.schema.json')
  return ajv.compile(JSON.parse(files['documents.matrix.schema.json'] ?? ''))
}

/** @returns the mistakes that an editor shows in a matrix. */
function mistakesIn(written: string, validate = validators.known): readonly string[] {
  return validate(parse(written)) ? [] : (validate.errors ?? []).map(({ params }) => JSON.stringify(params))
}

test('a matrix that fits the schema has no mistake', () => {
  expect(mistakesIn(text)).toEqual([])
})

test.each([
  ['a column of a plain fixture', 'title: Mine }', 'titel: Mine }', 'titel'],
  ['a column of a row in another table', 'values: { name: Other }', 'values: { nmae: Other }', 'nmae'],
  ['a column of a filter', 'filter: { title: Mine }', 'filter: { titel: Mine }', 'titel'],
  ['a column of a new row', 'insert: { owner_id: $actor.id }', 'insert: { owner: $actor.id }', 'owner'],
  ['a column that is changed', 'rename: { update: own, set: { title:', 'rename: { update: own, set: { titel:', 'titel'],
  ['a table', 'table: public.organizations', 'table: public.organisations', 'public.organizations'],
  ['the resource', 'table: public.documents', 'table: public.document', 'public.documents'],
])('%s that the target does not have is a mistake', (_, right, wrong, named) => {
  const written = text.replace(right, wrong)
  expect(written).not.toBe(text)
  expect(mistakesIn(written).join()).toContain(named)
  if (!right.startsWith('table: public.documents')) expect(mistakesIn(written, validators.unknown)).toEqual([])
})

test('a matrix of a route that fits the schema has no mistake', () => {
  expect(mistakesIn(route, validators.route)).toEqual([])
})

test.each([
  ['that a route changes', 'own: { title:', 'own: { titel:'],
  ['of a row that a route adds', 'values: { title: $run }', 'values: { titel: $run }'],
  ['of one of the rows that a route adds', '{ title: Newer $run }', '{ titel: Newer $run }'],
])('a column %s, and the table does not have, is a mistake', (_, right, wrong) => {
  const written = route.replace(right, wrong)
  expect(written).not.toBe(route)
  expect(mistakesIn(written, validators.route).join()).toContain('titel')
})

const resources = namesOfResources(schemasOf(true, route)['matrix.schema.json'] ?? '')

function namesOfResources(schema: string): Readonly<Record<string, unknown>> {
  const [overlay] = JSON.parse(schema).allOf
  return overlay.properties.resource.properties
}

test.each([
  ['edge_function', 'webhook'],
  ['http', '/api/documents'],
  ['auth', 'users'],
  ['graphql', 'insertIntodocumentsCollection'],
  ['bucket', 'files'],
])('an editor completes a resource of the kind %s', (kind, name) => {
  expect(JSON.stringify(resources[kind])).toContain(`"${name}"`)
})

test.each([
  ['a new fixture', 'select: own', 'select: another'],
  ['a new operation', '"*": define', 'archive: define'],
  ['a list of actors', 'expect: { "*":', 'expect: { "alice, bob":'],
  ['a row from a file', 'insert: { owner_id: $actor.id }', 'insert: { $file: row.json }'],
])('%s is no mistake', (_, before, after) => {
  expect(mistakesIn(text.replace(before, after))).toEqual([])
})

test('a matrix in a folder has its schema in a folder of that name; a TypeScript matrix has none', () => {
  expect(editorSchemaFile('matrices/billing/seats.matrix.yaml')).toBe('billing/seats.matrix.schema.json')
  expect(editorSchemaFile('matrices/seats.matrix.ts')).toBeNull()
})
