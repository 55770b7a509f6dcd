import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { exampleDeployment } from '../../test/support/example-deployment.ts'
import { bodyOf, headOf } from './entry.ts'
import { fieldNames, fieldsOf } from './fields.ts'
import { addition, parseRecord } from './record-text.ts'

const body = bodyOf(exampleDeployment())
const of = { migration: '20260302090000_invoices', alias: 'staging' }
const first = addition('', { ...of, recordedAt: '2026-03-03T08:00:00.000Z', body })
const partial = bodyOf(exampleDeployment({ result: 'failed-partial' }))
const both = first + addition(first, { ...of, recordedAt: '2026-03-04T08:00:00.000Z', body: partial })

test('a record has the form that the documentation shows', () => {
  const page = readFileSync(new URL('../../docs/records.md', import.meta.url), 'utf8')
  expect(page).toContain(`\`\`\`markdown\n${first}\`\`\`\n`)
})

test('reads sections back as they were added', () => {
  const record = parseRecord(both, 'r.md')
  expect(record).toMatchObject(of)
  expect(record.entries.map(({ recordedAt, body: read, intact }) => [recordedAt, read, intact])).toEqual([
    ['2026-03-03T08:00:00.000Z', body, true],
    ['2026-03-04T08:00:00.000Z', partial, true],
  ])
  expect(record.entries[0]?.fields).toEqual(
    new Map(fieldNames.map((name) => [name, fieldsOf(exampleDeployment())[name]])),
  )
})

test.each([
  ['who applied it', 'Applied by: Dana', 'Applied by: Dora'],
  ['a time', '2026-03-03T08:00:00.000Z', '2026-03-03T08:00:00.001Z'],
  ['a count', '2 held', '3 held'],
  ['a digest', 'everything above: `', 'everything above: `0'],
])('notices that %s was changed', (_, found, forged) => {
  const text = both.replace(found, forged).replace(/(above: `)0([0-9a-f]{63})[0-9a-f]/, '$10$2')
  expect(parseRecord(text, 'r.md').entries[0]?.intact).toBe(false)
})

test('notices that a section was taken out', () => {
  const without = headOf(of.migration, of.alias) + both.slice(first.length)
  expect(parseRecord(without, 'r.md').entries.map(({ intact }) => intact)).toEqual([false])
})

test.each([
  ['something else', '# Notes\n', 'its first line is another one'],
  ['other first lines', first.replace('adds sections', 'adds lines'), 'its first lines are other ones'],
  ['nothing but a head', headOf('a', 'b'), 'it has no section'],
  ['an empty file', '', 'its first line is another one'],
  ['notes of a person', `${first}\nWe also restarted it.\n`, 'begins no section'],
  ['an end that is cut off', both.slice(0, -40), 'is cut off before its digest'],
  ['a missing field', first.replace('- Result: applied\n', ''), 'has no "Result" in its place'],
])('takes %s for no record', (_, text, why) => {
  expect(() => parseRecord(text, 'r.md')).toThrow(`r.md is no deployment record: `)
  expect(() => parseRecord(text, 'r.md')).toThrow(why)
})
