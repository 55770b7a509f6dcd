import { expect, test } from 'vitest'
import { emptyAnswer } from '../empty-answer.ts'
import type { Answer } from '../path.ts'
import { withAffected } from './affected.ts'

const request = { method: 'PATCH', path: '/rest/v1/notes', headers: {}, body: null }
const empty = (range?: string): Answer => ({
  ...{ ...emptyAnswer, request, status: 204, durationMs: 1 },
  headers: range === undefined ? {} : { 'content-range': range },
})
const affected = (answer: Answer, verb: string, body = {}) => withAffected(answer, { verb, body }).affected

test.each([
  ['0-0/*', 1],
  ['0-2/*', 3],
  ['0-2/3', 3],
  ['*/*', 0],
  ['*/0', 0],
  [undefined, null],
  ['everything', null],
])('the range %s of an update states that %s rows changed', (range, rows) => {
  expect(affected(empty(range), 'update')).toBe(rows)
})

test('nothing states how many rows a delete removed, or whether a duplicate was left out', () => {
  expect(affected(empty('*/*'), 'delete')).toBeNull()
  expect(affected({ ...empty('*/*'), status: 201 }, 'upsert', { ignore_duplicates: true })).toBeNull()
})

test('an insert, rows that came back and a refusal need no number', () => {
  expect(affected({ ...empty('*/*'), status: 201 }, 'insert')).toBeUndefined()
  expect(affected({ ...empty('0-0/*'), status: 201 }, 'upsert')).toBeUndefined()
  expect(affected({ ...empty('0-0/*'), status: 200, rows: [] }, 'update')).toBeUndefined()
  expect(affected({ ...empty(), status: 403 }, 'update')).toBeUndefined()
})
