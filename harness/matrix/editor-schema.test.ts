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

/** Compiling takes a second, so both are compiled once. */
const validators = { known: validator(true), unknown: validator(false) }

function validator(isKnown: boolean) {
  const { result: roster } = readActorsText()
  const { result: matrix } = readMatrixText(text)
  if (roster === undefined || matrix === undefined) throw new Error('no workspace')
  const schema = isKnown ? { catalog, complete: true, buckets: ['files'] } : null
  const files = editorSchemas({
    workspace: { ...roster, matrices: [matrix] },
    schema,
    paths,
    bases: jsonSchemas(paths),
  })
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
